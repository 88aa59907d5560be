"""Running AQL on a laptop: lowering to the query tree with QRadar's semantics, tables from files, results."""
