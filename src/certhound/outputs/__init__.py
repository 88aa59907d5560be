"""Writers of results: one file an output, each of which reads only the ``Report`` (rows: only the rows)."""
