"""The tables that rules read: ``certificates``, each judged once, and ``contacts``, what depends on time and name.

Certificates whose bytes are known are judged by their chains; those known by a sensor's words get the weaker statements
that words allow. Both then get their traits, and the contacts the facts that need certificate, name and time together.
"""

from __future__ import annotations

from collections.abc import Iterable

import pyarrow as pa

from certhound.lake import statements as st
from certhound.lake.across import facts_of_contacts
from certhound.lake.build import Lake
from certhound.lake.certificate_rows import Bytes, by_columns, decode_der
from certhound.lake.certificate_table import certificate_table, naive
from certhound.lake.clients import session_keys
from certhound.query.plan import Rejected
from certhound.x509.certificate import Certificate
from certhound.x509.hostname import NameMatch, matches

CHUNK = 20_000


def build_tables(lake: Lake) -> None:
    """Fill ``certificates`` and ``contacts``, and count the ledger."""
    known = prepare(lake)
    _met(lake)
    certificate_table(lake, known)
    _contacts(lake)
    _ledger(lake)


def prepare(lake: Lake) -> Bytes:
    """The certificates whose bytes are known, and one id for those that several sources tell of."""
    lake.session.execute(st.READ_TABLES)
    lake.session.execute(st.STATED)
    _profile_tables(lake)
    known = _bytes_known(lake)
    _aliases(lake, known)
    lake.bytes_known = known
    return known


def _met(lake: Lake) -> None:
    """Certificates that sessions showed."""
    lake.session.execute(st.MET_CERTIFICATES)


def resigned_ids(lake: Lake) -> frozenset[str]:
    """Ids of the certificates that the organisation's inspection devices issued, as far as certificates were read."""
    profile = lake.profile
    if not profile.inspection_cas and not profile.inspection_issuers:
        return frozenset()
    _met(lake)
    certificate_table(lake, lake.bytes_known or Bytes())
    table = lake.session.arrow("SELECT id FROM certificates WHERE resigned")
    return frozenset(table["id"].to_pylist())


def _profile_tables(lake: Lake) -> None:
    from certhound.query.inet import inet_key

    profile = lake.profile
    ranges = [
        (inet_key(str(network.network_address)), inet_key(str(network.broadcast_address)))
        for network in profile.own_networks
    ]
    for low, high in ranges:
        lake.session.execute(
            "INSERT INTO own_networks SELECT $low::UINT128, $high::UINT128", {"low": str(low), "high": str(high)}
        )
    for port in USUAL_PORTS:
        lake.session.execute("INSERT INTO usual_ports SELECT $port", {"port": port})
    for domain in profile.own_domains:
        lake.session.execute("INSERT INTO own_domains SELECT $domain", {"domain": domain.lower()})


USUAL_PORTS: tuple[int, ...] = (
    25, 110, 143, 389, 443, 465, 563, 587, 636, 853, 989, 990, 992, 993, 994, 995, 1433, 1521, 2376, 3269, 3306, 3389,
    4433, 5061, 5223, 5228, 5269, 5349, 5432, 5671, 5986, 6443, 6514, 8009, 8080, 8443, 8883, 9443, 10000,
)  # fmt: skip
"""Ports on which TLS is ordinary: IANA's registrations, and the alternatives that administrators use."""


# --- bytes ---------------------------------------------------------------------------------------------------------


def _bytes_known(lake: Lake) -> Bytes:
    """Certificates from files, and those that a sensor logs in base64."""
    known = Bytes()
    for item in lake.inputs.certificates():
        if isinstance(item, Rejected):
            lake.rejected.append(item)
        else:
            lake.certificates_of[item.file] = lake.certificates_of.get(item.file, 0) + 1
            known.add(item.der, (item.file, item.line, item.record), "certificate")
    table = lake.session.arrow(
        "SELECT id, any_value(der) AS der, any_value(part) AS part FROM statements WHERE der IS NOT NULL GROUP BY id"
    )
    for part, text in lake.session.execute("SELECT part, der FROM carried ORDER BY part, der").fetchall():
        if der := decode_der(text):
            plan = lake.part(part).plan
            known.add(der, (plan.file, None, None), plan.shape.source)
    aliases: list[tuple[str, str]] = []
    for row in by_columns({name: table[name].to_pylist() for name in table.column_names}):
        der = decode_der(row["der"])
        if der:
            plan = lake.part(row["part"]).plan
            aliases.append((row["id"], known.add(der, (plan.file, None, None), plan.shape.source)))
    _insert_aliases(lake, [(id_, sha256) for id_, sha256 in aliases if id_ != sha256])
    return known


def _insert_aliases(lake: Lake, pairs: list[tuple[str, str]]) -> None:
    table = pa.table({"id": [id_ for id_, _ in pairs], "canonical": [canonical for _, canonical in pairs]})
    lake.session.register("alias_rows", table)
    lake.session.execute("INSERT INTO aliases SELECT id, canonical FROM alias_rows")
    lake.session.unregister("alias_rows")


def _aliases(lake: Lake, known: Bytes) -> None:
    """One id for a certificate that several sources tell of, each in its own way."""
    session = lake.session
    session.register("bytes_known", _bytes_table(known.by_id.values()))
    if known.by_id:
        session.execute(st.ALIASES_OF_BYTES)
    if session.scalar(st.WEAK):
        session.execute(st.ALIASES_OF_SERIALS)
    session.unregister("bytes_known")
    aliased = session.scalar("SELECT count(*) FROM aliases WHERE id <> canonical")
    session.execute(st.CANONICAL if aliased else st.CANONICAL_WITHOUT_ALIASES)


def _bytes_table(certificates: Iterable[Certificate]) -> pa.Table:
    names = ("sha256", "sha1", "md5", "issuer", "serial", "subject", "not_before", "not_after")
    rows = [{name: getattr(each, name) for name in names} for each in certificates]
    kinds = {name: pa.timestamp("us") if name.startswith("not_") else pa.string() for name in names}
    return pa.table({name: pa.array([naive(row[name]) for row in rows], kind) for name, kind in kinds.items()})


# --- contacts ------------------------------------------------------------------------------------------------------


def _contacts(lake: Lake) -> None:
    session = lake.session
    session.execute(st.CONTACTS_RAW)
    session.execute(st.CONTACT_JA3)
    session.execute(st.OWN_ADDRESSES)
    session.execute(st.NAME_PAIRS)
    _decide_names(lake)
    facts_of_contacts(session)
    session.execute(session_keys(session))
    session.execute(st.NOBODY_COUNTED)
    session.execute(st.MAYBE_REGULAR)
    session.execute(st.CONTACTS)


def _decide_names(lake: Lake) -> None:
    """Names that a plain look at the list did not settle: wildcards, IDNA, addresses, common names (RFC 9525)."""
    table = lake.session.arrow(st.UNDECIDED_NAMES)
    if not table.num_rows:
        return
    columns = {name: table[name].to_pylist() for name in table.column_names}
    decided = [
        _name_match(row["name"], row["san_dns"], row["san_ip"], row["subject_cn"]) for row in by_columns(columns)
    ]
    result = pa.table(
        {"certificate_id": table["certificate_id"], "name": table["name"], "decided": pa.array(decided, pa.string())}
    )
    lake.session.register("decided_names", result)
    lake.session.execute(
        "UPDATE name_matches SET name_match = d.decided FROM decided_names d "
        "WHERE d.certificate_id = name_matches.certificate_id AND d.name = name_matches.name"
    )
    lake.session.unregister("decided_names")


def _name_match(name: str, dns: list[str] | None, addresses: list[str] | None, common_name: str | None) -> str | None:
    match matches(name, dns, addresses, common_name):
        case NameMatch.UNDECIDED:
            return None
        case NameMatch.MISMATCH:
            return "mismatch"
        case NameMatch.COMMON_NAME:
            return "common_name"
        case _:
            return "match"


def _ledger(lake: Lake) -> None:
    """Sessions in each state, every state named."""
    from certhound.model.columns import TLS_STATES

    table = lake.session.arrow(st.SESSIONS_BY_STATE)
    counts = dict(zip(table["state"].to_pylist(), table["sessions"].to_pylist(), strict=True))
    counts["not_logged"] = counts.get("not_logged", 0) + int(lake.session.scalar(st.NOT_LOGGED) or 0)
    lake.ledger = {state: int(counts.get(state, 0) or 0) for state, _ in TLS_STATES}
    [(lake.first_seen, lake.last_seen)] = lake.session.execute(
        "SELECT min(first_seen), max(last_seen) FROM contact_parts"
    ).fetchall()
