"""AQL, the query language of IBM QRadar: read it, print it, lay it out, check it."""
