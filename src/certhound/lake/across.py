"""What only many rows together tell: keys under several names, addresses with many certificates, names and addresses.

Each is a small table beside ``contacts_raw`` and ``certificates``; the view ``contacts`` joins them.
"""

from __future__ import annotations

from certhound.query.engines.duckdb.session import Session

ANSWERS = "CREATE TABLE IF NOT EXISTS answers (name VARCHAR, address VARCHAR)"
"""Every name that was asked of name servers, with each address that they gave."""

COLLECT_ANSWERS = """
INSERT INTO answers SELECT DISTINCT lower(rtrim(dns_query, '.')), address FROM (
    SELECT dns_query, unnest(dns_answers) AS address FROM segment_rows
    WHERE dns_query IS NOT NULL AND len(dns_answers) > 0
) WHERE address SIMILAR TO '[0-9]{1,3}([.][0-9]{1,3}){3}|[0-9A-Fa-f]*:[0-9A-Fa-f:.]+'
"""
"""From records of DNS; canonical names among the answers are left out."""

DNS_COLUMNS = ("dns_query", "dns_answers")

_KEYS = """
UPDATE certificates SET key_subjects = k.subjects FROM (
    SELECT spki_sha256, count(DISTINCT subject) AS subjects FROM certificates
    WHERE spki_sha256 IS NOT NULL AND role IN ('leaf', 'file') GROUP BY spki_sha256 HAVING count(DISTINCT subject) > 1
) k WHERE certificates.spki_sha256 = k.spki_sha256
"""

_UNVOUCHED_HERE = """
CREATE TABLE unvouched_here AS SELECT dst_ip, max(certificates) AS certificates FROM (
    SELECT dst_ip, count(*) OVER (
        PARTITION BY dst_ip, dst_port ORDER BY first_seen RANGE BETWEEN INTERVAL 7 DAYS PRECEDING AND CURRENT ROW
    ) AS certificates FROM (
        SELECT r.certificate, r.dst_ip, r.dst_port, min(r.first_seen) AS first_seen FROM contacts_raw r
        SEMI JOIN (
            SELECT hash(id) AS certificate FROM certificates WHERE nobody_vouches AND resigned IS DISTINCT FROM TRUE
        ) c ON c.certificate = r.certificate WHERE r.first_seen IS NOT NULL GROUP BY ALL
    )
) GROUP BY dst_ip HAVING max(certificates) > 1
"""
"""Addresses of which a port showed several certificates within a week that nobody vouches for, and how many."""

_RESOLVED = """
CREATE TABLE resolved AS
SELECT p.name, p.dst_ip, EXISTS (SELECT 1 FROM answers a WHERE a.name = p.name AND a.address = p.dst_ip) AS here
FROM (SELECT DISTINCT name, dst_ip FROM contacts_raw WHERE name IS NOT NULL) p SEMI JOIN answers a ON a.name = p.name
"""
"""Names of contacts that name servers were asked for: whether they gave the contact's address."""


def facts_of_keys(session: Session) -> None:
    """Fill ``key_subjects`` of ``certificates``."""
    session.execute(_KEYS)


def facts_of_contacts(session: Session) -> None:
    """Make ``unvouched_here`` and ``resolved`` of ``contacts_raw`` and ``certificates``."""
    session.execute(ANSWERS)
    session.execute(_UNVOUCHED_HERE)
    session.execute(_RESOLVED)
