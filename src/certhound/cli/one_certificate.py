"""One certificate, read and judged alone: what ``certhound cert`` shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from certhound.findings.report import Signal
from certhound.findings.score import combine
from certhound.lake.certificate_rows import Stores, from_bytes
from certhound.lake.certificate_table import stores_of
from certhound.model.errors import Place, UnreadableError, UsageError
from certhound.x509.certificate import Certificate, read_certificate
from certhound.x509.chain import verify_chain
from certhound.x509.containers import Found, extract_certificates, looks_like
from certhound.x509.stores import stores
from certhound.x509.trust import RootStore, pem_blocks
from certhound.x509.verdict import Verdict

if TYPE_CHECKING:
    from certhound.model.profile import Profile

_TOLD = ("subject", "issuer", "serial", "not_before", "not_after", "key_type", "signature_algorithm", "version")


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of a certificate: with which chain, before which roots (none: the profile's), when, which name."""

    at: datetime
    chain: tuple[bytes, ...] = ()
    roots: tuple[bytes, ...] | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """The certificate as a row, and the verdict by each store that was asked, the one that counts first."""

    row: dict[str, Any]
    verdicts: tuple[tuple[str, Verdict], ...]
    chain: tuple[dict[str, Any], ...] = ()
    signals: tuple[Signal, ...] = field(default=())

    @property
    def verdict(self) -> Verdict:
        return self.verdicts[0][1]

    @property
    def is_readable(self) -> bool:
        """Whether anything at all could be read."""
        return any(self.row.get(name) is not None for name in _TOLD)


def read_file(path: Path, check: str = "unreadable") -> bytes:
    """The bytes of a file that the command line names."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise UnreadableError(error.strerror or "cannot be read", check=check, place=Place(str(path))) from error


def certificates_in(data: bytes) -> list[bytes]:
    """The certificates of a file as DER. What only claims to be one is there too, for its errors are worth reading."""
    found = [item.der for item in extract_certificates(data) if isinstance(item, Found)]
    if found or not data:
        return found
    return pem_blocks(data) or ([data] if data[:1] == b"\x30" else [])


def certificates_of(file: Path, data: bytes) -> tuple[list[bytes], str]:
    """The certificates of a file of any kind that is read, and where there are none, why.

    JSON of services goes to their sources: the first record's certificate is the one, others are its chain.
    """
    rejected: list[str] = []
    found: list[bytes] = []
    for item in extract_certificates(data):
        if isinstance(item, Found):
            found.append(item.der)
        else:
            rejected.append(item.reason)
    packed = data[:2] in (b"\x1f\x8b", b"\x28\xb5")
    if packed or data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"["):
        told, source = _of_records(file)
        found = told or found
        if not found and source:
            return [], f"{source} tells of certificates by words alone; certhound certificates shows what it says"
    if not found and looks_like(data) not in _STORES:
        found = certificates_in(data)
    return found, rejected[0] if rejected else ""


_STORES = frozenset(store.name for store in stores())


def _of_records(file: Path) -> tuple[list[bytes], str]:
    """What the source of a file gives as bytes (own certificates of records, then those beside), and its name."""
    from certhound.lake.certificate_rows import decode_der
    from certhound.query.plan import RawBatch
    from certhound.sources import recognise
    from certhound.sources.contract import CertificateFound, Recognised
    from certhound.sources.files import Unreadable, open_input

    opened = open_input(file)
    taken = None if isinstance(opened, Unreadable) else recognise(opened)
    if not isinstance(taken, Recognised):
        return [], ""
    found: list[bytes] = []
    for plan in taken.plans:
        for item in plan.careful():
            if isinstance(item, RawBatch):
                found += [der for text in item.raw.get("der", []) if (der := decode_der(text))]
    found += [item.der for item in taken.certificates or () if isinstance(item, CertificateFound)]
    return list(dict.fromkeys(found)), taken.source if taken.plans else ""


def roots_in(data: bytes, file: Path) -> tuple[bytes, ...]:
    """The trust anchors of a file; a file without any would only hide a mistake."""
    found = tuple(certificates_in(data))
    if not found:
        raise UsageError("there is no certificate in it", check="no-roots", place=Place(str(file)))
    return found


def examine(leaf: bytes, question: Question, profile: Profile) -> Answer:
    """Read and judge a certificate. Never raises on any bytes."""
    certificate = read_certificate(leaf)
    stores = _stores(question, profile)
    row = from_bytes(certificate, stores, question.chain, question.at)
    views = [("public" if question.roots is None else "roots", stores.public)]
    views += [("house", stores.house)] if stores.house is not None else []
    verdicts = [
        (name, verify_chain(certificate, question.chain, store, question.at, question.name)) for name, store in views
    ]
    verdicts.sort(key=lambda each: not each[1].is_trusted)  # stable: the public view counts where both agree
    return Answer(row, tuple(verdicts), _chain_rows(certificate, question, stores, verdicts[0][1]))


def _stores(question: Question, profile: Profile) -> Stores:
    if question.roots is not None:
        return Stores(RootStore.of(question.roots, name="roots"))
    return stores_of(profile)


def _chain_rows(leaf: Certificate, question: Question, stores: Stores, verdict: Verdict) -> tuple[dict[str, Any], ...]:
    """The rows of the path that the verdict speaks of, above the leaf; certificates that nobody has are left out."""
    anchors = [entry.certificate for store in (stores.public, stores.house) if store for entry in store.anchors]
    known = {each.sha256: each for each in (*anchors, *map(read_certificate, question.chain))}
    path = [known[sha256] for sha256 in verdict.path if sha256 in known and sha256 != leaf.sha256]
    return tuple({name: value for name, value in each.row().items() if name != "der"} for each in path)


def matching_rules(row: dict[str, Any]) -> tuple[Signal, ...]:
    """Rules about certificates that match the row, by the reference evaluator; those about contacts are not asked."""
    from certhound.rules import load_rules, plan_run, run_reference
    from certhound.rules.reason import render

    plan = plan_run([rule for rule in load_rules() if rule.table == "certificates"])
    hits = [plan.rules[rule] for rule, rows in run_reference(plan, {"certificates": [row]}).items() if rows]
    _, points = combine([(rule.id, rule.family, rule.score) for rule in hits])
    signals = [_signal(rule, points[rule.id], render(rule.reason, row)) for rule in hits]
    return tuple(sorted(signals, key=lambda each: (-each.points, each.rule)))


def _signal(rule: Any, points: int, reason: str) -> Signal:
    return Signal(
        rule.name, rule.title, rule.score, points, rule.family, reason or rule.title, rule.author,
        rule.references[0] if rule.references else "", rule.tags, rule.known_gaps, rule.false_positives,
    )  # fmt: skip


def as_object(answer: Answer, question: Question) -> dict[str, Any]:
    """The answer as one flat object: the verdict first, then the columns of ``certificates``."""
    first, *others = answer.verdicts
    told: dict[str, Any] = {
        "verdict": first[1].verdict,
        "reason": first[1].reason.value,
        "detail": first[1].detail or None,
        "store": first[0],
        "at": question.at,
        "name": question.name,
        "path": list(first[1].path),
    }
    for name, verdict in others:
        told[f"{name}_verdict"], told[f"{name}_reason"] = verdict.verdict, verdict.reason.value
    return {**told, **{key: value for key, value in answer.row.items() if key not in told and key != "der"}}


def verdict_lines(answer: Answer) -> Sequence[tuple[str, Verdict]]:
    """The verdicts with their views in words."""
    words = {"public": "public roots", "house": "own CAs", "roots": "the given roots"}
    return [(words[view], verdict) for view, verdict in answer.verdicts]
