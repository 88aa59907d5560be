"""The words of the language that are not names."""

from __future__ import annotations

from certhound.qradar.aql.nodes import BinaryOp, CompareOp, MatchOp, Unit

CLAUSE_WORDS = frozenset(
    "SELECT FROM INTO WHERE GROUP SESSION HAVING ORDER LIMIT LAST START STOP TIMES PARAMETERS BY".split()
)
"""Words that begin or join clauses; an alias without AS is none of them."""

OPERATOR_WORDS = frozenset(
    "AND OR NOT IN IS NULL LIKE ILIKE MATCHES IMATCHES BETWEEN CASE WHEN THEN ELSE END IF AS ASC DESC COLLATE "
    "XOR".split()
)

RESERVED = frozenset(
    "SELECT FROM WHERE GROUP HAVING ORDER LIMIT BY INTO AND OR NOT IN IS LIKE ILIKE MATCHES IMATCHES BETWEEN "
    "WHEN THEN ELSE AS ASC DESC".split()
)
"""Words that no unquoted name can be. Others (LAST, START, END, TEXT, …) are names where no clause can begin."""

SESSION_WORDS = frozenset("EXPLICIT BEGIN END TIMEOUT TIMEWINDOW".split())

QUOTE_WHEN_PRINTED = (
    CLAUSE_WORDS
    | OPERATOR_WORDS
    | SESSION_WORDS
    | frozenset({"TRUE", "FALSE", "DISTINCT", "TEXT", "SEARCH", "GLOBALVIEW"})
)
"""Names that a printer writes in double quotes, so that they are read as names wherever they stand."""

NO_FUNCTIONS = RESERVED | frozenset("CASE IF TRUE FALSE NULL DISTINCT".split())
"""Words that are no function when a bracket follows; a printer quotes functions of these names."""

UNITS: dict[str, Unit] = {
    **{unit.value: unit for unit in Unit},
    **{unit.value[:-1]: unit for unit in Unit},
}
"""Plural and singular, in upper case."""

COMPARISONS: dict[str, CompareOp] = {**{op.value: op for op in CompareOp}, "==": CompareOp.EQ, "<>": CompareOp.NE}

MATCHES: dict[str, MatchOp] = {op.value: op for op in MatchOp}

BINARY: dict[str, BinaryOp] = {**{op.value: op for op in BinaryOp}, "XOR": BinaryOp.BIT_XOR}

PRECEDENCE: dict[BinaryOp, int] = {
    BinaryOp.BIT_OR: 1,
    BinaryOp.BIT_XOR: 2,
    BinaryOp.BIT_AND: 3,
    BinaryOp.SHIFT_LEFT: 4,
    BinaryOp.SHIFT_RIGHT: 4,
    BinaryOp.SHIFT_RIGHT_ZERO: 4,
    BinaryOp.ADD: 5,
    BinaryOp.SUB: 5,
    BinaryOp.JOIN: 5,
    BinaryOp.MUL: 6,
    BinaryOp.DIV: 6,
    BinaryOp.MOD: 6,
    BinaryOp.POW: 7,
}
"""How tightly an operator binds, all of them tighter than a comparison; equals read from left to right.

IBM documents no order. This is that of C and Java, with power above multiplication; a printer brackets what is mixed.
"""
