"""The proof that a rule means the same in every spelling that can be run here.

One generated set of rows with known truth (:mod:`.world`), the spellings (:mod:`.spellings`, one module each), and
what they say of it compared (:mod:`.proof`). A difference is an error unless ``differences.toml`` names it with a
reason; a named difference that no longer shows is an error too.
"""

from certhound.techniques.equality.proof import Cell, Difference, Proof, differences, prove, statements
from certhound.techniques.equality.spellings import Prepared, Spelling, spellings
from certhound.techniques.equality.world import Row, World, generate

__all__ = [
    "Cell",
    "Difference",
    "Prepared",
    "Proof",
    "Row",
    "Spelling",
    "World",
    "differences",
    "generate",
    "prove",
    "spellings",
    "statements",
]
