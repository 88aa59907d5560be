"""The lake's fixed statements. They name only tables and views of our own; whatever comes from outside is bound or
read.

``segment_rows`` is the view over whatever is being read (see :mod:`.reading`): the columns of files that were asked
for, one row a record; what a record states of a certificate stands in columns that begin with ``c_``. ``told_rows`` has
one row for each distinct statement about a certificate, ``tls_rows`` one for each TLS session. Part numbers name the
file that a row came from, batch numbers the first of the files that were read in one go.

Certificates and contacts are grouped and joined by 64-bit hashes: texts of 64 characters as keys cost several times as
much.
"""

from __future__ import annotations

from collections.abc import Collection

from certhound.lake.session_groups import NAMING

TABLES = """
CREATE TABLE files (part INTEGER, file VARCHAR, source VARCHAR, category VARCHAR);
CREATE TABLE contact_parts (
    batch INTEGER, certificate UBIGINT, contact UBIGINT, certificate_id VARCHAR, name VARCHAR, dst_ip VARCHAR,
    dst_port BIGINT, tls_state VARCHAR, transport VARCHAR, sessions BIGINT, established BIGINT, first_seen TIMESTAMP,
    last_seen TIMESTAMP, days UBIGINT, first_part INTEGER, last_part INTEGER, ja3 VARCHAR, ja3s VARCHAR,
    sensor_validation VARCHAR
);
CREATE TABLE key_contacts (batch INTEGER, key UBIGINT, certificate UBIGINT, contact UBIGINT);
CREATE TABLE session_keys_of_small (batch INTEGER, key UBIGINT, src_ip VARCHAR, time TIMESTAMP, session UBIGINT);
CREATE TABLE fuid_hashes (batch INTEGER, fuid VARCHAR, id VARCHAR);
CREATE TABLE fuid_keys (fuid VARCHAR, key UBIGINT);
CREATE TABLE statements (
    part INTEGER, batch INTEGER, key UBIGINT, id VARCHAR, sha256 VARCHAR, sha1 VARCHAR, md5 VARCHAR, fuid VARCHAR,
    version BIGINT, serial VARCHAR, subject VARCHAR, issuer VARCHAR, not_before TIMESTAMP, not_after TIMESTAMP,
    key_type VARCHAR, key_bits BIGINT, curve VARCHAR, signature_algorithm VARCHAR, san_dns VARCHAR[], san_ip VARCHAR[],
    san_uri VARCHAR[], san_email VARCHAR[], is_ca BOOLEAN, path_len BIGINT, der VARCHAR, role VARCHAR,
    sensor_validation VARCHAR, first_seen TIMESTAMP, last_seen TIMESTAMP, records BIGINT
);
CREATE TABLE chains (certificate_id VARCHAR, chain VARCHAR[]);
CREATE TABLE logged_sessions (session UBIGINT);
CREATE TABLE session_bytes (session UBIGINT, bytes_out BIGINT);
CREATE TABLE aliases (id VARCHAR, canonical VARCHAR);
CREATE TABLE stated_keys (hashed UBIGINT, id VARCHAR);
CREATE TABLE counts (part INTEGER, records BIGINT, unlogged BIGINT);
"""

MACROS = r"""
CREATE MACRO names_id(issuer, serial, subject, not_before, not_after) AS
    'names:' || substring(sha256(concat_ws(chr(31), coalesce(issuer, ''), coalesce(serial, ''), coalesce(subject, ''),
        coalesce(epoch_us(not_before)::VARCHAR, ''), coalesce(epoch_us(not_after)::VARCHAR, ''))), 1, 40);
CREATE MACRO dn_text(name) AS
    CASE WHEN contains(name, chr(92)) THEN regexp_replace(name, '\\+', '\\', 'g') ELSE name END;
CREATE MACRO session_of(uid) AS CASE WHEN uid IS NOT NULL THEN hash(uid) END;
CREATE MACRO hash_id(sha256, sha1, md5) AS coalesce(sha256, 'sha1:' || sha1, 'md5:' || md5);
CREATE MACRO said(verdict) AS coalesce(max(nullif(verdict, 'ok')), max(verdict));
CREATE MACRO day_bit(time) AS 1::UBIGINT << ((epoch_us(time) // 86400000000) & 63)::UBIGINT;
CREATE MACRO is_tls_service(service) AS service = 'ssl' OR service = 'tls' OR service = 'dtls' OR service = 'quic'
    OR (contains(service, ',') AND list_has_any(string_split(service, ','), ['ssl', 'tls', 'dtls', 'quic']));
"""

# --- statements about certificates ---------------------------------------------------------------------------------

FUID_HASHES = """
INSERT INTO fuid_hashes SELECT $part::INTEGER, c_fuid, hash_id(c_sha256, c_sha1, c_md5) FROM segment_rows
"""
FUID_HASHES_READ = "SELECT count(*) FROM fuid_hashes WHERE batch = $part"
FUID_HASHES_ONCE = """
CREATE OR REPLACE TABLE fuid_hashes_once AS
SELECT fuid, min(id) AS id FROM fuid_hashes WHERE fuid IS NOT NULL AND id IS NOT NULL GROUP BY fuid;
TRUNCATE fuid_hashes
"""

_STATED = (
    "sha256", "sha1", "md5", "version", "serial", "subject", "issuer", "not_before", "not_after", "key_type", "key_bits",
    "curve", "signature_algorithm", "san_dns", "san_ip", "san_uri", "san_email", "is_ca", "path_len", "der", "role",
    "sensor_validation",
)  # fmt: skip
_KEY = f"hash(h.id, {', '.join(f'r.c_{name}' for name in _STATED)})"
_FROM_STORED = "FROM segment_rows r LEFT JOIN $stated h ON h.fuid = r.c_fuid"
STORED_STATEMENTS = f"""
CREATE OR REPLACE VIEW told_rows AS SELECT any_value(part) AS part, key, any_value(stated_id) AS stated_id,
    min(c_fuid) AS fuid, min(time) AS first_seen, max(time) AS last_seen, count(*) AS records,
    {", ".join(f"any_value(c_{name}) AS c_{name}" for name in _STATED)}
FROM (SELECT r.*, h.id AS stated_id, {_KEY} AS key {_FROM_STORED}) GROUP BY key
"""
STORED_FUIDS = f"CREATE OR REPLACE VIEW fuid_rows AS SELECT r.c_fuid AS fuid, {_KEY} AS key {_FROM_STORED}"
"""The views ``told_rows`` and ``fuid_rows`` over a file that was read carefully; ``$stated`` as in :class:`.reading.Work`."""

_COLLECT = """
INSERT INTO statements (part, batch, key, id, fuid, first_seen, last_seen, records, sha256, sha1, md5, version, serial,
    subject, issuer, not_before, not_after, key_type, key_bits, curve, signature_algorithm, san_dns, san_ip, san_uri,
    san_email, is_ca, path_len, der, role, sensor_validation)
"""
COLLECT = f"""{_COLLECT} SELECT part, $part::INTEGER, key, coalesce(hash_id(c_sha256, c_sha1, c_md5), stated_id,
        CASE WHEN c_subject IS NOT NULL OR c_serial IS NOT NULL
             THEN names_id(dn_text(c_issuer), c_serial, dn_text(c_subject), c_not_before, c_not_after) END),
    fuid, first_seen, last_seen, records, c_sha256, c_sha1, c_md5, c_version, c_serial, dn_text(c_subject),
    dn_text(c_issuer), c_not_before, c_not_after, c_key_type, c_key_bits, c_curve, c_signature_algorithm, c_san_dns,
    c_san_ip, c_san_uri, c_san_email, c_is_ca, c_path_len, c_der, c_role, c_sensor_validation
FROM told_rows
"""
COLLECTED = "SELECT coalesce(sum(records), 0) FROM statements WHERE batch = $part"

FUID_KEYS = "INSERT INTO fuid_keys SELECT fuid, key FROM fuid_rows WHERE fuid IS NOT NULL"
FUIDS_STATED = "SELECT count(*) FROM statements WHERE batch = $part AND fuid IS NOT NULL"
"""Whether there is any reason to read all records again for :data:`FUID_KEYS`."""

FUID_IDS_ONCE = """
CREATE OR REPLACE TABLE fuid_ids_once AS SELECT f.fuid, min(s.id) AS id, hash(min(s.id)) AS hashed FROM fuid_keys f
JOIN (SELECT key, min(id) AS id FROM statements WHERE key IS NOT NULL GROUP BY key) s ON s.key = f.key
WHERE s.id IS NOT NULL GROUP BY f.fuid;
TRUNCATE fuid_keys
"""

# --- what sessions state of certificates -----------------------------------------------------------------------------

STATED_KEYS = "TRUNCATE stated_keys; INSERT INTO stated_keys SELECT hash(id), id FROM stated"

UNKNOWN = """
SELECT count(*) FROM contact_parts WHERE certificate_id IS NOT NULL
    AND certificate_id NOT IN (SELECT id FROM statements WHERE id IS NOT NULL)
"""

_OF_SESSIONS = f"""{_COLLECT} SELECT any_value(part), $part::INTEGER, NULL, id, NULL, min(time), max(time), 0,
    {", ".join(f"any_value(dn_text(c_{name}))" if name in ("subject", "issuer") else f"any_value(c_{name})" for name in _STATED)}
FROM (SELECT r.*, $id AS id FROM segment_rows r $join) WHERE id IS NOT NULL
    AND hash(id) NOT IN (SELECT hash(id) FROM statements WHERE id IS NOT NULL) GROUP BY id
"""


def collect_of_sessions(filled: Collection[str], *, by_fuid: bool) -> str:
    """What sessions state of certificates that no other record told of."""
    ids = ["r.certificate_id"] if "certificate_id" in filled else []
    ids += ["i.id"] if by_fuid else []
    ids += [_NAMED] if set(NAMING) <= set(filled) else []
    join = "LEFT JOIN fuid_ids_once i ON r.cert_fuid = i.fuid" if by_fuid else ""
    return _OF_SESSIONS.replace("$id", f"coalesce({', '.join([*ids, 'NULL'])})").replace("$join", join)


_NAMED = """CASE WHEN r.cert_subject IS NOT NULL
    THEN names_id(r.cert_issuer, NULL, r.cert_subject, r.cert_not_before, r.cert_not_after) END"""

# --- the rest ------------------------------------------------------------------------------------------------------

COUNT = "INSERT INTO counts SELECT $part::INTEGER, count(*), 0 FROM segment_rows"
COUNTED = "SELECT coalesce(sum(records), 0) FROM counts WHERE part = $part"

CONNECTIONS = (
    """CREATE OR REPLACE TABLE connections_read AS
    SELECT is_tls_service(service) AS is_tls, session_of(session_uid) AS session, bytes_out FROM segment_rows""",
    """INSERT INTO counts SELECT $part::INTEGER, count(*), count(*) FILTER (
        is_tls AND (session IS NULL OR session NOT IN (SELECT session FROM logged_sessions)))
    FROM connections_read""",
    """INSERT INTO session_bytes SELECT session, bytes_out FROM connections_read
    WHERE bytes_out IS NOT NULL AND session IN (SELECT session FROM logged_sessions)""",
    "DROP TABLE connections_read",
)
"""Connections that were TLS and have no TLS record; and of those that have one what the client sent."""

# --- the three tables that rules read ------------------------------------------------------------------------------

READ_TABLES = """
CREATE TABLE own_networks (low UINT128, high UINT128);
CREATE TABLE usual_ports (port INTEGER);
CREATE TABLE own_domains (domain VARCHAR);
"""

ALIASES_OF_BYTES = """
INSERT INTO aliases
SELECT 'sha1:' || sha1, sha256 FROM bytes_known UNION ALL SELECT 'md5:' || md5, sha256 FROM bytes_known
UNION ALL SELECT names_id(issuer, serial, subject, not_before, not_after), sha256 FROM bytes_known
UNION ALL SELECT names_id(issuer, serial, NULL, not_before, not_after), sha256 FROM bytes_known
"""
# Some who name a certificate (crt.sh) tell no subject.

WEAK = "SELECT count(*) FROM stated WHERE starts_with(id, 'names:')"
ALIASES_OF_SERIALS = """
INSERT INTO aliases
SELECT weak.id, any_value(strong.id) FROM stated weak
JOIN (SELECT DISTINCT s.issuer, s.serial, s.subject, s.not_before, coalesce(a.canonical, s.id) AS id FROM stated s
      LEFT JOIN aliases a ON a.id = s.id WHERE NOT starts_with(coalesce(a.canonical, s.id), 'names:')) strong
  ON weak.issuer = strong.issuer AND weak.serial = strong.serial
  AND (weak.subject IS NULL OR weak.subject = strong.subject)
  AND (weak.not_before IS NULL OR weak.not_before = strong.not_before)
WHERE starts_with(weak.id, 'names:') AND weak.id NOT IN (SELECT id FROM aliases)
GROUP BY weak.id HAVING count(DISTINCT strong.id) = 1
"""
# Issuer and serial identify a certificate, but anybody can write another's; so all that is known must agree.

_MERGED = """any_value(sha256) AS sha256, any_value(sha1) AS sha1, any_value(md5) AS md5, any_value(fuid) AS fuid,
    any_value(version) AS version, any_value(serial) AS serial, any_value(subject) AS subject,
    any_value(issuer) AS issuer, any_value(not_before) AS not_before, any_value(not_after) AS not_after,
    any_value(key_type) AS key_type, any_value(key_bits) AS key_bits, any_value(curve) AS curve,
    any_value(signature_algorithm) AS signature_algorithm, any_value(san_dns) AS san_dns,
    any_value(san_ip) AS san_ip, any_value(san_uri) AS san_uri, any_value(san_email) AS san_email,
    any_value(is_ca) AS is_ca, any_value(path_len) AS path_len, any_value(role) AS role,
    said(sensor_validation) AS sensor_validation, min(first_seen) AS first_seen, max(last_seen) AS last_seen"""

CANONICAL = """
CREATE TABLE alias_of AS SELECT id, min(canonical) AS canonical FROM aliases WHERE id <> canonical GROUP BY id;
CREATE VIEW known AS SELECT any_value(key) AS key, hash(key) AS hashed,
    CASE WHEN count(*) = 1 AND NOT bool_or(is_alias) THEN any_value(n) END AS n,
    list_distinct(flatten(list(sources))) AS sources, min(first_part) AS first_part, $merged
    FROM (SELECT coalesce(a.canonical, s.id) AS key, a.id IS NOT NULL AS is_alias, s.*
          FROM stated s LEFT JOIN alias_of a ON a.id = s.id)
    GROUP BY hash(key);
CREATE VIEW met_parts AS SELECT coalesce(a.canonical, p.certificate_id) AS key,
    CASE WHEN a.id IS NULL THEN p.certificate ELSE hash(a.canonical) END AS hashed, p.* FROM contact_parts p
    LEFT JOIN alias_of a ON a.id = p.certificate_id;
CREATE VIEW met_keys AS SELECT k.batch, k.key, k.contact,
    CASE WHEN a.id IS NULL THEN k.certificate ELSE hash(a.canonical) END AS certificate FROM key_contacts k
    LEFT JOIN alias_of a ON hash(a.id) = k.certificate;
""".replace("$merged", _MERGED)

CANONICAL_WITHOUT_ALIASES = """
CREATE TABLE alias_of (id VARCHAR, canonical VARCHAR);
CREATE VIEW known AS SELECT id AS key, hash(id) AS hashed, * EXCLUDE (id) FROM stated;
CREATE VIEW met_parts AS SELECT certificate_id AS key, certificate AS hashed, * FROM contact_parts;
CREATE VIEW met_keys AS SELECT * FROM key_contacts;
"""

MET_CERTIFICATES = """
CREATE TABLE met AS
SELECT any_value(key) AS key, hashed, sum(sessions)::BIGINT AS sessions, count(DISTINCT dst_ip) AS destinations,
    min(first_seen) AS first_seen, max(last_seen) AS last_seen, said(sensor_validation) AS sensor_validation
FROM met_parts WHERE key IS NOT NULL GROUP BY hashed
"""

_SINGLE = """sha256, sha1, md5, fuid, version, serial, subject, issuer, not_before, not_after, key_type, key_bits, curve,
    signature_algorithm, san_dns, san_ip, san_uri, san_email, is_ca, path_len, role, sensor_validation, first_seen,
    last_seen"""

STATED = f"""
CREATE TABLE IF NOT EXISTS stated_batches (batch INTEGER);
CREATE TABLE IF NOT EXISTS stated (
    n BIGINT, id VARCHAR, sources VARCHAR[], first_part INTEGER, sha256 VARCHAR, sha1 VARCHAR, md5 VARCHAR, fuid VARCHAR,
    version INTEGER, serial VARCHAR, subject VARCHAR, issuer VARCHAR, not_before TIMESTAMP, not_after TIMESTAMP,
    key_type VARCHAR, key_bits INTEGER, curve VARCHAR, signature_algorithm VARCHAR, san_dns VARCHAR[], san_ip VARCHAR[],
    san_uri VARCHAR[], san_email VARCHAR[], is_ca BOOLEAN, path_len INTEGER, role VARCHAR, sensor_validation VARCHAR,
    first_seen TIMESTAMP, last_seen TIMESTAMP
);
CREATE OR REPLACE TABLE stated_new AS
SELECT hash(id) AS hashed, count(*) AS times FROM statements
WHERE id IS NOT NULL AND batch NOT IN (SELECT batch FROM stated_batches) GROUP BY hash(id);
DELETE FROM stated_new WHERE hashed IN (SELECT hash(id) FROM stated);
INSERT INTO stated
SELECT (SELECT count(*) FROM stated) + row_number() OVER (), s.* FROM (
    SELECT s.id, [f.source] AS sources, s.part AS first_part, {_SINGLE} FROM statements s JOIN files f USING (part)
    WHERE s.batch NOT IN (SELECT batch FROM stated_batches)
        AND hash(s.id) IN (SELECT hashed FROM stated_new WHERE times = 1)
    UNION ALL
    SELECT any_value(s.id), list(DISTINCT f.source) AS sources, min(part) AS first_part, {_MERGED}
    FROM statements s JOIN files f USING (part)
    WHERE s.batch NOT IN (SELECT batch FROM stated_batches)
        AND hash(s.id) IN (SELECT hashed FROM stated_new WHERE times > 1)
    GROUP BY hash(s.id)
) s;
INSERT INTO stated_batches SELECT DISTINCT batch FROM statements
"""
"""What records stated, once for each id; run again it adds what was stated since."""

KNOWN_CERTIFICATES = """
CREATE TABLE known_certificates AS
SELECT coalesce(k.key, m.key) AS id, k.n, k.* EXCLUDE (
        n, key, hashed, sha256, sha1, first_seen, last_seen, sensor_validation, role, sources, first_part
    ),
    coalesce(k.sha256, CASE WHEN length(coalesce(k.key, m.key)) = 64 THEN coalesce(k.key, m.key) END) AS sha256,
    coalesce(k.sha1, CASE WHEN starts_with(m.key, 'sha1:') THEN substr(m.key, 6) END) AS sha1,
    coalesce(m.sensor_validation, k.sensor_validation) AS sensor_validation,
    CASE WHEN m.key IS NOT NULL THEN 'leaf' ELSE coalesce(k.role, 'issuer') END AS role,
    least(k.first_seen, m.first_seen) AS first_seen, greatest(k.last_seen, m.last_seen) AS last_seen,
    coalesce(m.sessions, 0) AS sessions, NULL::BIGINT AS clients,
    coalesce(m.destinations, 0) AS destinations,
    list_sort(list_distinct(list_concat(coalesce(k.sources, []), CASE WHEN m.key IS NULL THEN [] ELSE
        coalesce((SELECT list(DISTINCT source) FROM files WHERE category = 'tls'), []) END))) AS sources,
    (SELECT file FROM files f WHERE f.part = k.first_part) AS origin_file
FROM known k FULL OUTER JOIN met m ON m.hashed = k.hashed
"""
"""What is known of each certificate by records; ``n`` is its row in ``stated`` where that says it all."""

KNOWN_WITH_BYTES = "SELECT * FROM known_certificates SEMI JOIN bytes_ids USING (id)"

_KEPT = """id, sha256, sha1, md5, fuid, version, serial, not_before, not_after, key_type, key_bits, curve,
    signature_algorithm, san_dns, san_ip, san_uri, san_email, is_ca, path_len, sensor_validation, role, first_seen, last_seen,
    sessions, clients, destinations, sources, origin_file"""

WORDS_OF_STATED = f"""
INSERT INTO certificates BY NAME SELECT k.* EXCLUDE (n), j.* EXCLUDE (n)
FROM (SELECT n, {_KEPT} FROM known_certificates ANTI JOIN bytes_ids USING (id) WHERE n IS NOT NULL) k
JOIN judged j ON j.n = k.n
"""
"""Columns of ``certificates`` as they were stated beside what ``judged`` says of them."""

LATE = """
CREATE TABLE late AS SELECT row_number() OVER () AS n, k.* EXCLUDE (n)
FROM known_certificates k ANTI JOIN bytes_ids USING (id) WHERE k.n IS NULL OR k.n > $early
"""
WORDS_OF_LATE = f"""
INSERT INTO certificates BY NAME SELECT k.* EXCLUDE (n), j.* EXCLUDE (n)
FROM (SELECT n, {_KEPT} FROM late) k JOIN judged j ON j.n = k.n
"""

CONTACTS_RAW = """
CREATE TABLE resigned_keys AS SELECT hash(id) AS hashed FROM certificates WHERE resigned;
CREATE VIEW met_states AS SELECT p.*, p.hashed IN (SELECT hashed FROM resigned_keys) AS resigned FROM met_parts p;
CREATE TABLE contacts_raw AS
SELECT p.hashed AS certificate, p.contact, any_value(p.key) AS certificate_id,
    any_value(p.name) AS name, any_value(p.dst_ip) AS dst_ip, any_value(p.dst_port) AS dst_port,
    sum(p.sessions)::BIGINT AS sessions, sum(p.established)::BIGINT AS established,
    bit_count(bit_or(p.days)) AS days, min(p.first_seen) AS first_seen, max(p.last_seen) AS last_seen,
    any_value(p.transport) AS transport, said(p.sensor_validation) AS sensor_validation,
    coalesce(sum(p.sessions) FILTER (p.tls_state = 'seen' AND p.resigned), 0)::BIGINT AS resigned,
    coalesce(sum(p.sessions) FILTER (p.tls_state = 'seen' AND NOT p.resigned), 0)::BIGINT AS seen,
    coalesce(sum(p.sessions) FILTER (p.tls_state = 'failed'), 0)::BIGINT AS failed,
    coalesce(sum(p.sessions) FILTER (p.tls_state = 'resumed'), 0)::BIGINT AS resumed,
    coalesce(sum(p.sessions) FILTER (p.tls_state = 'hidden_ech'), 0)::BIGINT AS hidden_ech,
    coalesce(sum(p.sessions) FILTER (p.tls_state = 'hidden_tls13'), 0)::BIGINT AS hidden_tls13,
    coalesce(sum(p.sessions) FILTER (p.tls_state = 'not_logged'), 0)::BIGINT AS not_logged,
    arg_min(p.first_part, p.first_seen) AS first_part, arg_max(p.last_part, p.last_seen) AS last_part
FROM met_states p
GROUP BY p.hashed, p.contact
"""

CONTACT_JA3 = """
CREATE TABLE contact_ja3 AS SELECT hashed AS certificate, contact, list(DISTINCT ja3) FILTER (ja3 IS NOT NULL) AS ja3,
    list(DISTINCT ja3s) FILTER (ja3s IS NOT NULL) AS ja3s
FROM met_parts WHERE ja3 IS NOT NULL OR ja3s IS NOT NULL GROUP BY hashed, contact
"""

OWN_ADDRESSES = """
CREATE TABLE addresses AS
SELECT d.dst_ip, NOT EXISTS (SELECT 1 FROM own_networks n WHERE d.key BETWEEN n.low AND n.high) AS is_outside
FROM (SELECT dst_ip, certhound_inet_key(dst_ip) AS key FROM contacts_raw GROUP BY dst_ip) d
"""

NAME_PAIRS = """
CREATE TABLE name_matches AS
SELECT p.certificate, certificate_id, name,
    CASE WHEN list_contains(san_dns, name) THEN 'match'
         WHEN list_contains(san_dns, '*.' || regexp_replace(name, '^[a-z0-9-]+\\.', ''))
              AND contains(regexp_replace(name, '^[a-z0-9-]+\\.', ''), '.') THEN 'match' END AS name_match
FROM (SELECT certificate, any_value(certificate_id) AS certificate_id, any_value(name) AS name FROM contacts_raw
      WHERE name IS NOT NULL AND certificate_id IS NOT NULL GROUP BY certificate, hash(name)) p
JOIN certificates c ON hash(c.id) = p.certificate
"""

UNDECIDED_NAMES = """
SELECT p.certificate_id, p.name, c.san_dns, c.san_ip, c.subject_cn, c.der IS NOT NULL AS has_der
FROM name_matches p JOIN certificates c ON hash(c.id) = p.certificate WHERE p.name_match IS NULL
"""

_CONTACTS = """
CREATE VIEW $name AS
SELECT r.certificate_id, r.name, r.dst_ip, r.dst_port, r.sessions, r.established, coalesce(k.clients, 0) AS clients,
    r.days, r.first_seen, r.last_seen, i.interval_median_s, i.interval_mad_s, i.interval_period_s, i.interval_period_fit,
    b.bytes_out_median,
    n.name_match, r.last_seen > c.not_after AS expired_then, r.first_seen < c.not_before AS not_yet_valid_then,
    CASE WHEN c.trust IS NOT NULL
         THEN c.trust = 'trusted' AND r.last_seen <= c.not_after AND r.first_seen >= c.not_before END AS trusted_then,
    a.is_outside AS dst_is_outside, u.certificates AS unvouched_here, d.here AS name_resolved_here,
    EXISTS (SELECT 1 FROM own_domains o WHERE r.name = o.domain OR ends_with(r.name, '.' || o.domain)) AS name_is_own,
    r.dst_port IN (SELECT port FROM usual_ports) AS port_is_usual,
    map_from_entries(list_filter([('failed', r.failed::VARCHAR), ('resigned', r.resigned::VARCHAR),
        ('seen', r.seen::VARCHAR), ('resumed', r.resumed::VARCHAR), ('hidden_ech', r.hidden_ech::VARCHAR),
        ('hidden_tls13', r.hidden_tls13::VARCHAR), ('not_logged', r.not_logged::VARCHAR)],
        lambda e : e[2] <> '0')) AS tls_states,
    r.transport, j.ja3, j.ja3s, r.sensor_validation,
    r.certificate, r.contact, r.first_part, r.last_part,
    c.* EXCLUDE (id, first_seen, last_seen, sessions, clients, sensor_validation),
    c.first_seen AS certificate_first_seen, c.last_seen AS certificate_last_seen,
    c.sessions AS certificate_sessions, c.clients AS certificate_clients,
    c.sensor_validation AS certificate_sensor_validation
FROM $rows r
LEFT JOIN certificates c ON hash(c.id) = r.certificate
LEFT JOIN contact_ja3 j ON j.certificate = r.certificate AND j.contact = r.contact
LEFT JOIN contact_clients k ON k.certificate = r.certificate AND k.contact = r.contact
LEFT JOIN addresses a ON a.dst_ip = r.dst_ip
LEFT JOIN unvouched_here u ON u.dst_ip = r.dst_ip
LEFT JOIN resolved d ON d.name = r.name AND d.dst_ip = r.dst_ip
LEFT JOIN name_matches n ON n.certificate = r.certificate AND n.name = r.name
LEFT JOIN intervals i ON i.certificate = r.certificate AND i.contact = r.contact
LEFT JOIN contact_bytes b ON b.certificate = r.certificate AND b.contact = r.contact
"""
CONTACTS = _CONTACTS.replace("$name", "contacts").replace("$rows", "contacts_raw")
CONTACTS_OF_TOP = _CONTACTS.replace("$name", "contacts_of_top").replace("$rows", "top_raw")
CONTACTS_OF_POSSIBLE = _CONTACTS.replace("$name", "contacts_of_possible").replace("$rows", "possible_raw")
"""The same over a choice of contacts: filters do not find their way below so many joins."""

# --- who met what: only for contacts that may matter -----------------------------------------------------------------

NOBODY_COUNTED = """
CREATE TABLE contact_clients (certificate UBIGINT, contact UBIGINT, clients BIGINT);
CREATE TABLE met_pairs (certificate UBIGINT, contact UBIGINT, src_ip VARCHAR, sessions BIGINT);
CREATE TABLE intervals (
    certificate UBIGINT, contact UBIGINT, interval_median_s DOUBLE, interval_mad_s DOUBLE, interval_period_s DOUBLE,
    interval_period_fit DOUBLE
);
CREATE TABLE interval_times (certificate UBIGINT, contact UBIGINT, src_ip VARCHAR, time TIMESTAMP);
CREATE TABLE contact_bytes (certificate UBIGINT, contact UBIGINT, bytes_out_median DOUBLE)
"""

MAYBE_REGULAR = """
CREATE TABLE maybe_regular AS
SELECT r.certificate, r.contact FROM contacts_raw r LEFT JOIN certificates c ON hash(c.id) = r.certificate
JOIN addresses a ON a.dst_ip = r.dst_ip
WHERE a.is_outside AND r.sessions >= 6 AND coalesce(c.trust, '') <> 'trusted'
    AND coalesce(c.house_trust, '') <> 'trusted'
    AND coalesce(r.sensor_validation, '') <> 'ok' AND r.certificate_id IS NOT NULL
"""
"""Contacts whose regularity is worth a look: nobody vouches for the certificate."""

EVERY_CONTACT = "SELECT DISTINCT certificate, contact FROM met_keys"

COUNT_CLIENTS = """
CREATE TABLE asked_keys AS SELECT k.* FROM met_keys k SEMI JOIN ($asked) a
    ON a.certificate = k.certificate AND a.contact = k.contact;
INSERT INTO met_pairs SELECT k.certificate, k.contact, s.src_ip, count(*) FROM session_keys s
JOIN asked_keys k ON k.key = s.key AND k.batch = s.batch GROUP BY ALL;
INSERT INTO contact_clients SELECT certificate, contact, count(src_ip) FROM met_pairs GROUP BY ALL;
UPDATE certificates SET clients = c.clients FROM (
    SELECT certificate, count(DISTINCT src_ip) AS clients FROM met_pairs WHERE certificate <> hash(NULL)
    GROUP BY certificate
) c WHERE hash(certificates.id) = c.certificate
"""
"""Distinct clients of the contacts that are asked for (``$asked`` gives certificate and contact); with a contact of a
certificate all others of it are to be asked for, too."""

CLIENTS_OF_NONE = "UPDATE certificates SET clients = 0 WHERE sessions = 0"

INTERVALS = """
INSERT INTO interval_times
SELECT k.certificate, k.contact, s.src_ip, s.time FROM session_keys s
JOIN (SELECT * FROM asked_keys SEMI JOIN (
    SELECT r.certificate, r.contact FROM maybe_regular r JOIN certificates c ON hash(c.id) = r.certificate
    WHERE coalesce(c.clients, 1) <= 5
) r USING (certificate, contact)) k ON k.key = s.key AND k.batch = s.batch;
INSERT INTO intervals
SELECT certificate, contact, median(gap), mad(gap), any_value(period),
    avg(CASE WHEN round(gap / period) >= 1 AND abs(gap / period - round(gap / period)) <= 0.15 THEN 1 ELSE 0 END)
FROM (
    SELECT *, median(gap / nullif(round(gap / base), 0)) FILTER (round(gap / base) BETWEEN 1 AND 4) OVER same AS period
    FROM (
        SELECT *, quantile_cont(gap, 0.2) FILTER (gap >= 0.5) OVER same AS base FROM (
            SELECT certificate, contact,
                epoch_us(time - lag(time) OVER (PARTITION BY certificate, contact, src_ip ORDER BY time)) / 1000000.0 AS gap
            FROM interval_times
        ) WHERE gap IS NOT NULL WINDOW same AS (PARTITION BY certificate, contact)
    ) WINDOW same AS (PARTITION BY certificate, contact)
) GROUP BY certificate, contact
"""
"""Where sessions are lost intervals become whole multiples of the true one: the shortest fifth gives a first guess of it,
the intervals of up to four such the period, and the fit is the share of intervals that are near a multiple."""

SENT = """
INSERT INTO contact_bytes SELECT k.certificate, k.contact, median(b.bytes_out) FROM session_keys s
JOIN asked_keys k ON k.key = s.key AND k.batch = s.batch JOIN session_bytes b ON b.session = s.session
GROUP BY k.certificate, k.contact
"""

SESSIONS_BY_STATE = """
SELECT CASE WHEN tls_state = 'seen' AND resigned THEN 'resigned' ELSE tls_state END AS state,
    sum(sessions)::BIGINT AS sessions
FROM met_states GROUP BY 1
"""

NOT_LOGGED = "SELECT coalesce(sum(unlogged), 0) FROM counts"
