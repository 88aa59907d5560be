"""Reading ``certhound.toml``: TOML by ``tomllib``, types by msgspec in strict mode, every error with its place at once.

msgspec stops at the first error of a document, so the file's tables are walked here and each value is converted
alone. The tables below are the file's whole vocabulary; the documentation is made from them.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from ipaddress import ip_network
from pathlib import Path as File
from typing import Any

import msgspec

from certhound.model.addresses import PRIVATE, Network
from certhound.model.errors import CerthoundError, ContentError, ErrorList, Place, did_you_mean
from certhound.model.exceptions import MATCH_KEYS, FindingException
from certhound.model.profile import Profile
from certhound.model.toml_places import Path, places, spot_of
from certhound.model.zones import Zones, zone_of

Texts = tuple[str, ...]

TABLES: dict[str, dict[str, tuple[Any, str]]] = {
    "organisation": {
        "name": (str, "the organisation's name, as reports show it"),
        "networks": (Texts, "own networks; absent: private address space"),
        "domains": (Texts, "own domains; names below them are own too"),
        "brands": (Texts, "names that impostors would imitate"),
        "expected_issuers": (Texts, "names of the certificate authorities from which the organisation buys"),
    },
    "trust": {
        "public_roots": (Texts, "PEM or DER files that replace Mozilla's roots (samples, labs)"),
        "internal_cas": (Texts, "PEM or DER files of the organisation's own certificate authorities"),
        "inspection_cas": (Texts, "PEM or DER files of the authorities of devices that re-sign what they inspect"),
        "inspection_issuers": (Texts, "issuer names of such devices, with `*` and `?`"),
    },
    "time_zones": {
        "default": (str, "zone of logs whose times state none, such as `Europe/Berlin` or `+02:00`; absent: UTC"),
        "sources": (dict, 'zones of single sources, such as `{ fortigate = "Europe/Berlin" }`'),
    },
    "exception": {
        "match": (dict, "what it hides; all keys must hold, and about all names, destinations and rules of a finding"),
        "reason": (str, "why it is no finding"),
        "owner": (str, "who answers for that"),
        "expires": (date, "its last day (UTC); after that it hides nothing and a note says so"),
    },
    "match": {
        "issuer": (str, "issuer in RFC 4514 form, with `*` and `?`"),
        "subject": (str, "subject in RFC 4514 form, with `*` and `?`"),
        "sha256": (str, "SHA-256 of the certificate"),
        "name": (str, "name under which it is met, with `*` and `?`"),
        "destination": (str, "address, network, `address:port`, or text with `*` and `?`"),
        "rule": (str, "name of the rule, with `*` and `?`"),
    },
}
"""Tables of the file, their keys, the type of each and what it means; ``exception`` may stand many times."""

_KINDS = {str: "text", Texts: "a list of texts", date: "a date, such as 2027-01-31", dict: "a table"}
_REQUIRED = ("match", "reason", "owner")
_AT = re.compile(r"\(at (?:line (\d+), column (\d+)|end of document)\)")
_DOMAIN = re.compile(r"(?!-)[^\s.*?/:@\\,;\"']{1,63}(\.[^\s.*?/:@\\,;\"']{1,63})*")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_MAX_BYTES = 16 << 20


def read_profile(path: File) -> Profile:
    """The profile of a file; paths in it count from its folder."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ContentError(
            f"cannot be read: {error.strerror}", check="unreadable-profile", place=_file(path)
        ) from error
    return parse_profile(data, path)


def parse_profile(data: bytes, path: File) -> Profile:
    """The profile that bytes state, as if they stood in the file of that name."""
    return _Reader(path, *_parse(path, data)).profile()


def _file(path: File) -> Place:
    return Place(str(path))


def _parse(path: File, data: bytes) -> tuple[str, dict[str, Any]]:
    if len(data) > _MAX_BYTES:
        raise ContentError("is over 16 MiB, which no profile is", check="not-a-profile", place=_file(path))
    try:
        text = data.decode("utf-8-sig").replace("\r\n", "\n")
        return text, tomllib.loads(text)
    except UnicodeDecodeError as error:
        before = data[: error.start]
        place = Place(str(path), before.count(b"\n") + 1, error.start - before.rfind(b"\n"))
        raise ContentError("is not UTF-8", check="encoding", place=place) from error
    except tomllib.TOMLDecodeError as error:
        said = str(error)
        at = _AT.search(said)
        line, column = (int(at[1]), int(at[2])) if at and at[1] else (text.count("\n") + 1, None)
        reason = _AT.sub("", said).strip()
        raise ContentError(
            f"is not TOML: {reason}", check="syntax", place=Place(str(path), line, column), marked=_line(text, line)
        ) from error
    except RecursionError as error:
        raise ContentError("is nested too deep", check="syntax", place=_file(path)) from error


def _line(text: str, number: int) -> str:
    lines = text.split("\n")
    return lines[number - 1].strip()[:200] if 0 < number <= len(lines) else ""


@dataclass(slots=True)
class _Reader:
    """One file on its way to a profile; what is wrong is collected, not raised."""

    path: File
    text: str
    document: dict[str, Any]
    errors: list[CerthoundError] = field(default_factory=list)
    spots: dict[Path, tuple[int, int]] = field(default_factory=dict)

    def profile(self) -> Profile:
        self.spots.update(places(self.text))
        self._refuse_unknown(self.document, ("organisation", "trust", "time_zones", "exception"), (), "table")
        own = self._table("organisation", ("organisation",))
        trust = self._table("trust", ("trust",))
        exceptions = tuple(self._exceptions())
        found = Profile(
            name=own.get("name", ""),
            networks=self._networks(own),
            domains=self._each(own, "organisation", "domains", self._domain),
            brands=self._each(own, "organisation", "brands", self._word),
            expected_issuers=self._each(own, "organisation", "expected_issuers", self._text),
            public_roots=self._each(trust, "trust", "public_roots", self._certificates),
            internal_cas=self._each(trust, "trust", "internal_cas", self._certificates),
            inspection_cas=self._each(trust, "trust", "inspection_cas", self._certificates),
            inspection_issuers=self._each(trust, "trust", "inspection_issuers", self._text),
            zones=self._zones(self._table("time_zones", ("time_zones",))),
            exceptions=exceptions,
            path=self.path.absolute(),
            networks_stated="networks" in own,
        )
        if self.errors:
            raise ErrorList(sorted(self.errors, key=_by_place))
        return found

    # --- tables and types

    def _table(self, name: str, at: Path, value: Any = None) -> dict[str, Any]:
        """The keys of a table that are known and of the right type."""
        given = self.document.get(name, {}) if value is None else value
        if not isinstance(given, dict):
            self._wrong(at, "wrong-type", f"{name} must be a table, written [{name}]")
            return {}
        known = TABLES[name]
        self._refuse_unknown(given, tuple(known), at, "key")
        return {
            key: item for key in known if key in given and self._fits(item := given[key], known[key][0], (*at, key))
        }

    def _fits(self, value: Any, kind: Any, at: Path) -> bool:
        if kind is Texts and isinstance(value, list):
            for number, item in enumerate(value):
                if not isinstance(item, str):
                    self._wrong((*at, number), "wrong-type", f"{at[-1]} takes texts, not {_called(item)}")
            return True
        if kind is date and isinstance(value, datetime):  # a datetime is a date to Python, and msgspec agrees
            value = None
        try:
            msgspec.convert(value, kind, strict=True)
        except msgspec.ValidationError:
            self._wrong(at, "wrong-type", f"{at[-1]} must be {_KINDS[kind]}, not {_called(value)}")
            return False
        return True

    def _refuse_unknown(self, given: dict[str, Any], known: Texts, at: Path, noun: str) -> None:
        for key in given:
            if key not in known:
                where = f" in {_spelt(at)}" if at else ""
                advice = did_you_mean(key, known) or f"there are {', '.join(known)}"
                self._wrong((*at, key), f"unknown-{noun}", f"{noun} {key!r} is not known{where}", advice)

    def _each(self, table: dict[str, Any], name: str, key: str, read: Callable[[str, Path], Any]) -> tuple[Any, ...]:
        given = [(number, text) for number, text in enumerate(table.get(key, ())) if isinstance(text, str)]
        values = [read(text, (name, key, number)) for number, text in given]
        return tuple(dict.fromkeys(value for value in values if value is not None))

    # --- values

    def _networks(self, own: dict[str, Any]) -> tuple[Network, ...]:
        if "networks" not in own:
            return PRIVATE
        return self._each(own, "organisation", "networks", self._network)

    def _network(self, text: str, at: Path) -> Network | None:
        try:
            return ip_network(text.strip())
        except ValueError:
            pass
        try:
            advice = f"did you mean {ip_network(text.strip(), strict=False)}?"
        except ValueError:
            advice = "write an address or a network, such as 10.0.0.0/8 or 2001:db8::/32"
        self._wrong(at, "bad-network", f"{text!r} is not a network", advice)
        return None

    def _domain(self, text: str, at: Path) -> str | None:
        name = text.strip().lower().removeprefix("*.").strip(".")
        if _DOMAIN.fullmatch(name):
            return name
        self._wrong(at, "bad-domain", f"{text!r} is not a domain", "write it without scheme, path or wildcard")
        return None

    def _word(self, text: str, at: Path) -> str | None:
        found = self._text(text, at)
        return found.lower() if found else None

    def _text(self, text: str, at: Path) -> str | None:
        if text.strip():
            return text.strip()
        self._wrong(at, "empty", "an empty text says nothing")
        return None

    def _certificates(self, text: str, at: Path) -> File | None:
        file = self.path.absolute().parent / File(text).expanduser() if text else None
        if file is None or not file.is_file():
            self._wrong(at, "no-such-file", f"there is no file {text!r}", "paths count from the folder of the profile")
            return None
        try:
            data = file.read_bytes()
        except OSError as error:
            self._wrong(at, "unreadable-file", f"{text!r} cannot be read: {error.strerror}")
            return None
        if b"CERTIFICATE-----" not in data and data[:1] != b"\x30":  # neither PEM nor DER
            self._wrong(at, "no-certificate", f"there is no certificate in {text!r}", "name a PEM or DER file")
            return None
        return file

    def _zones(self, table: dict[str, Any]) -> Zones:
        """Zones by source; the default is under the empty name."""
        stated: list[tuple[str, Any, Path]] = (
            [("", table["default"], ("time_zones", "default"))] if "default" in table else []
        )
        stated += [(name, text, ("time_zones", "sources", name)) for name, text in table.get("sources", {}).items()]
        found = {}
        for name, text, at in stated:
            zone = zone_of(text) if isinstance(text, str) else None
            if zone is None:
                advice = "write a name of the IANA database (Europe/Berlin) or an offset (+02:00)"
                self._wrong(at, "bad-time-zone", f"{text!r} is not a time zone", advice)
            else:
                found[name] = zone
        return Zones(found)

    # --- exceptions

    def _exceptions(self) -> Iterator[FindingException]:
        given = self.document.get("exception", [])
        if not isinstance(given, list):
            self._wrong(("exception",), "wrong-type", "exceptions are a list of tables, each written [[exception]]")
            return
        for number, value in enumerate(given):
            before = len(self.errors)
            found = self._exception(value, ("exception", number))
            if len(self.errors) == before:
                yield found

    def _exception(self, value: Any, at: Path) -> FindingException:
        table = self._table("exception", at, value)
        stated = value if isinstance(value, dict) else {}
        for key in _REQUIRED:
            if key not in stated and isinstance(value, dict):
                self._wrong(at, "missing-key", f"the exception has no {key}: {TABLES['exception'][key][1]}")
        for key in ("reason", "owner"):
            if key in table:
                self._text(table[key], (*at, key))
        match = self._match(table["match"], (*at, "match")) if "match" in table else {}
        return FindingException(
            table.get("reason", ""), table.get("owner", ""), table.get("expires"), **match, place=self._place(at)
        )

    def _match(self, value: dict[str, Any], at: Path) -> dict[str, str]:
        table = self._table("match", at, value)
        if not value:
            self._wrong(at, "empty", "an exception that matches nothing in particular would hide everything")
        for key in table:
            self._text(table[key], (*at, key))
            if key in ("issuer", "subject", "name", "destination", "rule") and not table[key].strip("*? "):
                self._wrong((*at, key), "matches-all", f"{key} = {table[key]!r} fits everything")
        if "sha256" in table:
            table["sha256"] = self._sha256(table["sha256"], (*at, "sha256"))
        if "name" in table:
            table["name"] = table["name"].strip().lower().rstrip(".")
        if "rule" in table:
            table["rule"] = table["rule"].removesuffix(".yml").removesuffix(".yaml")
        return {key: table[key] for key in MATCH_KEYS if key in table}

    def _sha256(self, text: str, at: Path) -> str:
        plain = text.strip().lower().replace(":", "").replace(" ", "")
        if not _SHA256.fullmatch(plain):
            self._wrong(at, "bad-hash", f"{text!r} is not a SHA-256, which has 64 hexadecimal digits")
        return plain

    # --- errors

    def _place(self, at: Path) -> Place:
        return Place(str(self.path), *(spot_of(self.spots, at) or (None, None)))

    def _wrong(self, at: Path, check: str, text: str, advice: str = "") -> None:
        place = self._place(at)
        marked = _line(self.text, place.line) if place.line else ""
        self.errors.append(ContentError(text, check=check, place=place, advice=advice, marked=marked))


def _called(value: Any) -> str:
    """What a TOML user calls a value."""
    names = {bool: "a boolean", int: "a number", float: "a number", str: "text", list: "a list", dict: "a table"}
    return names.get(type(value), "a date or time")


def _spelt(at: Path) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in at).lstrip(".")


def _by_place(error: CerthoundError) -> tuple[int, int]:
    place = error.place or Place()
    return place.line or 0, place.column or 0
