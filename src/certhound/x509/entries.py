"""CA certificates as the path builder holds them: read once, with the OpenSSL objects that verify against them.

Intermediates and roots come back in chain after chain, so an `Entry` is kept by its bytes. OpenSSL objects are made
when they are first needed. Names are compared in the canonical form of RFC 5280, 7.1 (case, white space and string
type do not count), because a root and the certificates below it are not always encoded alike.
"""

from __future__ import annotations

from collections import OrderedDict
from functools import lru_cache

from OpenSSL import crypto

from certhound.x509.certificate import Certificate, read_certificate
from certhound.x509.distinguished_name import Name
from certhound.x509.signature import verify_signature

NO_CHECK_TIME = 0x200000
"""X509_V_FLAG_NO_CHECK_TIME: times are judged by ourselves, to the rules and reasons of our own."""

FLAGS = NO_CHECK_TIME | crypto.X509StoreFlags.PARTIAL_CHAIN
"""Whatever stands in a store is an anchor, also when it is no root: that is what a trust store says."""

MAX_BYTES = 1 << 20
"""Larger certificates are not handed to OpenSSL: parsing one could alone cost more than a chain may."""

NameKey = tuple[frozenset[tuple[str, str]], ...]

_ENTRIES = 8192
_EDGES = 65_536


class Entry:
    """One certificate in a path. ``x509`` is None where OpenSSL refuses it."""

    __slots__ = ("_store", "_tried", "_x509", "certificate", "issuer_key", "sha256", "subject_key")

    def __init__(self, certificate: Certificate) -> None:
        self.certificate = certificate
        self.sha256 = certificate.sha256
        self.subject_key = name_key(certificate.subject_name)
        self.issuer_key = name_key(certificate.issuer_name)
        self._x509: crypto.X509 | None = None
        self._store: crypto.X509Store | None = None
        self._tried = False

    @property
    def x509(self) -> crypto.X509 | None:
        """The certificate as OpenSSL has it, or None where it does not take these bytes."""
        if not self._tried:
            self._tried = True
            self._x509 = load_x509(self.certificate.der)
        return self._x509

    @property
    def store(self) -> crypto.X509Store | None:
        """An OpenSSL store whose only anchor is this certificate, or None."""
        if self._store is None and self.x509 is not None:
            store = crypto.X509Store()
            store.add_cert(self.x509)
            store.set_flags(FLAGS)
            self._store = store
        return self._store


def load_x509(der: bytes) -> crypto.X509 | None:
    """The certificate as OpenSSL has it, or None where it does not take these bytes."""
    if len(der) > MAX_BYTES:
        return None
    try:
        return crypto.load_certificate(crypto.FILETYPE_ASN1, der)
    except (crypto.Error, ValueError):
        return None


@lru_cache(16_384)
def name_key(name: Name | None) -> NameKey:
    """A name in the form in which names are compared; the empty tuple for an empty or unreadable name."""
    if name is None:
        return ()
    return tuple([frozenset([(a.oid, " ".join(a.value.lower().split())) for a in rdn]) for rdn in name.rdns])


_entries: OrderedDict[bytes, Entry] = OrderedDict()


def ca_entry(der: bytes) -> Entry:
    """The Entry of a certificate that may issue others; the most recent ones are remembered."""
    entry = _entries.get(der)
    if entry is None:
        entry = Entry(read_certificate(der))
        if len(_entries) >= _ENTRIES:
            _entries.popitem(last=False)
        if len(der) <= MAX_BYTES:
            _entries[der] = entry
    return entry


_edges: OrderedDict[tuple[str, str | None], bool | None] = OrderedDict()


def known_edge(child: Entry, issuer: Entry) -> bool:
    """Whether `edge_verifies` answers from memory, at no cost."""
    return (child.sha256, issuer.certificate.spki_sha256) in _edges


def edge_verifies(child: Entry, issuer: Entry) -> bool | None:
    """Whether the child's signature verifies with the issuer's key; None where that cannot be found out here."""
    key = (child.sha256, issuer.certificate.spki_sha256)
    if key in _edges:
        return _edges[key]
    answer = verify_signature(child.certificate, issuer.certificate.spki_der)
    if len(_edges) >= _EDGES:
        _edges.popitem(last=False)
    _edges[key] = answer
    return answer
