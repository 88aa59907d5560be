"""What a function of a record looks at: it is called with a record that notes every look.

A vendor's ``log_of`` and its functions for columns look at few things: whether a key is there, whether its value says
anything, and seldom at the value itself. Records that are equal in all that a call has looked at have the same answer,
so the function is called once for all of them (:mod:`.classes`). A value that is only passed on is not looked at: what
comes back is then the key's column.

A call that wants what is not noted (the text, the JSON behind the values) ends with :class:`Untraceable`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Container, Iterator, Mapping, MutableMapping
from typing import Any, NoReturn, TypeAlias

from certhound.sources.envelopes.record import ABSENT, Form

Look: TypeAlias = tuple[str, str]
"""What was looked at: (``has``, key), (``flag``, key), (``value``, key), (``keys``, ""), (``attribute``, name)."""


class Own(Mapping[str, str], ABC):
    """The values of a record by key."""

    @abstractmethod
    def says(self, key: str) -> bool:
        """Whether a key is there and its value no placeholder."""


class Everything(Container[str]):
    """All keys."""

    def __contains__(self, key: object) -> bool:
        return True


class Untraceable(BaseException):
    """More was asked for than can be noted; no ``except Exception`` of a vendor hides it."""


class WantsText(BaseException):
    """A value was used as only a text may be; the call is made again with the text itself, which is then looked at."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


def untraceable(*_: Any, **__: Any) -> NoReturn:
    raise Untraceable


class Passed:
    """A value that has not been looked at. Using it notes that it was, and gives what its text gives.

    It has no hash: caches of functions would keep it.
    """

    __slots__ = ("key", "notes", "own", "sure")

    def __init__(self, key: str, own: Own, notes: dict[Look, None], *, sure: bool) -> None:
        self.key, self.own, self.notes, self.sure = key, own, notes, sure

    def looked(self) -> str:
        """The text, from now on looked at."""
        self.notes["value", self.key] = None
        return self.own[self.key]

    def __bool__(self) -> bool:
        return True if self.sure else bool(self.looked())

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(self.looked(), name)

    def __eq__(self, other: object) -> bool:
        return self.looked() == (other.looked() if isinstance(other, Passed) else other)

    def __hash__(self) -> int:
        raise WantsText(self.key)

    def __str__(self) -> str:
        return self.looked()

    def __format__(self, spec: str) -> str:
        return format(self.looked(), spec)

    def __len__(self) -> int:
        return len(self.looked())

    def __contains__(self, other: str) -> bool:
        return other in self.looked()

    def __getitem__(self, at: Any) -> str:
        return self.looked()[at]

    def __iter__(self) -> Iterator[str]:
        return iter(self.looked())

    def __add__(self, other: str) -> str:
        return self.looked() + other

    def __radd__(self, other: str) -> str:
        return other + self.looked()


class TracedValues(MutableMapping[str, Any]):
    """The values of a record, each look at them noted; what is changed is kept here."""

    __slots__ = ("as_text", "changed", "notes", "own")

    def __init__(self, own: Own, notes: dict[Look, None], as_text: Container[str]) -> None:
        self.own, self.notes, self.as_text = own, notes, as_text
        self.changed: dict[str, Any] | None = None

    def hand(self, key: str, *, sure: bool = False) -> Any:
        """A value that is there, as one that is not looked at yet."""
        if key in self.as_text:
            self.notes["value", key] = None
            return self.own[key]
        return Passed(key, self.own, self.notes, sure=sure)

    def whole(self) -> dict[str, Any]:
        """All values by key, from now on a plain dictionary."""
        if self.changed is None:
            self.notes["keys", ""] = None
            self.changed = {key: self.hand(key) for key in self.own}
        return self.changed

    def __contains__(self, key: object) -> bool:
        if self.changed is not None:
            return key in self.changed
        self.notes["has", str(key)] = None
        return key in self.own

    def __getitem__(self, key: str) -> Any:
        if self.changed is not None:
            return self.changed[key]
        self.notes["has", key] = None
        if key not in self.own:
            raise KeyError(key)
        return self.hand(key)

    def get(self, key: str, default: Any = None) -> Any:
        """See :meth:`dict.get`."""
        if self.changed is not None:
            return self.changed.get(key, default)
        self.notes["has", key] = None
        return self.hand(key) if key in self.own else default

    def stated(self, key: str) -> Any:
        """The value of a key, if it is there and no placeholder."""
        if self.changed is not None:
            return _stated(self.changed.get(key), self.notes)
        self.notes["flag", key] = None
        return self.hand(key, sure=True) if self.own.says(key) else None

    def __setitem__(self, key: str, value: Any) -> None:
        self.whole()[key] = value

    def __delitem__(self, key: str) -> None:
        del self.whole()[key]

    def __iter__(self) -> Iterator[str]:
        if self.changed is None:
            self.notes["keys", ""] = None
            return iter(self.own)
        return iter(self.changed)

    def __len__(self) -> int:
        if self.changed is None:
            self.notes["keys", ""] = None
            return len(self.own)
        return len(self.changed)

    def __or__(self, other: Mapping[str, Any]) -> dict[str, Any]:
        return {**self, **other}

    def __ror__(self, other: Mapping[str, Any]) -> dict[str, Any]:
        return {**other, **self}

    def __ior__(self, other: Mapping[str, Any]) -> TracedValues:
        self.whole().update(other)
        return self

    def copy(self) -> dict[str, Any]:
        """See :meth:`dict.copy`."""
        return dict(self)


def _stated(value: Any, notes: dict[Look, None]) -> Any:
    """A value of changed ones, if it is no placeholder; one that is passed on is only asked whether it is one."""
    if value is None:
        return None
    if not isinstance(value, Passed):
        return None if value in ABSENT else value
    notes["flag", value.key] = None
    return Passed(value.key, value.own, notes, sure=True) if value.own.says(value.key) else None


class _TracedHeader:
    """A header whose parts are noted."""

    __slots__ = ("_attribute",)

    def __init__(self, attribute: Any) -> None:
        self._attribute = attribute

    def __getattr__(self, name: str) -> Any:
        return self._attribute(f"header.{name}")


class TracedRecord:
    """Stands for a :class:`Record`: the same methods, over values and attributes whose looks are noted."""

    def __init__(
        self, form: Form, values: Own, attributes: Mapping[str, str | None], as_text: Container[str] = ()
    ) -> None:
        self.notes: dict[Look, None] = {}
        self.form = form
        self.attributes = attributes
        self.values: Any = TracedValues(values, self.notes, as_text)
        self.header = _TracedHeader(self._attribute)
        self._initial = frozenset(self.__dict__) | {"_initial"}

    def _attribute(self, name: str) -> str | None:
        if name not in self.attributes:
            raise Untraceable(name)
        self.notes["attribute", name] = None
        return self.attributes[name]

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self._attribute(name)

    def get(self, *keys: str) -> Any:
        """See :meth:`Record.get`."""
        values = self.values
        for key in keys:
            if isinstance(values, TracedValues):
                value = values.stated(key)
            else:
                value = _stated(values.get(key), self.notes)
            if value is not None:
                return value
        return None

    def label(self, *names: str) -> Any:
        """See :meth:`Record.label`."""
        labels = {
            str(label).lower(): key[:-5]
            for key, label in self.values.items()
            if key[-5:] in ("Label", "label") and len(key) > 5
        }
        for name in names:
            key = labels.get(name.lower())
            if key is not None and (value := self.get(key)) is not None:
                return value
        return None

    cells = untraceable

    def changes(self) -> dict[str, Any]:
        """Attributes that have been set."""
        return {name: value for name, value in self.__dict__.items() if name not in self._initial}

    def final(self) -> dict[str, Any] | None:
        """The values, if they have been changed or exchanged; None where they are as they were."""
        values = self.values
        if isinstance(values, TracedValues):
            return values.changed
        return dict(values)
