"""How a function is declared: its name, and for each overload its types, its DuckDB form and its Python form."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from sqlglot import exp

from certhound.model.columns import Kind
from certhound.query.schema import unify

DuckDbForm: TypeAlias = Callable[..., exp.Expression]
Reference: TypeAlias = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Constant:
    """A parameter that must be a literal. Both forms get its value; ``wrong`` says what is wrong with one, if it is."""

    kind: Kind
    wrong: Callable[[Any], str] = lambda _: ""


Parameter: TypeAlias = Kind | Constant | None
"""None stands for any type; all parameters so declared must have a type in common."""


@dataclass(frozen=True, slots=True)
class Overload:
    """One way to call a function.

    ``result`` None is the type that the any-typed arguments have in common. ``variadic``: the last parameter may stand
    several times. Of an aggregate the reference form gets the list of the group's values for each parameter (without
    any, the list of rows).
    """

    parameters: tuple[Parameter, ...]
    result: Kind | None
    duckdb: DuckDbForm
    reference: Reference
    variadic: bool = False

    def expanded(self, count: int) -> tuple[Parameter, ...] | None:
        """The parameters for so many arguments; None when their number does not fit."""
        if self.variadic and count > len(self.parameters):
            return self.parameters + self.parameters[-1:] * (count - len(self.parameters))
        return self.parameters if count == len(self.parameters) else None

    def accepts(self, kinds: tuple[Kind, ...]) -> Kind | None:
        """The type of the result for arguments of these types; None when they do not fit."""
        parameters = self.expanded(len(kinds))
        if parameters is None or not all(fits(kind, wanted) for kind, wanted in zip(kinds, parameters, strict=True)):
            return None
        common = unify([kind for kind, wanted in zip(kinds, parameters, strict=True) if wanted is None])
        return common if self.result is None else self.result if common is not None else None


@dataclass(frozen=True, slots=True)
class Function:
    """A function of the query language. ``strict``: any absent argument makes the result absent.

    ``joins``: engines make a join of it, so that it cannot stand inside the predicate of a list.
    """

    name: str
    doc: str
    overloads: tuple[Overload, ...]
    strict: bool = True
    aggregate: bool = False
    joins: bool = False

    def overload(self, kinds: tuple[Kind, ...]) -> Overload | None:
        """The first overload that takes arguments of these types."""
        return next((each for each in self.overloads if each.accepts(kinds) is not None), None)


def fits(kind: Kind, wanted: Parameter) -> bool:
    """Whether an argument of a type can stand for a parameter: NULL always, INT as DOUBLE, an address as text."""
    if isinstance(wanted, Constant):
        return kind is wanted.kind
    widened = {Kind.INT: Kind.DOUBLE, Kind.INET: Kind.TEXT}
    return wanted is None or kind in (wanted, Kind.NULL) or widened.get(kind) is wanted


def shown(overload: Overload) -> str:
    """The parameters and result of an overload in words, for messages and documentation."""
    names = [
        "any" if each is None else f"constant {each.kind.value}" if isinstance(each, Constant) else each.value
        for each in overload.parameters
    ]
    dots = ", …" if overload.variadic else ""
    return f"({', '.join(names)}{dots}) → {overload.result.value if overload.result else 'the same'}"
