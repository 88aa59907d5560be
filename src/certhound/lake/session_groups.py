"""Sessions by what they say: the statements that read each of them once, and keep who met what, and when.

They work over the views ``session_rows`` and ``group_rows`` (see :mod:`.reading`) and use the macros and tables of
:mod:`.statements`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

SINGLY = frozenset({"time", "src_ip", "session_uid"})
"""What differs from session to session; all else is grouped as it was written, and mapped once a group."""

NAMING = ("cert_subject", "cert_issuer", "cert_not_before", "cert_not_after")
"""Columns that name a certificate where neither a hash nor a file id does."""

_SESSION = (
    "certificate_id", "name", "dst_ip", "dst_port", "transport", "tls_state", "tls_established", "ja3", "ja3s",
    "cert_validation", "cert_chain", *NAMING,
)  # fmt: skip
SESSION_COLUMNS = (*sorted(SINGLY), *_SESSION)
"""What is read of a TLS session."""

STORED_SESSIONS = f"""
CREATE OR REPLACE VIEW session_rows AS SELECT r.part, r.time, r.src_ip, r.session_uid, i.hashed AS by_fuid,
    hash(i.hashed, {", ".join(f"r.{name}" for name in _SESSION)}) AS key, {", ".join(f"r.{name}" for name in _SESSION)}
FROM segment_rows r LEFT JOIN fuid_ids_once i ON i.fuid = r.cert_fuid
"""
TOLD_AGAIN = """WHERE r.tls_state IS NOT NULL AND r.again
    AND (r.session_uid IS NULL OR hash(r.session_uid) NOT IN (SELECT session FROM logged_sessions))
QUALIFY row_number() OVER (
    PARTITION BY coalesce(r.session_uid, concat_ws(chr(31), r.src_ip, r.src_port, r.dst_ip, r.dst_port, r.time))
    ORDER BY r.name IS NULL, r.certificate_id IS NULL, r.time) = 1
"""
"""Which of the stored sessions count that other records may tell of: of those that no other did, the fullest record."""
STORED_GROUPS = "CREATE OR REPLACE VIEW group_rows AS SELECT * FROM session_groups"
"""The views ``session_rows`` and ``group_rows`` over a file that was read carefully."""

KEPT_OF_GROUPS = ("key", "by_fuid", "sessions", "first_seen", "last_seen", "days", "first_part", "last_part")
"""What is counted of each group of sessions."""

_COUNTED = "key, count(*) AS sessions, min(time) AS first_seen, max(time) AS last_seen, bit_or(day_bit(time)) AS days"
_PARTS = """coalesce(arg_min(part, time), min(part))::INTEGER AS first_part,
    coalesce(arg_max(part, time), max(part))::INTEGER AS last_part"""
_PART = "$part::INTEGER AS first_part, $part::INTEGER AS last_part"

SAMPLE = 1_000_000
"""Sessions at the beginning of large files in which most of what sessions say is met."""


@dataclass(frozen=True, slots=True)
class Saying:
    """What sessions say apart from who and when: columns of ``session_rows``.

    What is kept of every session should be few columns, for most of them are empty. So ``texts`` are kept as one:
    joined by tabulators, where ``tabbed`` says that none holds one and none is NULL, which is cheapest, else as a list.
    """

    columns: Sequence[str]
    texts: Sequence[str] = ()
    tabbed: bool = False

    def kept(self) -> dict[str, str]:
        """Expressions over ``session_rows`` by the names under which they are kept."""
        joined = f"concat({', chr(9), '.join(self.texts)})" if self.tabbed else f"[{', '.join(self.texts)}]"
        return {**{name: name for name in self.columns}, **({"said": joined} if self.texts else {})}

    def told(self) -> list[str]:
        """Expressions over what is kept that give the columns back."""
        form = "nullif(split_part(said, chr(9), {}), '')" if self.tabbed else "said[{}]"
        return [*self.columns, *(f"{form.format(n)} AS {name}" for n, name in enumerate(self.texts, 1))]


def group_sessions(saying: Saying, *, large: bool, several: bool, watched: bool = False) -> tuple[str, ...]:
    """Fill ``session_groups`` (what sessions with one key say, and how often) and ``sessions_kept`` (who and when, of
    each session), reading ``session_rows`` once. ``watched``: it has a column of that name, which is kept.

    What sessions say is long and mostly the same. So of large files a sample is grouped first; then only sessions that
    say something else keep what they say.
    """
    kept = saying.kept()
    any_of = ", ".join(f"any_value({shown}) AS {name}" for name, shown in kept.items())
    again = ", ".join(f"any_value({name}) AS {name}" for name in kept)
    new = ", ".join(f"CASE WHEN is_new THEN {shown} END AS {name}" for name, shown in kept.items())
    return (
        f"""CREATE OR REPLACE TABLE groups_seen AS SELECT key, {any_of}
        FROM (SELECT * FROM session_rows LIMIT {SAMPLE if large else 0}) GROUP BY key""",
        f"""CREATE OR REPLACE TABLE sessions_kept AS
        SELECT key, {"part, " if several else ""}time, src_ip, session_of(session_uid) AS session,
            {"watched, " if watched else ""}is_new, {new}
        FROM (SELECT *, key NOT IN (SELECT key FROM groups_seen) AS is_new FROM session_rows)""",
        f"INSERT INTO groups_seen SELECT key, {again} FROM sessions_kept WHERE is_new GROUP BY key",
        f"""CREATE OR REPLACE TABLE session_groups AS SELECT c.*, {", ".join(saying.told())}
        FROM groups_seen s JOIN (
            SELECT {_COUNTED}, {_PARTS if several else _PART} FROM sessions_kept GROUP BY key
        ) c ON c.key = s.key""",
        "DROP TABLE groups_seen",
    )


SAID_OF_STORED = Saying(("by_fuid", *_SESSION))
"""What is said by sessions of a file that was read carefully."""

ANY_WATCHED = "SELECT coalesce(bool_or(watched), FALSE) FROM sessions_kept"

SESSIONS_READ = "SELECT coalesce(sum(sessions), 0) FROM session_groups"

GROUPED = """
CREATE OR REPLACE TABLE grouped AS
SELECT coalesce(CASE WHEN id IS NOT NULL THEN hash(id) END, by_fuid, CASE WHEN named IS NOT NULL THEN hash(named) END,
        hash(NULL)) AS certificate, hash(name, dst_ip, dst_port) AS contact, * FROM (
    SELECT certificate_id AS id, CASE WHEN cert_subject IS NOT NULL AND certificate_id IS NULL AND by_fuid IS NULL
        THEN names_id(cert_issuer, NULL, cert_subject, cert_not_before, cert_not_after) END AS named, *
    FROM group_rows WHERE tls_state IS NOT NULL
)
"""

CONTACT_PARTS = """
INSERT INTO contact_parts SELECT $part::INTEGER, certificate, contact, coalesce(g.id, g.named, k.id), name, dst_ip,
    dst_port, tls_state, transport, sessions, CASE WHEN tls_established IS DISTINCT FROM FALSE THEN sessions ELSE 0 END,
    first_seen, last_seen, days, first_part, last_part, ja3, ja3s, cert_validation
FROM grouped g LEFT JOIN stated_keys k ON k.hashed = g.certificate
"""

KEY_CONTACTS = "INSERT INTO key_contacts SELECT $part::INTEGER, key, certificate, contact FROM grouped"

CHAINS = """
INSERT INTO chains SELECT any_value(coalesce(g.id, g.named, k.id)), any_value(cert_chain)
FROM grouped g LEFT JOIN stated_keys k ON k.hashed = g.certificate
WHERE certificate <> hash(NULL) AND len(cert_chain) > 1 GROUP BY certificate
"""

LOGGED_SESSIONS = """
INSERT INTO logged_sessions SELECT session FROM sessions_kept WHERE session IS NOT NULL
"""

KEPT_APART = 1_000_000
"""Sessions of so many and more stay in a table of their own instead of being copied."""
KEEP_SMALL = "INSERT INTO session_keys_of_small SELECT $part::INTEGER, key, src_ip, time, session FROM sessions_kept"


def keep_large(number: int, saying: Saying, *, named: bool, watched: bool = False) -> str:
    """Make ``sessions_kept`` a table that lasts, without copying it. ``named``: its sessions may have other records."""
    names = ["is_new", *saying.kept(), *(["watched"] if watched else []), *([] if named else ["session"])]
    dropped = "".join(f"ALTER TABLE sessions_kept DROP COLUMN {name};" for name in names)
    table = f"session_keys_of_{number}"
    return f"DROP TABLE IF EXISTS {table}; {dropped} ALTER TABLE sessions_kept RENAME TO {table}"


FORGET_SESSIONS = """
DROP VIEW IF EXISTS group_rows; DROP TABLE IF EXISTS sessions_kept;
DROP TABLE IF EXISTS session_groups; DROP TABLE IF EXISTS grouped
"""
