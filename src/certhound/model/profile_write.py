"""Writing ``certhound.toml``: commented, so that the file explains itself to whoever opens it next."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from certhound.model.addresses import PRIVATE

_HEAD = (
    "The profile of this organisation, which certhound reads to know who is inside and whom you trust.",
    "It is found as ./certhound.toml, or as certhound/certhound.toml in your configuration folder, or by --config.",
    "Every key is optional; docs/profile.md explains each.",
)

_NO_PRINT = re.compile(r"[^\x20-\x7e\u00a1-\u02af\u0370-\u1fff\u2c00-\u2dff\u3040-\ud7ff]")

EXAMPLE_EXCEPTION = """\
[[exception]]
match = { issuer = "CN=Laboratory CA*", destination = "198.51.100.0/24" }   # all must hold
reason = "test servers of the laboratory"
owner = "network team"
expires = 2027-12-31   # its last day; after that it hides nothing and a note says so"""


@dataclass(frozen=True, slots=True)
class Answers:
    """What a profile shall say, as text; an empty tuple leaves the key out. ``hints`` become comments."""

    name: str = ""
    networks: tuple[str, ...] = tuple(map(str, PRIVATE))
    domains: tuple[str, ...] = ()
    brands: tuple[str, ...] = ()
    expected_issuers: tuple[str, ...] = ()
    public_roots: tuple[str, ...] = ()
    internal_cas: tuple[str, ...] = ()
    inspection_cas: tuple[str, ...] = ()
    inspection_issuers: tuple[str, ...] = ()
    internal_hints: tuple[str, ...] = ()
    inspection_hints: tuple[str, ...] = ()

    def with_paths_from(self, folder: Path) -> Answers:
        """The same with file names as they count from the profile's folder."""
        return replace(
            self,
            public_roots=tuple(_from(folder, each) for each in self.public_roots),
            internal_cas=tuple(_from(folder, each) for each in self.internal_cas),
            inspection_cas=tuple(_from(folder, each) for each in self.inspection_cas),
        )


def _from(folder: Path, file: str) -> str:
    path, base = Path(file).expanduser().absolute(), folder.absolute()
    return str(path.relative_to(base)) if path.is_relative_to(base) else str(path)


def profile_text(answers: Answers) -> str:
    """The text of a profile that says this; keys without an answer stand there as commented examples."""
    import tomlkit

    document = tomlkit.document()
    for line in _HEAD:
        document.add(tomlkit.comment(line))
    document.add("organisation", _organisation(answers))
    document.add("trust", _trust(answers))
    document.add(tomlkit.nl())
    document.add(tomlkit.comment("A finding that is none: hidden in every run, and listed with its reason and owner."))
    for line in EXAMPLE_EXCEPTION.splitlines():
        document.add(tomlkit.comment(line))
    return tomlkit.dumps(document)


def _organisation(answers: Answers) -> Any:
    import tomlkit

    table = tomlkit.table()
    _put(table, "name", answers.name, "Name, as reports show it.", 'name = "Example"')
    _put(
        table,
        "networks",
        answers.networks,
        "Own networks: who is inside. Without this key private address space is.",
        'networks = ["10.0.0.0/8"]',
    )
    _put(table, "domains", answers.domains, "Own domains; names below them are own too.", 'domains = ["example.org"]')
    _put(table, "brands", answers.brands, "Names that impostors would imitate.", 'brands = ["contoso"]')
    _put(
        table,
        "expected_issuers",
        answers.expected_issuers,
        "Certificate authorities from which you buy.",
        'expected_issuers = ["Let\'s Encrypt"]',
    )
    return table


def _trust(answers: Answers) -> Any:
    import tomlkit

    table = tomlkit.table()
    _put(
        table,
        "internal_cas",
        answers.internal_cas,
        "Your own certificate authorities, PEM or DER files; paths count from this file's folder.",
        'internal_cas = ["house-ca.pem"]',
        hints=("Issuers met at inside servers, trusted by nobody so far:", *answers.internal_hints),
    )
    _put(
        table,
        "inspection_cas",
        answers.inspection_cas,
        "Authorities of devices that open TLS and re-sign it.",
        'inspection_cas = ["proxy-ca.pem"]',
    )
    _put(
        table,
        "inspection_issuers",
        answers.inspection_issuers,
        "The same by the issuer's name, with * and ?, where there is no file.",
        'inspection_issuers = ["CN=Zscaler Intermediate Root CA*"]',
        hints=("Issuers that signed for many outside domains, as such a device does:", *answers.inspection_hints),
    )
    _put(
        table,
        "public_roots",
        answers.public_roots,
        "Replaces Mozilla's roots: for laboratories only.",
        'public_roots = ["lab-root.pem"]',
    )
    return table


def _put(
    table: Any, key: str, value: str | Sequence[str], meaning: str, example: str, hints: Iterable[str] = ()
) -> None:
    import tomlkit

    table.add(tomlkit.comment(meaning))
    first, *rest = tuple(hints) or ("",)
    if rest:
        for hint in (first, *(f"  {each}" for each in rest)):
            table.add(tomlkit.comment(_NO_PRINT.sub("?", hint)[:300]))
    if not value:
        table.add(tomlkit.comment(example))
    elif isinstance(value, str):
        table.add(key, value)
    else:
        array = tomlkit.array()
        array.extend(list(value))
        table.add(key, array.multiline(len(value) > 4))
    table.add(tomlkit.nl())
