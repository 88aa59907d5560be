"""Rules as data: Sigma files loaded with places, lowered to the query tree, planned, tested, linted, explained.

Importing this package is cheap; pySigma is imported by :mod:`certhound.rules.lowering` when rules are loaded.
"""
