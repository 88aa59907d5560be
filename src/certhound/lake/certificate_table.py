"""The table ``certificates``: what is known of each distinct certificate, judged once.

Certificates whose bytes are known are judged by their chains, one by one; those known by a sensor's words, of which
there may be hundreds of thousands, column by column, while the engine reads the sessions (see :mod:`.words`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from certhound.lake import statements as st
from certhound.lake.across import facts_of_keys
from certhound.lake.certificate_rows import Bytes, Row, Stores, by_columns, from_bytes
from certhound.lake.words import READ, Resigned, judge_words
from certhound.model.columns import CERTIFICATES
from certhound.model.profile import Profile
from certhound.query.engines.duckdb import ARROW
from certhound.x509 import traits
from certhound.x509.trust import RootStore, mozilla_store

if TYPE_CHECKING:
    from certhound.lake.build import Lake

CHUNK = 20_000


def stores_of(profile: Profile) -> Stores:
    """The trust stores that the profile names; Mozilla's where it names no public roots."""
    public = (
        RootStore.from_files(profile.public_roots, name="public", house=False)
        if profile.public_roots
        else mozilla_store()
    )
    house = RootStore.from_files(profile.internal_cas) if profile.internal_cas else None
    return Stores(public, house)


def judge_early(lake: Lake) -> Future[pa.Table]:
    """Begin to judge what has been stated so far, beside whatever the engine does next."""
    lake.session.execute(st.STATED)
    table = lake.session.arrow(f"SELECT n, {', '.join(READ)} FROM stated")  # noqa: S608 - fixed names
    with_pool = ThreadPoolExecutor(1, thread_name_prefix="certhound-words")
    try:
        return with_pool.submit(judge_words, table, resigner(lake.profile))
    finally:
        with_pool.shutdown(wait=False)


def certificate_table(lake: Lake, known: Bytes) -> None:
    """Fill ``certificates``."""
    session = lake.session
    session.execute(st.KNOWN_CERTIFICATES)
    schema = pa.schema([(c.name, ARROW[c.kind]) for c in (*CERTIFICATES.columns, *traits.columns())])
    _insert(lake, "CREATE TABLE certificates AS SELECT * FROM judged", schema.empty_table())
    session.register("bytes_ids", pa.table({"id": pa.array(known.by_id, pa.string())}))
    for rows in _chunks(_rows(lake, known), CHUNK):
        _insert(lake, "INSERT INTO certificates SELECT * FROM judged", _arrow(rows, schema))
    early = 0 if lake.words is None else lake.words.result().num_rows
    if lake.words is not None:
        _insert(lake, st.WORDS_OF_STATED, lake.words.result())
    session.execute(st.LATE, {"early": early})
    late = session.arrow(f"SELECT n, {', '.join(READ)} FROM late")  # noqa: S608 - fixed names
    _insert(lake, st.WORDS_OF_LATE, judge_words(late, resigner(lake.profile)))
    session.execute("DROP TABLE late; DROP TABLE known_certificates")
    session.unregister("bytes_ids")
    facts_of_keys(session)


def _insert(lake: Lake, statement: str, judged: pa.Table) -> None:
    lake.session.register("judged", judged)
    lake.session.execute(statement)
    lake.session.unregister("judged")


def resigner(profile: Profile) -> Resigned:
    """Whether an inspection device of the organisation issued a certificate, as far as names tell."""
    inspection = RootStore.from_files(profile.inspection_cas) if profile.inspection_cas else None
    issuers = {anchor.certificate.subject for anchor in inspection.anchors} if inspection else set()
    by_pattern: dict[str | None, bool] = {}

    def resigned(subject: str | None, issuer: str | None) -> bool:
        named = by_pattern.get(issuer)
        if named is None:
            named = by_pattern[issuer] = profile.is_inspection_issuer(issuer)
        return named or (issuer in issuers and subject != issuer)

    return resigned


def _chunks(rows: Iterator[Row], size: int) -> Iterator[list[Row]]:
    chunk: list[Row] = []
    for row in rows:
        chunk.append(row)
        if len(chunk) >= size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


_OF_STATEMENT = (
    "first_seen", "last_seen", "sessions", "clients", "destinations", "role", "sensor_validation", "fuid",
)  # fmt: skip


def _rows(lake: Lake, known: Bytes) -> Iterator[Row]:
    """The certificates whose bytes are known: first what was met or stated, then what only lay in files."""
    if not known.by_id:
        return
    now = datetime.now(UTC)
    stores = stores_of(lake.profile)
    inspection = RootStore.from_files(lake.profile.inspection_cas) if lake.profile.inspection_cas else None
    chains = _sent_chains(lake, known)
    seen: set[str] = set()
    for statement in _statements(lake):
        certificate = known.by_id[statement["id"]]
        seen.add(certificate.sha256)
        at = statement["last_seen"].replace(tzinfo=UTC) if statement["last_seen"] else now
        row = from_bytes(certificate, stores, known.pool.chain_for(certificate, chains.get(certificate.sha256, ())), at)
        row.update({name: statement[name] for name in _OF_STATEMENT})
        _place(row, known, statement["sources"], statement["origin_file"])
        row["resigned"] = _is_resigned(row, lake.profile, inspection, known)
        yield row
    for sha256, certificate in known.by_id.items():
        if sha256 not in seen:
            row = from_bytes(certificate, stores, known.pool.chain_for(certificate, ()), now)
            row.update(sessions=0, clients=0, destinations=0, role="file")
            _place(row, known, (), None)
            row["resigned"] = _is_resigned(row, lake.profile, inspection, known)
            yield row


def _statements(lake: Lake) -> Iterator[Row]:
    for batch in lake.session.arrow(st.KNOWN_WITH_BYTES).to_batches(max_chunksize=CHUNK):
        yield from by_columns({name: batch.column(name).to_pylist() for name in batch.schema.names})


def _sent_chains(lake: Lake, known: Bytes) -> dict[str, list[bytes]]:
    """For each certificate whose bytes are known, the bytes of what was sent with it."""
    if not known.by_id:
        return {}
    table = lake.session.arrow("SELECT certificate_id, any_value(chain) AS chain FROM chains GROUP BY certificate_id")
    chains: dict[str, list[bytes]] = {}
    for leaf, chain in zip(table["certificate_id"].to_pylist(), table["chain"].to_pylist(), strict=True):
        lake.sent_chains[leaf] = chain
        if leaf in known.by_id:
            chains[leaf] = [known.by_id[each].der for each in chain[1:] if each in known.by_id]
    return chains


def _place(row: Row, known: Bytes, sources: Sequence[str], file: str | None) -> None:
    """Where a certificate was met first, and by which kinds of source."""
    row["sources"] = sorted({*sources, *known.kinds.get(row["id"], ())})
    stated = (file, None, None) if file else (None, None, None)
    row["origin_file"], row["origin_line"], row["origin_record"] = known.origin.get(row["id"], stated)


def _is_resigned(row: Row, profile: Profile, inspection: RootStore | None, known: Bytes) -> bool:
    """Whether an inspection device of the organisation issued the certificate, by its issuer's name or by signature."""
    if profile.is_inspection_issuer(row.get("issuer")):
        return True
    if inspection is None:
        return False
    from certhound.x509.chain import verify_chain

    certificate = known.by_id[row["id"]]
    at = row.get("last_seen") or datetime.now(UTC)
    return verify_chain(certificate, known.pool.chain_for(certificate, ()), inspection, at).is_trusted


def _arrow(rows: list[Row], schema: pa.Schema) -> pa.Table:
    arrays = []
    for name, kind in zip(schema.names, schema.types, strict=True):
        values = [row.get(name) for row in rows]
        if pa.types.is_timestamp(kind):
            values = [naive(value) for value in values]
        elif pa.types.is_map(kind):
            values = [list(value.items()) if value else None for value in values]
        arrays.append(pa.array(values, kind))
    return pa.Table.from_arrays(arrays, schema=schema)


def naive(value: Any) -> Any:
    """A moment as the tables hold it: in UTC, without its zone."""
    return value.astimezone(UTC).replace(tzinfo=None) if isinstance(value, datetime) and value.tzinfo else value
