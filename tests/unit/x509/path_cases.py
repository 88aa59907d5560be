"""Cases of path validation as data: how each chain is made, and the verdict and reason that it must get.

A line is a case: its family, what is particular about it, and the reason expected (`trusted` or why not). Families:
``build`` finding a path, ``rfc5280`` the profile of the Internet, ``constraint`` name constraints, ``purpose`` usages,
``policy`` certificate policies, ``web`` what only counts for a named server, ``time``, ``strength``, ``hostile``.
Chains without a name are judged by RFC 5280 alone, chains with one as a client of the Web would.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import path_maker as m
from path_maker import Made, constraints, ec_key, eku, san, usage

from certhound.x509.der import encode

AT = datetime(2025, 6, 1, 12, tzinfo=UTC)
HOST = "host.example.com"
KEEP: Any = object()


@dataclass(frozen=True)
class Chain:
    """What goes into the judge."""

    leaf: Made
    chain: tuple[Made, ...] = ()
    roots: tuple[Made, ...] = ()
    name: str | None = None
    at: datetime = AT


@dataclass(frozen=True)
class PathCase:
    """One case: its id, how it is built, and the reason it must end with."""

    id: str
    build: Callable[[], Chain]
    reason: str


CASES: list[PathCase] = []


def case(id_: str, reason: str) -> Callable[[Callable[[], Chain]], Callable[[], Chain]]:
    """Register a builder as a case."""

    def register(build: Callable[[], Chain]) -> Callable[[], Chain]:
        CASES.append(PathCase(id_, build, reason))
        return build

    return register


def root(cn: str = "Test Root", key: Any = 1, more: Sequence[bytes] = (), **change: Any) -> Made:
    """A root; ``basic``, ``usage``, ``ski``, ``aki`` replace an extension or, being None, drop it."""
    key = ec_key(key) if isinstance(key, int) else key
    subject = change.pop("subject", m.name(f"CN={cn}" if cn else ""))
    parts = _parts({"basic": m.basic(), "usage": usage("keyCertSign", "cRLSign"), "ski": m.ski(key)}, change)
    return m.make(subject, change.pop("issuer", subject), key, change.pop("signer", key), [*parts, *more], **change)


def ica(parent: Made, cn: str = "Test Issuing", key: Any = 2, more: Sequence[bytes] = (), **change: Any) -> Made:
    """An intermediate below a parent."""
    key = ec_key(key) if isinstance(key, int) else key
    path_len = change.pop("path_len", None)
    usual: dict[str, bytes | None] = {
        "basic": m.basic(path_len=path_len),
        "usage": usage("keyCertSign", "cRLSign"),
        "ski": m.ski(key),
        "aki": m.aki(parent.key),
    }
    parts = _parts(usual, change)
    subject = change.pop("subject", m.name(f"CN={cn}" if cn else ""))
    signer = change.pop("signer", parent.key)
    return m.make(subject, change.pop("issuer", parent.subject), key, signer, [*parts, *more], **change)


def leaf(parent: Made, host: str | None = HOST, key: Any = 9, more: Sequence[bytes] = (), **change: Any) -> Made:
    """A server's certificate below a parent."""
    key = ec_key(key) if isinstance(key, int) else key
    usual = {
        "basic": m.basic(ca=False),
        "usage": usage("digitalSignature"),
        "eku": eku(m.SERVER),
        "san": san(f"dns:{host}") if host else None,
        "ski": m.ski(key),
        "aki": m.aki(parent.key),
    }
    parts = _parts(usual, change)
    subject = change.pop("subject", m.name(f"CN={host}" if host else "CN=server"))
    signer = change.pop("signer", parent.key)
    return m.make(subject, change.pop("issuer", parent.subject), key, signer, [*parts, *more], **change)


def _parts(usual: dict[str, bytes | None], change: dict[str, Any]) -> list[bytes]:
    for name in list(change):
        if name in ("basic", "usage", "ski", "aki", "eku", "san"):
            usual[name] = change.pop(name)
    return [part for part in usual.values() if part]


def simple(id_: str, reason: str, named: bool = True, **parts: dict[str, Any]) -> None:
    """A case root > leaf, or root > intermediate > leaf when ``middle`` is given; each part with its changes."""

    def build() -> Chain:
        change = {key: dict(value) for key, value in parts.items()}
        at = change.get("when", {}).get("at", AT)
        name = change.get("when", {}).get("name", HOST if named else None)
        top = root(**change.get("top", {}))
        issuer = ica(top, **change["middle"]) if "middle" in change else top
        end = leaf(issuer, **change.get("end", {}))
        return Chain(end, (issuer,) if issuer is not top else (), (top,), name, at)

    CASES.append(PathCase(id_, build, reason))


# --- building -------------------------------------------------------------------------------------------------

simple("build::two", "trusted")
simple("build::three", "trusted", middle={})
simple("build::no-name", "trusted", named=False, middle={})


@case("build::order-and-duplicates-do-not-matter", "trusted")
def _() -> Chain:
    r = root()
    a = ica(r, "A", 2)
    b = ica(a, "B", 3)
    return Chain(leaf(b), (r, b, a, b, leaf(b), a), (r,), HOST)


@case("build::intermediate-missing", "chain_incomplete")
def _() -> Chain:
    r = root()
    a = ica(r, "A", 2)
    return Chain(leaf(ica(a, "B", 3)), (ica(a, "B", 3),), (r,), HOST)


@case("build::nothing-sent", "unknown_issuer")
def _() -> Chain:
    r = root()
    return Chain(leaf(ica(r)), (), (r,), HOST)


@case("build::root-not-trusted", "unknown_issuer")
def _() -> Chain:
    r = root()
    i = ica(r)
    return Chain(leaf(i), (i, r), (root("Other Root", 7),), HOST)


@case("build::no-roots-at-all", "unknown_issuer")
def _() -> Chain:
    r = root()
    return Chain(leaf(r), (r,), (), HOST)


@case("build::self-signed-leaf", "self_signed")
def _() -> Chain:
    own = ec_key(5)
    made = m.make(m.name("CN=a"), m.name("CN=a"), own, own, [m.basic(ca=False), san(f"dns:{HOST}")])
    return Chain(made, (), (root(),), HOST)


@case("build::self-signed-without-extensions", "self_signed")
def _() -> Chain:
    own = ec_key(5)
    return Chain(m.make(m.name("CN=a"), m.name("CN=a"), own, own, [], version=None), (), (root(),))


@case("build::self-issued-signed-by-another", "broken_signature")
def _() -> Chain:
    return Chain(m.make(m.name("CN=a"), m.name("CN=a"), ec_key(5), ec_key(6), []), (), (root(),))


@case("build::self-signed-leaf-in-the-store", "trusted")
def _() -> Chain:
    own = ec_key(5)
    made = m.make(m.name("CN=a"), m.name("CN=a"), own, own, [san(f"dns:{HOST}")])
    return Chain(made, (), (made,), HOST)


@case("build::self-signed-leaf-in-the-store-for-another-name", "wrong_name")
def _() -> Chain:
    own = ec_key(5)
    made = m.make(m.name("CN=a"), m.name("CN=a"), own, own, [san(f"dns:{HOST}")])
    return Chain(made, (), (made,), "other.example.com")


@case("build::intermediate-is-the-anchor", "trusted")
def _() -> Chain:
    r = root()
    i = ica(r)
    return Chain(leaf(i), (r,), (i,), HOST)


@case("build::leaf-is-the-anchor", "trusted")
def _() -> Chain:
    end = leaf(ica(root()))
    return Chain(end, (), (end,), HOST)


@case("build::cross-signed-one-expired", "trusted")
def _() -> Chain:
    old, new = root("Old", 3), root("New", 4)
    expired = ica(old, "Bridge", 5, end=datetime(2024, 1, 1, tzinfo=UTC))
    good = ica(new, "Bridge", 5)
    return Chain(leaf(good), (expired, good), (old, new), HOST)


@case("build::cross-signed-first-root-unknown", "trusted")
def _() -> Chain:
    old, new = root("Old", 3), root("New", 4)
    one, two = ica(old, "Bridge", 5), ica(new, "Bridge", 5)
    return Chain(leaf(one), (one, two), (new,), HOST)


@case("build::expired-cross-certificate-of-a-root", "trusted")
def _() -> Chain:
    r, older = root("R", 3), root("Older", 4)
    cross = ica(older, "R", 3, end=datetime(2021, 1, 1, tzinfo=UTC))
    return Chain(leaf(r), (cross,), (r, older), HOST)


@case("build::expired-root-but-cross-signed", "trusted")
def _() -> Chain:
    gone = root("R", 3, end=datetime(2024, 1, 1, tzinfo=UTC))
    other = root("Other", 4)
    cross = ica(other, "R", 3)
    return Chain(leaf(gone), (cross,), (gone, other), HOST)


for _bad, _why in (
    ("basic-constraints", {"basic": None}),
    ("ca-flag", {"basic": m.basic(ca=False)}),
    ("purpose", {"more": (eku(m.CLIENT),)}),
    ("name-constraint", {"more": (constraints(["dns:other.example"]),)}),
    ("signature", {"damage": True}),
    ("key-usage", {"usage": usage("cRLSign")}),
    ("critical-extension", {"more": (m.unknown(),)}),
):

    @case(f"build::goes-back-from-a-branch-with-bad-{_bad}", "trusted")
    def _(change: dict[str, Any] = _why) -> Chain:
        one, two = root("One", 3), root("Two", 4)
        bad, good = ica(one, "Bridge", 5, **change), ica(two, "Bridge", 5)
        return Chain(leaf(good), (bad, good), (one, two), HOST)

    @case(f"build::only-branch-has-bad-{_bad}", "*")
    def _(change: dict[str, Any] = _why) -> Chain:
        one, two = root("One", 3), root("Two", 4)
        return Chain(leaf(ica(one, "Bridge", 5)), (ica(one, "Bridge", 5, **change),), (one, two), HOST)


@case("build::goes-back-two-levels", "trusted")
def _() -> Chain:
    one, two = root("One", 3), root("Two", 4)
    top_bad = ica(one, "Upper", 6, more=(eku(m.CLIENT),))
    top_good = ica(two, "Upper", 6)
    lower = ica(top_good, "Lower", 5)
    return Chain(leaf(lower), (lower, top_bad, top_good), (one, two), HOST)


@case("build::cycle-with-a-way-out", "trusted")
def _() -> Chain:
    r = root("A", 3)
    a_by_b = ica(root("B", 4), "A", 3)
    b_by_a = ica(r, "B", 4)
    i = ica(r, "I", 5)
    return Chain(leaf(i), (i, a_by_b, b_by_a), (r,), HOST)


@case("build::cycle-without-a-way-out", "chain_incomplete")
def _() -> Chain:
    a_by_b = ica(root("B", 4), "A", 3)
    b_by_a = ica(root("A", 3), "B", 4)
    return Chain(leaf(a_by_b), (a_by_b, b_by_a), (root(),), HOST)


@case("build::cycle-under-one-name", "unknown_issuer")
def _() -> Chain:
    one = ica(root("Same", 4), "Same", 3)
    two = ica(root("Same", 3), "Same", 4)
    return Chain(leaf(one), (one, two), (root(),), HOST)


@case("build::two-roots-of-one-name", "trusted")
def _() -> Chain:
    return Chain(leaf(root("Same", 4)), (), (root("Same", 3), root("Same", 4)), HOST)


@case("build::two-roots-of-one-name-no-key-identifiers", "trusted")
def _() -> Chain:
    plain: dict[str, Any] = {"ski": None, "usage": None}
    return Chain(
        leaf(root("Same", 4), ski=None, aki=None), (), (root("Same", 3, **plain), root("Same", 4, **plain)), HOST
    )


@case("build::issuer-name-in-other-case-and-string-type", "trusted")
def _() -> Chain:
    r = root(subject=m.name("C=US,O=Example Trust,CN=Root One"))
    return Chain(leaf(r, issuer=m.name("C=US,O=EXAMPLE  trust,CN=root one", tag=0x13)), (), (r,))


@case("build::issuer-name-differs", "unknown_issuer")
def _() -> Chain:
    return Chain(leaf(root("Root One", 1), issuer=m.name("CN=Root Two")), (), (root("Root One", 1),))


@case("build::key-identifier-of-another-key", "unknown_issuer")
def _() -> Chain:
    return Chain(leaf(root(), aki=m.aki(ec_key(77))), (), (root(),))


@case("build::nine-intermediates-are-too-many", "gave_up")
def _() -> Chain:
    top = issuer = root()
    chain = []
    for number in range(9):
        issuer = ica(issuer, f"Level {number}", 20 + number)
        chain.append(issuer)
    return Chain(leaf(issuer), tuple(chain), (top,), HOST)


@case("build::eight-intermediates", "trusted")
def _() -> Chain:
    top = issuer = root()
    chain = []
    for number in range(8):
        issuer = ica(issuer, f"Level {number}", 20 + number)
        chain.append(issuer)
    return Chain(leaf(issuer), tuple(chain), (top,), HOST)


@case("build::claims-the-root-with-another-key", "broken_signature")
def _() -> Chain:
    return Chain(leaf(root("Test Root", 66), aki=None, ski=None), (), (root(),), HOST)


@case("build::damaged-leaf-signature", "broken_signature")
def _() -> Chain:
    return Chain(leaf(root(), damage=True), (), (root(),), HOST)


@case("build::damaged-intermediate-signature", "broken_signature")
def _() -> Chain:
    i = ica(root(), damage=True)
    return Chain(leaf(i), (i,), (root(),), HOST)


@case("build::intermediate-with-a-key-that-is-none", "*")
def _() -> Chain:
    i = ica(root("Gone", 8), public_key=m.seq(m.seq(m.oid("1.2.840.113549.1.1.1"), b"\x05\0"), b"\x03\x01\0"))
    return Chain(leaf(i), (i,), (root(),), HOST)


@case("build::a-ca-certificate-as-leaf", "trusted")
def _() -> Chain:
    r = root()
    return Chain(ica(r, HOST, 5, more=(san(f"dns:{HOST}"),)), (), (r,), HOST)


@case("build::a-ca-certificate-as-leaf-for-another-name", "wrong_name")
def _() -> Chain:
    r = root()
    return Chain(ica(r, HOST, 5, more=(san(f"dns:{HOST}"),)), (), (r,), "x.example.com")


# --- RFC 5280 -------------------------------------------------------------------------------------------------

simple("rfc5280::path-len-0", "trusted", middle={"path_len": 0})
simple("rfc5280::path-len-1", "trusted", middle={"path_len": 1})
simple(
    "rfc5280::root-with-path-len-0-and-an-intermediate", "path_too_long", top={"basic": m.basic(path_len=0)}, middle={}
)


def _line(*limits: int | None, same: Sequence[int] = ()) -> Chain:
    """root > intermediates with these path lengths > leaf; those at ``same`` carry the name of their issuer."""
    top = issuer = root()
    chain: list[Made] = []
    for number, limit in enumerate(limits):
        change: dict[str, Any] = {"subject": issuer.subject} if number in same else {}
        issuer = ica(issuer, f"Level {number}", 30 + number, path_len=limit, **change)
        chain.append(issuer)
    return Chain(leaf(issuer), tuple(chain), (top,), HOST)


case("rfc5280::path-len-0-then-another-ca", "path_too_long")(lambda: _line(0, 0))
case("rfc5280::path-len-may-grow", "trusted")(lambda: _line(1, 2))
case("rfc5280::path-len-1-0-0", "path_too_long")(lambda: _line(1, 0, 0))
case("rfc5280::path-len-2-1-0", "trusted")(lambda: _line(2, 1, 0))
case("rfc5280::self-issued-does-not-count", "trusted")(lambda: _line(1, 1, 0, same=(1,)))
case("rfc5280::self-issued-does-not-count-twice", "trusted")(lambda: _line(0, None, None, same=(1, 2)))
case("rfc5280::self-issued-then-one-too-many", "path_too_long")(lambda: _line(0, None, None, same=(1,)))


@case("rfc5280::path-len-does-not-count-the-last", "trusted")
def _() -> Chain:
    r = root()
    first = ica(r, "First", 3, path_len=0)
    return Chain(ica(first, "Second", 4, path_len=0, more=(san(f"dns:{HOST}"),)), (first,), (r,), HOST)


simple("rfc5280::intermediate-without-basic-constraints", "not_a_ca", middle={"basic": None})
simple("rfc5280::intermediate-without-basic-constraints-unnamed", "not_a_ca", named=False, middle={"basic": None})
simple("rfc5280::intermediate-not-a-ca", "not_a_ca", middle={"basic": m.basic(ca=False)})
simple("rfc5280::root-without-basic-constraints", "not_a_ca", top={"basic": None})
simple("rfc5280::root-without-basic-constraints-unnamed", "not_a_ca", named=False, top={"basic": None})
simple("rfc5280::root-not-a-ca", "not_a_ca", top={"basic": m.basic(ca=False)})
simple("rfc5280::root-may-not-sign", "key_usage", top={"usage": usage("cRLSign")})
simple("rfc5280::intermediate-may-not-sign", "key_usage", middle={"usage": usage("digitalSignature")})
simple("rfc5280::intermediate-with-path-len-may-not-sign", "key_usage", middle={"usage": usage(), "path_len": 0})
simple("rfc5280::root-without-key-usage", "trusted", top={"usage": None})
simple("rfc5280::root-as-openssl-req-makes-it", "trusted", named=False, top={"usage": None, "aki": m.aki(ec_key(1))})
simple("rfc5280::intermediate-without-key-usage", "trusted", named=False, middle={"usage": None})
simple("rfc5280::key-usage-not-critical", "trusted", middle={"usage": usage("keyCertSign", critical=False)})
simple("rfc5280::leaf-issues", "not_a_ca", middle={"basic": m.basic(ca=False), "usage": usage("digitalSignature")})


@case("rfc5280::version-1-root", "trusted")
def _() -> Chain:
    own = ec_key(1)
    r = m.make(m.name("CN=Old Root"), m.name("CN=Old Root"), own, own, [], version=None)
    return Chain(leaf(r), (), (r,))


@case("rfc5280::version-1-intermediate", "not_a_ca")
def _() -> Chain:
    r = root()
    i = m.make(m.name("CN=Old"), r.subject, ec_key(2), r.key, [], version=None)
    return Chain(leaf(i), (i,), (r,))


@case("rfc5280::version-1-leaf-without-a-name-asked", "trusted")
def _() -> Chain:
    r = root()
    return Chain(m.make(m.name("CN=x"), r.subject, ec_key(9), r.key, [], version=None), (), (r,))


@case("rfc5280::version-1-leaf-has-no-names", "wrong_name")
def _() -> Chain:
    r = root()
    return Chain(m.make(m.name(f"CN={HOST}"), r.subject, ec_key(9), r.key, [], version=None), (), (r,), HOST)


simple("rfc5280::extensions-in-version-1", "malformed", end={"version": None})
simple("rfc5280::extensions-in-version-2", "malformed", end={"version": 1})
simple("rfc5280::version-4", "malformed", end={"version": 3})
simple("rfc5280::extension-twice", "malformed", end={"more": (san(f"dns:{HOST}"),)})
simple("rfc5280::extension-twice-unnamed", "malformed", named=False, end={"more": (san(f"dns:{HOST}"),)})
simple("rfc5280::extension-twice-in-intermediate", "malformed", middle={"more": (m.basic(),)})
simple("rfc5280::algorithms-differ", "malformed", end={"outer": "1.2.840.10045.4.3.3"})
simple("rfc5280::algorithms-differ-in-intermediate", "malformed", middle={"outer": "1.2.840.10045.4.3.3"})
simple("rfc5280::algorithms-differ-in-root", "malformed", top={"outer": "1.2.840.10045.4.3.3"})
simple("rfc5280::unknown-critical-leaf", "critical_extension", end={"more": (m.unknown(),)})
simple("rfc5280::unknown-critical-intermediate", "critical_extension", middle={"more": (m.unknown(),)})
simple("rfc5280::unknown-critical-root", "critical_extension", top={"more": (m.unknown(),)})
simple(
    "rfc5280::unknown-not-critical", "trusted", end={"more": (m.unknown(False),)}, middle={"more": (m.unknown(False),)}
)
simple("rfc5280::precertificate", "critical_extension", end={"more": (m.poison(),)})
simple("rfc5280::empty-issuer", "unknown_issuer", end={"issuer": m.name("")})


@case("rfc5280::ca-without-a-name", "*")
def _() -> Chain:
    r = root(cn="")
    return Chain(leaf(r), (), (r,), HOST)


@case("rfc5280::trailing-bytes", "malformed")
def _() -> Chain:
    made = leaf(root())
    return Chain(Made(made.der + b"\0\0", made.key, made.subject), (), (root(),), HOST)


simple("rfc5280::no-key-usage-in-leaf", "trusted", end={"usage": None})
simple("rfc5280::no-basic-constraints-in-leaf", "trusted", end={"basic": None})
simple("rfc5280::malformed-san", "malformed", end={"san": m.ext("2.5.29.17", b"host.example.com")})
simple("rfc5280::malformed-basic-constraints", "malformed", middle={"basic": m.ext("2.5.29.19", b"\x01\x01\xff", True)})
simple("rfc5280::constraints-in-leaf", "name_constraint", end={"more": (constraints(["dns:example.com"]),)})
simple(
    "rfc5280::constraints-in-leaf-not-critical",
    "name_constraint",
    end={"more": (constraints(["dns:example.com"], critical=False),)},
)
simple(
    "rfc5280::information-access-critical",
    "critical_extension",
    end={"more": (m.ext("1.3.6.1.5.5.7.1.1", m.seq(), True),)},
)

# --- time -----------------------------------------------------------------------------------------------------

_START, _END = datetime(2024, 3, 1, tzinfo=UTC), datetime(2024, 4, 1, tzinfo=UTC)
for _id, _moment, _reason in (
    ("first-second", _START, "trusted"),
    ("last-second", _END, "trusted"),
    ("fraction-after-the-last-second", _END + timedelta(milliseconds=5), "trusted"),
    ("second-after", _END + timedelta(seconds=1), "expired"),
    ("fraction-before", _START - timedelta(milliseconds=1), "not_yet_valid"),
    ("second-before", _START - timedelta(seconds=1), "not_yet_valid"),
    ("in-another-zone", datetime.fromisoformat("2024-03-01T01:00:00+01:00"), "trusted"),
):
    simple(f"time::{_id}", _reason, end={"start": _START, "end": _END}, middle={}, when={"at": _moment})

_OLD = {"end": datetime(2024, 1, 1, tzinfo=UTC)}
_YOUNG = {"start": datetime(2026, 1, 1, tzinfo=UTC)}
simple("time::expired-intermediate", "expired", middle=_OLD)
simple("time::expired-root", "expired", middle={}, top=_OLD)
simple("time::expired-leaf-unnamed", "expired", named=False, end=_OLD)
simple("time::intermediate-not-yet", "not_yet_valid", middle=_YOUNG)
simple("time::root-not-yet", "not_yet_valid", top=_YOUNG)
simple("time::year-2050-and-later", "trusted", end={"end": datetime(2055, 1, 1, tzinfo=UTC)})
simple("time::year-9999", "trusted", top={"end": datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)})
simple("time::ends-before-it-starts", "expired", end={"end": datetime(2019, 1, 1, tzinfo=UTC)})


def _times(first: bytes, second: bytes) -> dict[str, Any]:
    return {"times": m.seq(first, second)}


_UTC, _LATE = m.time(m.FROM), m.time(m.UNTIL)
simple("time::generalized-before-2050", "malformed", end=_times(m.time(m.FROM, True), _LATE))
simple("time::generalized-before-2050-unnamed", "trusted", named=False, end=_times(m.time(m.FROM, True), _LATE))
simple("time::utc-without-seconds", "malformed", named=False, end=_times(encode(0x17, b"2001010000Z"), _LATE))
simple("time::utc-with-offset", "malformed", named=False, end=_times(encode(0x17, b"200101000000+0100"), _LATE))
simple(
    "time::generalized-with-fraction", "malformed", named=False, end=_times(_UTC, encode(0x18, b"20300101000000.5Z"))
)
simple("time::month-13", "malformed", named=False, end=_times(_UTC, encode(0x17, b"301301000000Z")))
simple("time::no-time", "malformed", named=False, end=_times(_UTC, encode(0x13, b"never")))

# --- purposes -------------------------------------------------------------------------------------------------

simple("purpose::client-only", "ext_key_usage", end={"eku": eku(m.CLIENT)})
simple("purpose::client-only-unnamed", "ext_key_usage", named=False, end={"eku": eku(m.CLIENT)})
simple("purpose::server-and-client", "trusted", end={"eku": eku(m.SERVER, m.CLIENT)})
simple("purpose::none-stated", "trusted", end={"eku": None})
simple("purpose::any-only", "ext_key_usage", end={"eku": eku(m.ANY)})
simple("purpose::any-and-server-for-a-name", "ext_key_usage", end={"eku": eku(m.SERVER, m.ANY)})
simple("purpose::any-and-server", "trusted", named=False, end={"eku": eku(m.SERVER, m.ANY)})
simple("purpose::code-signing-beside-server", "ext_key_usage", end={"eku": eku(m.SERVER, m.CODE)})
simple("purpose::critical-for-a-name", "ext_key_usage", end={"eku": eku(m.SERVER, critical=True)})
simple("purpose::critical", "trusted", named=False, end={"eku": eku(m.SERVER, critical=True)})
simple("purpose::empty-list", "*", end={"eku": eku()})
simple("purpose::intermediate-client-only", "ext_key_usage", middle={"more": (eku(m.CLIENT),)})
simple("purpose::intermediate-server", "trusted", middle={"more": (eku(m.SERVER),)})
simple("purpose::intermediate-any", "trusted", middle={"more": (eku(m.ANY),)})
simple("purpose::root-client-only", "ext_key_usage", top={"more": (eku(m.CLIENT),)})
simple("purpose::root-server-for-a-name", "ext_key_usage", top={"more": (eku(m.SERVER),)})
simple("purpose::root-server", "trusted", named=False, top={"more": (eku(m.SERVER),)})
simple("purpose::precertificate-signing", "ext_key_usage", end={"eku": eku("1.3.6.1.4.1.11129.2.4.4")})
simple(
    "purpose::precertificate-signing-and-server", "ext_key_usage", end={"eku": eku(m.SERVER, "1.3.6.1.4.1.11129.2.4.4")}
)
simple("purpose::usage-without-bits", "key_usage", end={"usage": usage()})
simple("purpose::usage-of-a-signer-of-crls", "key_usage", named=False, end={"usage": usage("cRLSign")})
simple("purpose::usage-non-repudiation-only", "key_usage", named=False, end={"usage": usage("nonRepudiation")})
_NETSCAPE = "2.16.840.1.113730.1.1"
simple("purpose::netscape-server", "trusted", end={"more": (m.ext(_NETSCAPE, b"\x03\x02\x06\x40"),)})
simple("purpose::netscape-client", "ext_key_usage", end={"more": (m.ext(_NETSCAPE, b"\x03\x02\x07\x80"),)})
simple("purpose::usage-key-agreement", "trusted", end={"usage": usage("keyAgreement")})
simple("purpose::leaf-may-sign-but-is-no-ca", "key_usage", end={"usage": usage("digitalSignature", "keyCertSign")})
simple("purpose::leaf-is-ca-but-may-not-sign", "key_usage", end={"basic": m.basic()})

# --- name constraints ------------------------------------------------------------------------------------------

_EX = "example.com"


def constrained(id_: str, reason: str, nc: bytes, names: Sequence[str], *, name: Any = KEEP, subject: str = "") -> None:
    """root > intermediate with constraints > leaf with these names; and the same with the constraints in the root."""
    host = next((text[4:] for text in names if text.startswith("dns:") and "*" not in text), None)
    asked = host if name is KEEP else name
    end = {"san": san(*names, critical=False) if names else None, "subject": m.name(subject or "CN=server")}
    simple(f"constraint::{id_}", reason, middle={"more": (nc,)}, end=end, when={"name": asked})
    simple(f"constraint::{id_}-in-root", reason, top={"more": (nc,)}, end=end, when={"name": asked})


constrained("dns-permitted", "trusted", constraints([f"dns:{_EX}"]), [f"dns:{_EX}"])
constrained("dns-permitted-below", "trusted", constraints([f"dns:{_EX}"]), [f"dns:foo.bar.{_EX}"])
constrained("dns-not-permitted", "name_constraint", constraints([f"dns:{_EX}"]), ["dns:not-example.com"])
constrained("dns-suffix-without-dot", "name_constraint", constraints([f"dns:{_EX}"]), ["dns:evilexample.com"])
constrained("dns-excluded", "name_constraint", constraints(None, [f"dns:{_EX}"]), [f"dns:{_EX}"])
constrained("dns-excluded-below", "name_constraint", constraints(None, [f"dns:{_EX}"]), [f"dns:a.{_EX}"])
constrained("dns-excluded-other", "trusted", constraints(None, ["dns:other.example"]), [f"dns:{_EX}"])
constrained(
    "dns-second-name-excluded",
    "name_constraint",
    constraints(None, ["dns:no.example.com"]),
    [f"dns:{_EX}", "dns:no.example.com"],
)
constrained("dns-both", "name_constraint", constraints([f"dns:{_EX}"], [f"dns:{_EX}"]), [f"dns:{_EX}"])
constrained("dns-case-does-not-matter", "trusted", constraints(["dns:EXAMPLE.com"]), [f"dns:a.{_EX}"])
constrained("not-critical", "trusted", constraints([f"dns:{_EX}"], critical=False), [f"dns:{_EX}"])
constrained("not-critical-still-binds", "name_constraint", constraints([f"dns:{_EX}"], critical=False), ["dns:a.test"])
constrained("ipv4-permitted", "trusted", constraints(["net:192.0.2.0/24"]), ["ip:192.0.2.1"], name="192.0.2.1")
constrained(
    "ipv4-not-permitted", "name_constraint", constraints(["net:192.0.2.0/24"]), ["ip:192.0.3.1"], name="192.0.3.1"
)
constrained(
    "ipv4-excluded", "name_constraint", constraints(None, ["net:192.0.2.0/24"]), ["ip:192.0.2.1"], name="192.0.2.1"
)
constrained("ipv6-permitted", "trusted", constraints(["net:2001:db8::/32"]), ["ip:2001:db8::1"], name="2001:db8::1")
constrained("ipv6-excluded", "name_constraint", constraints(None, ["net:::1/128"]), ["ip:::1"], name="::1")
constrained("other-kind-permitted", "trusted", constraints(["net:192.0.2.0/24"]), [f"dns:{_EX}"])
constrained("other-kind-excluded", "trusted", constraints(None, ["net:192.0.2.0/24"]), [f"dns:{_EX}"])
constrained("dn-permitted", "trusted", constraints(["dir:CN=foo"]), [f"dns:{_EX}", "dir:CN=foo"], subject="CN=foo")
constrained("dn-not-permitted", "name_constraint", constraints(["dir:CN=foo"]), [f"dns:{_EX}"], subject="CN=other")
constrained("dn-excluded", "name_constraint", constraints(None, ["dir:CN=foo"]), [f"dns:{_EX}"], subject="CN=foo")
constrained(
    "dn-permitted-in-san-only",
    "name_constraint",
    constraints(["dir:CN=foo"]),
    [f"dns:{_EX}", "dir:CN=foo"],
    subject="CN=other",
)
constrained(
    "dn-excluded-in-san-only",
    "name_constraint",
    constraints(None, ["dir:CN=foo"]),
    [f"dns:{_EX}", "dir:CN=foo"],
    subject="CN=x",
)
constrained("email-permitted", "trusted", constraints(["email:example.com"]), [f"dns:{_EX}", "email:a@example.com"])
constrained(
    "email-not-permitted", "name_constraint", constraints(["email:example.com"]), [f"dns:{_EX}", "email:a@b.test"]
)
constrained(
    "email-malformed", "name_constraint", constraints(["email:example.com"]), [f"dns:{_EX}", "email:a@b@example.com"]
)
constrained("email-base-malformed", "name_constraint", constraints(["email:a@b@example.com"]), [f"dns:{_EX}"])
constrained("uri-excluded", "name_constraint", constraints(None, ["uri:.test"]), [f"dns:{_EX}", "uri:https://a.test/"])
constrained("wildcard-permitted", "trusted", constraints([f"dns:{_EX}"]), [f"dns:*.{_EX}"], name=f"a.{_EX}")
constrained(
    "wildcard-over-excluded",
    "name_constraint",
    constraints([f"dns:{_EX}"], [f"dns:bar.{_EX}"]),
    [f"dns:*.{_EX}"],
    name=f"a.{_EX}",
)
constrained(
    "wildcard-wider-than-permitted",
    "name_constraint",
    constraints([f"dns:foo.{_EX}"]),
    [f"dns:*.{_EX}"],
    name=f"foo.{_EX}",
)
constrained("base-is-a-wildcard", "name_constraint", constraints([f"dns:*.{_EX}"]), [f"dns:a.{_EX}"])
constrained("base-with-leading-dot", "name_constraint", constraints([f"dns:.{_EX}"]), [f"dns:a.{_EX}"])
constrained("base-with-leading-dot-unnamed", "trusted", constraints([f"dns:.{_EX}"]), [f"dns:a.{_EX}"], name=None)
constrained(
    "base-is-an-address", "name_constraint", constraints(["hexip:7f000001"]), ["ip:127.0.0.1"], name="127.0.0.1"
)
constrained("base-is-an-address-6", "name_constraint", constraints(["ip:::1"]), ["ip:::1"], name="::1")
constrained(
    "base-has-a-mask-with-holes",
    "name_constraint",
    constraints(["hexip:c0000200ff00ff00"]),
    ["ip:192.0.2.1"],
    name="192.0.2.1",
)
constrained("nothing-constrained", "name_constraint", constraints(), [f"dns:{_EX}"])
constrained("empty-lists", "name_constraint", constraints([], []), [f"dns:{_EX}"])
constrained("malformed", "*", m.ext("2.5.29.30", b"junk", True), [f"dns:{_EX}"])
constrained(
    "name-with-leading-dot",
    "name_constraint",
    constraints([f"dns:{_EX}"]),
    [f"dns:.{_EX}", f"dns:a.{_EX}"],
    name=f"a.{_EX}",
)
constrained(
    "network-as-name", "*", constraints(["net:192.0.2.0/24"]), ["net:192.0.2.0/24", "ip:192.0.2.1"], name="192.0.2.1"
)
constrained(
    "common-name-counts-without-san",
    "name_constraint",
    constraints([f"dns:{_EX}"]),
    [],
    name=None,
    subject="CN=www.evil.test",
)
constrained("unknown-kind", "*", constraints(["rid:1.2.3.4"]), [f"dns:{_EX}", "rid:1.2.3.5"])


def _bounded(*bounds: bytes) -> bytes:
    subtree = m.seq(m.general(f"dns:{_EX}"), *bounds)
    return m.ext("2.5.29.30", m.seq(encode(0xA0, subtree)), True)


constrained("minimum-written-out", "trusted", _bounded(encode(0x80, b"\0")), [f"dns:{_EX}"])
constrained("minimum-of-one", "name_constraint", _bounded(encode(0x80, b"\1")), [f"dns:{_EX}"])
constrained("maximum", "name_constraint", _bounded(encode(0x81, b"\1")), [f"dns:{_EX}"])


@case("constraint::narrowed-below", "name_constraint")
def _() -> Chain:
    r = root()
    one = ica(r, "One", 3, more=(constraints(["dns:foo.example.com", "dns:bar.example.com"]),))
    two = ica(one, "Two", 4, more=(constraints(["dns:bar.example.com"]),))
    return Chain(leaf(two, "foo.example.com"), (one, two), (r,), "foo.example.com")


@case("constraint::not-widened-below", "name_constraint")
def _() -> Chain:
    r = root()
    one = ica(r, "One", 3, more=(constraints(["dns:bar.example.com"]),))
    two = ica(one, "Two", 4, more=(constraints(["dns:foo.example.com", "dns:bar.example.com"]),))
    return Chain(leaf(two, "foo.example.com"), (one, two), (r,), "foo.example.com")


for _where in ("root", "intermediate"):

    @case(f"constraint::names-of-an-intermediate-count-below-{_where}", "name_constraint")
    def _(where: str = _where) -> Chain:
        nc = (constraints(["dns:yes.example.com"], ["dns:no.example.com"]),)
        r = root(more=nc if where == "root" else ())
        one = ica(r, "One", 3, more=nc if where != "root" else ())
        two = ica(one, "Two", 4, more=(san("dns:no.example.com"),))
        return Chain(leaf(two, "yes.example.com"), (one, two), (r,), "yes.example.com")


@case("constraint::self-issued-intermediate-is-exempt", "trusted")
def _() -> Chain:
    r = root(more=(constraints(["dns:example.com"]),))
    i = ica(r, key=3, subject=r.subject, more=(san("dns:not-example.com"),))
    return Chain(leaf(i), (i,), (r,), HOST)


@case("constraint::self-issued-leaf-is-not-exempt", "name_constraint")
def _() -> Chain:
    r = root(more=(constraints(["dns:example.com"]),))
    i = ica(r, key=3)
    return Chain(leaf(i, "a.test", subject=i.subject), (i,), (r,), "a.test")


@case("constraint::many-names-many-constraints", "name_constraint")
def _() -> Chain:
    many = [f"dns:t{i}.test" for i in range(513)]
    r = root(more=(constraints([*many, "dns:.test"], [f"dns:x{i}.test" for i in range(513)]),))
    return Chain(leaf(r, subject=m.name(""), san=san(*many, critical=True)), (), (r,), "t0.test")


# --- policies --------------------------------------------------------------------------------------------------

_P1, _P2 = "1.2.3.4.1", "1.2.3.4.2"
_NEED = m.policy_constraints(require=0)
simple("policy::not-required", "trusted", middle={"more": (m.policies(_P1),)})
simple(
    "policy::critical-policies",
    "trusted",
    end={"more": (m.policies(_P1, critical=True),)},
    middle={"more": (m.policies(_P1),)},
)
simple(
    "policy::required-and-there", "trusted", middle={"more": (_NEED, m.policies(_P1))}, end={"more": (m.policies(_P1),)}
)
simple("policy::required-and-missing", "policy", middle={"more": (_NEED, m.policies(_P1))})
simple(
    "policy::required-and-other", "policy", middle={"more": (_NEED, m.policies(_P1))}, end={"more": (m.policies(_P2),)}
)
simple("policy::required-later", "trusted", middle={"more": (m.policy_constraints(require=3),)})
simple(
    "policy::constraints-not-critical", "policy", middle={"more": (m.policy_constraints(require=3, critical=False),)}
)
simple(
    "policy::constraints-not-critical-unnamed",
    "trusted",
    named=False,
    middle={"more": (m.policy_constraints(require=3, critical=False),)},
)
simple("policy::required-unnamed", "policy", named=False, middle={"more": (_NEED, m.policies(_P1))})

# --- what only counts for a named server -------------------------------------------------------------------------

for _id, _names, _asked, _reason in (
    ("exact", [f"dns:{_EX}"], _EX, "trusted"),
    ("case", ["dns:ExAmPlE.com"], "eXaMpLe.COM", "trusted"),
    ("final-dot", [f"dns:{_EX}"], f"{_EX}.", "trusted"),
    ("second-of-two", ["dns:a.example.com", f"dns:{_EX}"], _EX, "trusted"),
    ("other-domain", [f"dns:{_EX}"], "example2.com", "wrong_name"),
    ("sibling", ["dns:abc.example.com"], "def.example.com", "wrong_name"),
    ("child-of-the-name", [f"dns:{_EX}"], "abc.example.com", "wrong_name"),
    ("parent-of-the-name", ["dns:abc.example.com"], _EX, "wrong_name"),
    ("wildcard", ["dns:*.example.com"], "foo.example.com", "trusted"),
    ("wildcard-over-two-labels", ["dns:*.example.com"], "a.foo.example.com", "wrong_name"),
    ("wildcard-and-its-parent", ["dns:*.example.com"], _EX, "wrong_name"),
    ("wildcard-in-part-of-a-label", ["dns:ba*.example.com"], "baz.example.com", "wrong_name"),
    ("wildcard-in-the-middle", ["dns:foo.*.example.com"], "foo.bar.example.com", "wrong_name"),
    ("wildcard-in-an-a-label", ["dns:xn--*-1b3c148a.example.com"], "xn--bliss-1b3c148a.example.com", "wrong_name"),
    ("wildcard-over-a-top-level-domain", ["dns:*.com"], _EX, "wrong_name"),
    ("wildcard-over-a-public-suffix", ["dns:*.co.uk"], "example.co.uk", "wrong_name"),
    ("wildcard-alone", ["dns:*"], _EX, "wrong_name"),
    ("wildcard-alone-for-a-label", ["dns:*"], "com", "wrong_name"),
    ("two-wildcards", ["dns:*.*.example.com"], "a.b.example.com", "wrong_name"),
    ("unicode-name", ["dns:bücher.example"], "xn--bcher-kva.example", "malformed"),
    ("a-label", ["dns:xn--bcher-kva.example"], "xn--bcher-kva.example", "trusted"),
    ("a-label-asked-in-unicode", ["dns:xn--bcher-kva.example"], "bücher.example", "trusted"),
    ("underscore", ["dns:a_b.example.com"], "a_b.example.com", "trusted"),
    ("address", ["ip:192.0.2.7"], "192.0.2.7", "trusted"),
    ("address-6", ["ip:2001:db8::7"], "2001:DB8:0::7", "trusted"),
    ("other-address", ["ip:192.0.2.7"], "192.0.2.8", "wrong_name"),
    ("address-as-dns-name", ["dns:192.0.2.7"], "192.0.2.7", "wrong_name"),
    ("dns-name-and-address", [f"dns:{_EX}", "ip:192.0.2.7"], "192.0.2.7", "trusted"),
    ("name-only-in-mail", [f"email:a@{_EX}"], _EX, "wrong_name"),
    ("nul-inside", [f"dns:{_EX}\0.evil.test"], _EX, "malformed"),
    ("empty-name", ["dns:"], _EX, "wrong_name"),
):
    simple(f"web::name-{_id}", _reason, end={"san": san(*_names)}, when={"name": _asked})

simple("web::no-san-common-name-does-not-count", "wrong_name", end={"san": None, "subject": m.name(f"CN={HOST}")})
simple("web::no-san-no-name-asked", "trusted", named=False, end={"san": None})
simple("web::empty-san", "*", end={"san": san()})
simple("web::san-critical-beside-a-subject", "policy", end={"san": san(f"dns:{HOST}", critical=True)})
simple("web::san-not-critical-without-subject", "policy", end={"subject": m.name("")})
simple(
    "web::san-critical-without-subject",
    "trusted",
    end={"subject": m.name(""), "san": san(f"dns:{HOST}", critical=True)},
)
simple("web::leaf-without-authority-key-id", "policy", end={"aki": None})
simple("web::leaf-without-any-key-id", "trusted", end={"aki": None, "ski": None})
simple("web::leaf-without-authority-key-id-unnamed", "trusted", named=False, end={"aki": None})
simple("web::intermediate-without-authority-key-id", "policy", middle={"aki": None})
simple("web::root-without-authority-key-id", "trusted")
simple("web::root-with-its-own-key-id", "trusted", top={"aki": m.aki(ec_key(1))})
simple("web::root-without-subject-key-id", "policy", top={"ski": None})
simple("web::intermediate-without-subject-key-id", "policy", middle={"ski": None})
simple("web::authority-key-id-critical", "policy", top={"aki": m.aki(ec_key(1), critical=True)})
simple("web::subject-key-id-critical", "policy", top={"ski": m.ski(ec_key(1), critical=True)})
simple("web::root-authority-key-id-empty", "policy", top={"aki": m.aki(ec_key(1), with_key=False)})
simple("web::root-authority-key-id-of-another", "policy", top={"aki": m.aki(ec_key(42))})
_MORE = encode(0xA1, encode(0xA4, m.name("CN=x"))) + encode(0x82, b"\x04")
simple("web::root-authority-key-id-names-a-certificate", "policy", top={"aki": m.aki(ec_key(1), more=_MORE)})
simple("web::root-basic-constraints-not-critical", "policy", top={"basic": m.basic(critical=False)})
simple(
    "web::root-basic-constraints-not-critical-unnamed", "trusted", named=False, top={"basic": m.basic(critical=False)}
)
simple("web::information-access-malformed", "malformed", end={"more": (m.ext("1.3.6.1.5.5.7.1.1", b"malformed"),)})
simple("web::serial-zero", "malformed", end={"serial": 0})
simple("web::serial-negative", "malformed", end={"serial": -5})
simple("web::serial-of-22-bytes", "malformed", end={"serial": 1 << 170})
simple("web::serial-of-20-bytes", "trusted", end={"serial": (1 << 159) - 1})
simple("web::serial-zero-unnamed", "trusted", named=False, end={"serial": 0})


@case("web::intermediate-as-anchor-without-authority-key-id", "policy")
def _() -> Chain:
    i = ica(root(), aki=None)
    return Chain(leaf(i), (), (i,), HOST)


_AIA = m.ext("1.3.6.1.5.5.7.1.1", m.seq(m.seq(m.oid("1.3.6.1.5.5.7.48.2"), m.general("dns:ca.example.com"))))
simple("web::information-access-by-dns-name", "trusted", end={"more": (_AIA,)})

# --- strength --------------------------------------------------------------------------------------------------

_BIG = m.rsa_key
simple("strength::rsa-2048", "trusted", end={"key": _BIG()})
simple("strength::rsa-1024", "weak_algorithm", end={"key": _BIG(1024)})
simple("strength::rsa-2047", "weak_algorithm", end={"key": _BIG(2047)})
simple("strength::rsa-root", "trusted", top={"key": _BIG()})
simple("strength::rsa-1024-root", "weak_algorithm", top={"key": _BIG(1024)})
simple("strength::md5", "weak_algorithm", named=False, top={"key": _BIG()}, end={"algorithm": m.RSA_MD5})
simple(
    "strength::md5-intermediate", "weak_algorithm", named=False, top={"key": _BIG()}, middle={"algorithm": m.RSA_MD5}
)
simple("strength::sha1", "weak_algorithm", top={"key": _BIG()}, end={"algorithm": m.RSA_SHA1})
simple("strength::sha1-ecdsa", "weak_algorithm", end={"algorithm": m.ECDSA_SHA1})
simple("strength::sha1-in-intermediate", "weak_algorithm", top={"key": _BIG()}, middle={"algorithm": m.RSA_SHA1})
simple("strength::sha1-under-the-root", "trusted", top={"key": _BIG(), "algorithm": m.RSA_SHA1})
_2010 = {"start": datetime(2008, 1, 1, tzinfo=UTC)}
simple(
    "strength::sha1-in-its-time",
    "trusted",
    top={"key": _BIG(), **_2010},
    end={"algorithm": m.RSA_SHA1, **_2010},
    when={"at": datetime(2012, 1, 1, tzinfo=UTC)},
)
simple("strength::dsa-root", "weak_algorithm", top={"key": m.dsa_key()})
simple("strength::dsa-leaf-key", "weak_algorithm", end={"key": m.dsa_key()})
simple("strength::dsa-unnamed", "trusted", named=False, top={"key": m.dsa_key()})


_P256 = 0xFFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_OWN_CURVE = m.seq(
    m.integer(1),
    m.seq(m.oid("1.2.840.10045.1.1"), m.integer(_P256)),
    m.seq(encode(0x04, (_P256 - 3).to_bytes(32, "big")), encode(0x04, bytes(31) + b"\7")),
    encode(0x04, m.spki(ec_key(9))[-65:]),
    m.integer(_ORDER),
    m.integer(1),
)
_FORGED_KEY = m.seq(m.seq(m.oid("1.2.840.10045.2.1"), _OWN_CURVE), encode(0x03, b"\0" + m.spki(ec_key(9))[-65:]))
simple("strength::curve-of-its-own", "weak_algorithm", named=False, end={"public_key": _FORGED_KEY})
simple("strength::curve-of-its-own-in-root", "weak_algorithm", named=False, top={"public_key": _FORGED_KEY})

# --- hostile ---------------------------------------------------------------------------------------------------


@case("hostile::hundred-intermediates-of-one-name", "*")
def _() -> Chain:
    r = root()
    many = tuple(ica(r, "Same", 100 + i, ski=None, signer=ec_key(3)) for i in range(150))
    return Chain(leaf(root("Same", 99), aki=None, ski=None), many, (r,), HOST)


@case("hostile::hundred-intermediates-of-one-name-and-key", "*")
def _() -> Chain:
    other = root("Nobody", 55)
    many = [ica(other, "Same", 3, serial=i + 1) for i in range(100)]
    return Chain(leaf(many[0]), tuple(many), (root(),), HOST)


@case("hostile::lattice-of-cross-certificates", "*")
def _() -> Chain:
    layers = [[(f"L{depth}", 200 + depth)] * 6 for depth in range(8)]
    made: list[Made] = []
    for depth in range(7):
        (low, low_key), (high, high_key) = layers[depth][0], layers[depth + 1][0]
        made += [ica(root(high, high_key), low, low_key, serial=number + 1) for number in range(6)]
    return Chain(leaf(root("L0", 200)), tuple(made), (root(),), HOST)


@case("hostile::good-one-among-a-hundred-of-one-name", "trusted")
def _() -> Chain:
    r = root()
    good = ica(r, "Same", 3)
    many = [ica(root("Nobody", 55), "Same", 300 + i) for i in range(100)]
    return Chain(leaf(good), (*many[:50], good, *many[50:]), (r,), HOST)


@case("hostile::issuer-behind-a-thousand-strangers", "gave_up")
def _() -> Chain:
    r, other = root(), root("Nobody", 55)
    strangers = tuple(ica(other, f"Stranger {number}", 56) for number in range(1000))
    return Chain(leaf(ica(r)), (*strangers, ica(r)), (r,), HOST)


@case("hostile::no-certificate", "malformed")
def _() -> Chain:
    return Chain(Made(b"\x30\x03\x02\x01\x00", None, b""), (), (root(),), HOST)


@case("hostile::no-bytes", "malformed")
def _() -> Chain:
    return Chain(Made(b"", None, b""), (), (root(),), HOST)


@case("hostile::junk-in-the-chain", "trusted")
def _() -> Chain:
    r = root()
    i = ica(r)
    junk = [Made(bytes((number,)) * number, None, b"") for number in range(0, 64, 7)]
    return Chain(leaf(i), (*junk, i), (r,), HOST)


@case("hostile::enormous", "gave_up")
def _() -> Chain:
    made = leaf(root())
    return Chain(Made(made.der + bytes(2 << 20), made.key, made.subject), (), (root(),), HOST)
