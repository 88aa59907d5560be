"""Small words for writing Zeek's mappings: expressions over the raw columns that a file really has."""

from __future__ import annotations

from collections.abc import Mapping

from certhound.model.columns import Kind
from certhound.query.tree import FALSE, And, Call, Case, Cast, Column, Compare, Expr, IsNull, Literal, Not, Op, Or

NULL = Literal(None, Kind.NULL)


def text(value: str) -> Literal:
    return Literal(value, Kind.TEXT)


def number(value: int) -> Literal:
    return Literal(value, Kind.INT)


def present(*names: str) -> Expr:
    """True when any of the columns has a value."""
    return Or(tuple(Not(IsNull(Column(name))) for name in names)) if len(names) > 1 else Not(IsNull(Column(names[0])))


class Fields:
    """The raw columns of a file. Each method gives an expression, or ``None`` where the file lacks the column."""

    def __init__(self, available: frozenset[str]) -> None:
        self.available = available

    def get(self, *names: str) -> Expr | None:
        """The first value among the columns of these names."""
        found: list[Expr] = [Column(name) for name in names if name in self.available]
        if not found:
            return None
        return found[0] if len(found) == 1 else Call("coalesce", tuple(found))

    def call(self, function: str, *names: str) -> Expr | None:
        value = self.get(*names)
        return None if value is None else Call(function, (value,))

    def integer(self, *names: str) -> Expr | None:
        return self.call("record_int", *names)

    def double(self, *names: str) -> Expr | None:
        value = self.get(*names)
        return None if value is None else Cast(value, Kind.DOUBLE)

    def first(self, *names: str) -> Expr | None:
        """The first element of a list column."""
        value = self.get(*names)
        return None if value is None else Call("list_element", (value, number(0)))


def of_length(value: Expr | None, length: int) -> Expr | None:
    """A hash of this many hex digits, or absent: Zeek writes whichever hash the site configured into one column."""
    if value is None:
        return None
    # In lower case it is as long: one character stands for one. So only a hash of this length is written in it.
    return Case(((Compare(Op.EQ, Call("length", (value,)), number(length)), Call("lower", (value,))),), NULL)


def identity(value: Expr | None) -> Expr | None:
    """The certificate id that a hash alone gives."""
    return None if value is None else Call("hash_id", (value,))


def timely(fields: Fields) -> Expr | None:
    """True when the time can be read. A number is asked for first, for that is cheap and nearly always so."""
    value = fields.get("ts")
    if value is None:
        return None
    return Or((Call("is_epoch", (value,)), Not(IsNull(Call("record_time", (value,))))))


def filled(mapping: Mapping[str, Expr | None]) -> dict[str, Expr]:
    """A mapping without the columns for which the file has nothing."""
    return {name: expr for name, expr in mapping.items() if expr is not None}


def all_of(*conditions: Expr | None) -> Expr:
    """All conditions; one that cannot even be asked makes every record doubtful."""
    parts = tuple(FALSE if condition is None else condition for condition in conditions)
    return parts[0] if len(parts) == 1 else And(parts)


def addresses(fields: Fields) -> dict[str, Expr | None]:
    """The five-tuple columns that most logs share."""
    return {
        "src_ip": fields.call("inet_text", "id_orig_h"),
        "src_port": fields.integer("id_orig_p"),
        "dst_ip": fields.call("inet_text", "id_resp_h"),
        "dst_port": fields.integer("id_resp_p"),
    }


def common(fields: Fields, event_type: str) -> dict[str, Expr | None]:
    """What every record of Zeek states."""
    return {
        "time": fields.call("record_time", "ts"),
        "time_zone_known": Literal(True, Kind.BOOL),
        "event_type": text(event_type),
        "session_uid": fields.get("uid"),
        "log_source": fields.get("_system_name", "@system"),
    }
