"""What ``certutil -store`` and ``certutil -dump`` print on Windows, in English: certificates by words and SHA-1.

Times are printed as the user's locale has them; only those are read that can mean one day. The text may be UTF-16, as
PowerShell writes it. Files that ``-split`` writes are certificates and read as such.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime

from certhound.query.plan import RawBatch, ReadPlan, Rejected
from certhound.sources.certificate_records import Batch, Told, shape
from certhound.sources.certificate_values import (
    Values,
    hash_column,
    hexadecimal,
    of_names,
    serial_of_hex,
)
from certhound.sources.contract import NotMine, Recognised
from certhound.sources.files import InputFile
from certhound.sources.json_documents import Document, beginning
from certhound.x509.stores.registry import as_text

_BLOCK = re.compile(r"^(?:=+ Certificate \d+ =+|X509 Certificate:)[ \t]*\r?$", re.MULTILINE)
_LINE = re.compile(r"^[ \t]*([A-Z][A-Za-z0-9 ()]{2,40}?):[ \t]*(.*?)[ \t]*\r?$")
_PART = re.compile(r"^[ \t]{2,}([A-Za-z][A-Za-z0-9.]*=.*?)[ \t]*\r?$")
_DATE = re.compile(r"(\d{1,4})[./-](\d{1,2})[./-](\d{1,4})[ T]+(\d{1,2}):(\d\d)(?::(\d\d))?(?: ([AP]M))?")
_NAMES = {"Issuer": "issuer", "Subject": "subject"}


class Certutil:
    """Recognises the heads of certutil's blocks."""

    name = "certutil"

    def recognise(self, file: InputFile) -> Recognised | NotMine:
        text = as_text(file.head).decode("utf-8", "replace")
        if not _BLOCK.search(text) or "Serial Number:" not in text:
            return NotMine()
        plan = ReadPlan(file.path, shape(self.name, "other"), lambda: self._read(file), size=file.size)
        return Recognised(self.name, (plan,))

    def _read(self, file: InputFile) -> Iterator[RawBatch | Rejected]:
        data, broken, whole = beginning(file)
        if not whole:
            yield Rejected(file.path, "a text of certutil that is too large")
            return
        text = as_text(data).decode("utf-8", "replace")
        starts = [(found.start(), found.end()) for found in _BLOCK.finditer(text)]
        batch = Batch(shape(self.name, "other"))
        line, counted, number = 1, 0, 0
        for index, (start, body) in enumerate(starts):
            line, counted = line + text.count("\n", counted, start), start
            stop = starts[index + 1][0] if index + 1 < len(starts) else len(text)
            told = _block(text[body:stop])
            if told is None and index + 1 < len(starts) and not text[body:stop].strip():
                continue  # -v prints both heads above one certificate
            number += 1
            if told is None:
                yield Rejected(
                    file.path, "a block of certutil without a serial number", line, number, text[start:stop][:200]
                )
                continue
            batch.add(told, Document({}, line, number, text[start:stop].strip()), number, alone=True)
            if batch.full():
                yield batch.take()
        if batch.lines:
            yield batch.take()
        if broken is not None:
            yield Rejected(file.path, f"could not be read to its end: {broken}", text.count("\n") + 1, number + 1)


def _block(text: str) -> Told | None:
    stated, names = _stated(text)
    if "Serial Number" not in stated:
        return None
    values: Values = {
        "event_type": "certutil",
        **of_names(names.get("subject"), names.get("issuer")),
        "cert_serial": serial_of_hex(stated["Serial Number"]),
        "cert_not_before": _moment(stated.get("NotBefore")),
        "cert_not_after": _moment(stated.get("NotAfter")),
        "version": stated.get("Version"),
    }
    for name in ("Cert Hash(sha1)", "Cert Hash(sha256)", "Cert Hash(md5)"):
        if hexadecimal(stated.get(name)):
            values |= hash_column(stated[name])
    used = frozenset(("Serial Number", "Issuer", "Subject", "Cert Hash(sha1)", "Cert Hash(sha256)", "Version"))
    return Told(values, dict(stated), used=used)


def _stated(text: str) -> tuple[dict[str, str], dict[str, str]]:
    """What a block states, the first of each label; names may stand behind their label or on lines of their own."""
    stated: dict[str, str] = {}
    names: dict[str, list[str]] = {}
    open_name: str | None = None
    for line in text.split("\n"):
        part = _PART.match(line)
        if part is not None and open_name is not None:
            names[open_name].append(part[1])
            continue
        found = _LINE.match(line)
        if found is None:
            continue
        open_name = None
        label, value = found[1], found[2]
        if label in _NAMES and label not in stated:
            open_name = _NAMES[label]
            names[open_name] = [value] if value else []
        stated.setdefault(label, value)
    return stated, {name: ", ".join(parts) for name, parts in names.items() if parts}


def _moment(text: str | None) -> str | None:
    """A time of the locale as ISO 8601, where day and month cannot be taken for each other."""
    found = _DATE.match(text or "")
    if found is None:
        return None
    first, second, third = (int(each) for each in found.group(1, 2, 3))
    if first > 31:
        year, month, day = first, second, third
    elif first > 12 >= second:
        day, month, year = first, second, third
    elif (second > 12 >= first) or first == second:
        month, day, year = first, second, third
    else:
        return None
    hour = int(found[4])
    if found[7]:
        hour = hour % 12 + (12 if found[7] == "PM" else 0)
    try:
        return datetime(year, month, day, hour, int(found[5]), int(found[6] or 0)).isoformat()
    except ValueError:
        return None


SOURCE = Certutil()
