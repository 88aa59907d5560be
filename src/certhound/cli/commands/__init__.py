"""One file a command; see ``certhound.cli.discovery`` for what such a file has."""
