"""The lake that lasts: ingest once, ask again and again. The protocol: docs/decisions/lake.md."""
