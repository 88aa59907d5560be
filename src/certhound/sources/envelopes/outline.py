"""Which vendors need not be asked about a record: its outline alone rules them out.

An outline is what many records have in common: the form, the vendor and product of a LEEF or CEF header, the names of
the keys, the program of the syslog header, with what character text begins. The first record of an outline is shown to
each vendor's ``log_of`` with everything else withheld. A vendor that answers None without having asked for what is
withheld answers so about every record of that outline, and is not asked again. So vendors say nothing twice, and a
``log_of`` that looks at names before it looks at values is a fast one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn, cast

from certhound.sources.envelopes.record import Form, Record
from certhound.sources.envelopes.vendor import Vendor

_MAX_OUTLINES = 4096
"""Further ones are not learnt, and their records are shown to every vendor."""

_MAX_KEYS = 256
_HEADED = frozenset((Form.LEEF, Form.CEF))
_WORDED = frozenset((Form.TEXT, Form.KEY_VALUE))


@dataclass(slots=True)
class Candidates:
    """The vendors of each form, and of each outline met those that may take its records, in their order."""

    by_form: Mapping[Form, tuple[Vendor, ...]]
    learnt: dict[tuple[object, ...], tuple[Vendor, ...]] = field(default_factory=dict)

    @classmethod
    def among(cls, known: tuple[Vendor, ...]) -> Candidates:
        return cls({form: tuple(vendor for vendor in known if form in vendor.forms) for form in Form})

    def of(self, record: Record) -> tuple[Vendor, ...]:
        """The vendors to ask about a record."""
        form = record.form
        if len(self.by_form[form]) == 1:
            return self.by_form[form]
        if form in _HEADED:
            outline: tuple[object, ...] = (form, record.vendor, record.product)
        elif form in _WORDED:
            outline = (form, record.header.app, record.text[:1], *record.values)
        else:
            outline = (form, record.header.app, *record.values)
        found = self.learnt.get(outline)
        return self._learn(outline, record) if found is None else found

    def _learn(self, outline: tuple[object, ...], record: Record) -> tuple[Vendor, ...]:
        vendors = self.by_form[record.form]
        if len(self.learnt) >= _MAX_OUTLINES or len(outline) > _MAX_KEYS:
            return vendors
        found = self.learnt[outline] = tuple(vendor for vendor in vendors if not _is_ruled_out(vendor, record))
        return found


def _is_ruled_out(vendor: Vendor, record: Record) -> bool:
    """Whether a vendor takes no record that has the outline of this one."""
    try:
        return vendor.log_of(cast(Record, _Outlined(record))) is None
    except _WithheldError:
        return False
    except Exception:  # noqa: BLE001 - whatever goes wrong for want of what is withheld: the vendor must see the record
        return False


class _WithheldError(BaseException):
    """Something has been asked for that the outline does not tell; no ``except Exception`` of a vendor hides it."""


def _withheld(*_: Any, **__: Any) -> NoReturn:
    raise _WithheldError


class _Outlined:
    """Stands for a record of which only the outline is known; anything else ends the question, and so do changes."""

    __slots__ = ("_known",)
    _known: dict[str, Any]

    def __init__(self, record: Record) -> None:
        form = record.form
        known: dict[str, Any] = {"form": form}
        if form in _HEADED:
            known |= {"vendor": record.vendor, "product": record.product, "values": _Hidden()}
        else:
            known |= {
                "header": _Header(record.header.app),
                "values": _Names(record.values),
                "vendor": "",
                "product": "",
            }
        if form in _WORDED:
            known["text"] = _Beginning(record.text[:1])
        object.__setattr__(self, "_known", known)

    def __getattr__(self, name: str) -> Any:
        try:
            return self._known[name]
        except KeyError:
            raise _WithheldError from None

    __setattr__ = _withheld

    def get(self, *keys: str) -> None:
        """See :meth:`.record.Record.get`."""
        for key in keys:
            self.values.get(key)


class _Header:
    """A header of which only the program is known."""

    __slots__ = ("app",)

    def __init__(self, app: str | None) -> None:
        self.app = app

    __getattr__ = _withheld


class _Beginning:
    """Text of which only the first character is known."""

    __slots__ = ("first",)

    def __init__(self, first: str) -> None:
        self.first = first

    def __getitem__(self, wanted: object) -> str:
        if wanted == slice(None, 1):
            return self.first
        raise _WithheldError

    def startswith(self, words: str | tuple[str, ...]) -> bool:
        """See :meth:`str.startswith`."""
        if any(word[:1] in (self.first, "") for word in ((words,) if isinstance(words, str) else words)):
            raise _WithheldError
        return False

    __getattr__ = __contains__ = __iter__ = __len__ = __eq__ = __bool__ = _withheld
    __hash__ = _withheld


class _Hidden:
    """Values by key of which nothing is known."""

    __slots__ = ()
    __getattr__ = __getitem__ = __setitem__ = __delitem__ = __contains__ = __iter__ = __len__ = _withheld
    __or__ = __ror__ = __eq__ = _withheld
    __hash__ = _withheld


class _Names:
    """Values by key of which only the keys are known."""

    __slots__ = ("_names",)

    def __init__(self, values: Mapping[str, str]) -> None:
        self._names = dict.fromkeys(values)

    def __contains__(self, key: object) -> bool:
        return key in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def keys(self) -> Any:
        """See :meth:`dict.keys`."""
        return self._names.keys()

    def get(self, key: str, default: Any = None) -> Any:
        """See :meth:`dict.get`; the value of a key that is there is withheld."""
        if key in self._names:
            raise _WithheldError
        return default

    __getattr__ = __getitem__ = __setitem__ = __delitem__ = __or__ = __ror__ = __eq__ = _withheld
    __hash__ = _withheld
