"""What a QRadar engineer opens: the query language AQL, the catalogue of fields, running queries here."""
