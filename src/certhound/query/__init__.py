"""The query tree, its checker, functions, reference evaluator and engines."""
