"""The lake's fixed statements. They name only tables and views of our own; whatever comes from outside is bound or read.

``segment_rows`` is the view over whatever is being read (see :mod:`.reading`): the columns of one file that were asked
for, one row a record; what a record states of a certificate stands in columns that begin with ``c_``. Part numbers name
the file that a row came from.
"""

from __future__ import annotations

TABLES = """
CREATE TABLE parts (part INTEGER, file VARCHAR, source VARCHAR, category VARCHAR, log_source VARCHAR);
CREATE TABLE contact_parts (
    part INTEGER, certificate_id VARCHAR, name VARCHAR, dst_ip VARCHAR, dst_port BIGINT, tls_state VARCHAR,
    transport VARCHAR, sessions BIGINT, established BIGINT, first_seen TIMESTAMP, last_seen TIMESTAMP, days UBIGINT,
    first_uid VARCHAR, last_uid VARCHAR, ja3 VARCHAR, ja3s VARCHAR, sensor_validation VARCHAR
);
CREATE TABLE pairs (certificate UBIGINT, contact UBIGINT, src_ip VARCHAR, sessions BIGINT);
CREATE TABLE fuid_hashes (fuid VARCHAR, id VARCHAR);
CREATE TABLE fuid_ids (fuid VARCHAR, id VARCHAR);
CREATE TABLE statements (
    part INTEGER, id VARCHAR, sha256 VARCHAR, sha1 VARCHAR, md5 VARCHAR, fuid VARCHAR, version BIGINT, serial VARCHAR,
    subject VARCHAR, issuer VARCHAR, not_before TIMESTAMP, not_after TIMESTAMP, key_type VARCHAR, key_bits BIGINT,
    curve VARCHAR, signature_algorithm VARCHAR, san_dns VARCHAR[], san_ip VARCHAR[], san_uri VARCHAR[],
    san_email VARCHAR[], is_ca BOOLEAN, path_len BIGINT, der VARCHAR, role VARCHAR, sensor_validation VARCHAR,
    first_seen TIMESTAMP, last_seen TIMESTAMP, records BIGINT
);
CREATE TABLE chains (certificate_id VARCHAR, chain VARCHAR[]);
CREATE TABLE connections (
    part INTEGER, session_uid VARCHAR, dst_ip VARCHAR, dst_port BIGINT, src_ip VARCHAR, transport VARCHAR,
    bytes_out BIGINT, time TIMESTAMP
);
CREATE TABLE logged_sessions (session_uid VARCHAR);
CREATE TABLE aliases (id VARCHAR, canonical VARCHAR);
CREATE TABLE counts (part INTEGER, records BIGINT);
"""

MACROS = r"""
CREATE MACRO names_id(issuer, serial, subject, not_before, not_after) AS
    'names:' || substring(sha256(concat_ws(chr(31), coalesce(issuer, ''), coalesce(serial, ''), coalesce(subject, ''),
        coalesce(epoch_us(not_before)::VARCHAR, ''), coalesce(epoch_us(not_after)::VARCHAR, ''))), 1, 40);
CREATE MACRO dn_text(name) AS
    CASE WHEN contains(name, chr(92)) THEN regexp_replace(name, '\\+', '\\', 'g') ELSE name END;
CREATE MACRO hash_id(sha256, sha1, md5) AS coalesce(sha256, 'sha1:' || sha1, 'md5:' || md5);
CREATE MACRO day_bit(time) AS 1::UBIGINT << ((epoch_us(time) // 86400000000) % 64)::UBIGINT;
"""

COUNT = "INSERT INTO counts SELECT $part::INTEGER, count(*) FROM segment_rows"
COUNTED = "SELECT coalesce(sum(records), 0) FROM counts WHERE part = $part"

FUID_HASHES = """
INSERT INTO fuid_hashes SELECT DISTINCT c_fuid, hash_id(c_sha256, c_sha1, c_md5)
FROM segment_rows WHERE c_fuid IS NOT NULL AND hash_id(c_sha256, c_sha1, c_md5) IS NOT NULL
"""

_NAMED = """CASE WHEN r.c_subject IS NOT NULL OR r.c_serial IS NOT NULL
    THEN names_id(dn_text(r.c_issuer), r.c_serial, dn_text(r.c_subject), r.c_not_before, r.c_not_after) END"""

_IDENTIFIED = f"""FROM (
    SELECT r.*, coalesce(hash_id(r.c_sha256, r.c_sha1, r.c_md5), h.id, {_NAMED}) AS id
    FROM segment_rows r LEFT JOIN fuid_hashes_once h ON r.c_fuid = h.fuid
)"""

_PLAIN = f"""FROM (
    SELECT r.*, coalesce(hash_id(r.c_sha256, r.c_sha1, r.c_md5), {_NAMED}) AS id FROM segment_rows r
)"""

_COLLECT = """
INSERT INTO statements SELECT $part::INTEGER, id, any_value(c_sha256), any_value(c_sha1), any_value(c_md5), min(c_fuid),
    any_value(c_version), any_value(c_serial), any_value(dn_text(c_subject)), any_value(dn_text(c_issuer)),
    any_value(c_not_before), any_value(c_not_after), any_value(c_key_type), any_value(c_key_bits), any_value(c_curve),
    any_value(c_signature_algorithm), any_value(c_san_dns), any_value(c_san_ip), any_value(c_san_uri),
    any_value(c_san_email), any_value(c_is_ca), any_value(c_path_len), any_value(c_der), any_value(c_role),
    any_value(c_sensor_validation), min(time), max(time), count(*)
FROM rows GROUP BY id
"""

COLLECT_BY_FUID = _COLLECT.replace("FROM rows", _IDENTIFIED)
COLLECT = _COLLECT.replace("FROM rows", _PLAIN)
FUID_IDS = f"INSERT INTO fuid_ids SELECT DISTINCT c_fuid, id {_IDENTIFIED} WHERE c_fuid IS NOT NULL AND id IS NOT NULL"
STATED = "SELECT coalesce(sum(records), 0) FROM statements WHERE part = $part"

FUID_HASHES_ONCE = """
CREATE OR REPLACE TABLE fuid_hashes_once AS
SELECT fuid, min(id) AS id FROM fuid_hashes GROUP BY fuid
"""
FUID_IDS_ONCE = "CREATE OR REPLACE TABLE fuid_ids_once AS SELECT fuid, min(id) AS id FROM fuid_ids GROUP BY fuid"

CONTACT_PARTS = """
INSERT INTO contact_parts SELECT $part::INTEGER, any_value(certificate_id), any_value(coalesce(sni, dst_host)),
    any_value(dst_ip), any_value(dst_port), any_value(tls_state), any_value(transport), count(*),
    count(*) FILTER (tls_established IS DISTINCT FROM FALSE), min(time), max(time),
    bit_or(day_bit(time)), arg_min(session_uid, time), arg_max(session_uid, time), any_value(ja3), any_value(ja3s),
    any_value(cert_validation)
FROM tls_rows GROUP BY hash(certificate_id, coalesce(sni, dst_host), dst_ip, dst_port, tls_state, transport)
"""
MET = "SELECT coalesce(sum(sessions), 0) FROM contact_parts WHERE part = $part"

_TLS_NAMED = """CASE WHEN r.cert_subject IS NOT NULL
    THEN names_id(r.cert_issuer, NULL, r.cert_subject, r.cert_not_before, r.cert_not_after) END"""
TLS_ROWS = f"""CREATE OR REPLACE VIEW tls_rows AS
SELECT r.* REPLACE (coalesce(r.certificate_id, {_TLS_NAMED}) AS certificate_id) FROM segment_rows r"""
TLS_ROWS_BY_FUID = f"""CREATE OR REPLACE VIEW tls_rows AS
SELECT r.* REPLACE (coalesce(r.certificate_id, i.id, {_TLS_NAMED}) AS certificate_id)
FROM segment_rows r LEFT JOIN fuid_ids_once i ON r.cert_fuid = i.fuid"""

PAIRS = """
INSERT INTO pairs SELECT hash(certificate_id), hash(coalesce(sni, dst_host), dst_ip, dst_port), src_ip, count(*)
FROM tls_rows GROUP BY ALL
"""

CHAINS = """
INSERT INTO chains SELECT certificate_id, any_value(cert_chain) FROM tls_rows
WHERE certificate_id IS NOT NULL AND len(cert_chain) > 1 GROUP BY certificate_id
"""

LOGGED_SESSIONS = "INSERT INTO logged_sessions SELECT session_uid FROM tls_rows WHERE session_uid IS NOT NULL"

CONNECTIONS = """
INSERT INTO connections SELECT $part::INTEGER, session_uid, dst_ip, dst_port, src_ip, transport, bytes_out, time
FROM segment_rows WHERE list_has_any(string_split(service, ','), ['ssl', 'tls', 'dtls', 'quic'])
"""

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
"""

ALIASES_OF_SERIALS = """
INSERT INTO aliases
SELECT weak.id, any_value(strong.id) FROM statements weak
JOIN (SELECT DISTINCT s.issuer, s.serial, s.subject, s.not_before, coalesce(a.canonical, s.id) AS id FROM statements s
      LEFT JOIN aliases a ON a.id = s.id WHERE NOT starts_with(coalesce(a.canonical, s.id), 'names:')) strong
  ON weak.issuer = strong.issuer AND weak.serial = strong.serial AND weak.subject = strong.subject
  AND (weak.not_before IS NULL OR weak.not_before = strong.not_before)
WHERE starts_with(weak.id, 'names:') AND weak.id NOT IN (SELECT id FROM aliases)
GROUP BY weak.id HAVING count(DISTINCT strong.id) = 1
"""
# Issuer and serial identify a certificate, but anybody can write another's; so all that is known must agree.

CANONICAL = """
CREATE TABLE alias_of AS SELECT id, min(canonical) AS canonical FROM aliases WHERE id <> canonical GROUP BY id;
CREATE VIEW known AS SELECT coalesce(a.canonical, s.id) AS key, s.* FROM statements s LEFT JOIN alias_of a ON a.id = s.id;
CREATE VIEW met_parts AS SELECT coalesce(a.canonical, p.certificate_id) AS key, p.* FROM contact_parts p
    LEFT JOIN alias_of a ON a.id = p.certificate_id;
CREATE VIEW met_pairs AS SELECT CASE WHEN a.id IS NULL THEN p.certificate ELSE hash(a.canonical) END AS key, p.* FROM pairs p
    LEFT JOIN alias_of a ON hash(a.id) = p.certificate;
"""

CANONICAL_WITHOUT_ALIASES = """
CREATE TABLE alias_of (id VARCHAR, canonical VARCHAR);
CREATE VIEW known AS SELECT id AS key, * FROM statements;
CREATE VIEW met_parts AS SELECT certificate_id AS key, * FROM contact_parts;
CREATE VIEW met_pairs AS SELECT certificate AS key, * FROM pairs;
"""

MET_CERTIFICATES = """
CREATE TABLE met AS
SELECT m.*, coalesce(c.clients, 0) AS clients FROM (
    SELECT key, hash(key) AS hashed, sum(sessions)::BIGINT AS sessions, count(DISTINCT dst_ip) AS destinations,
        min(first_seen) AS first_seen, max(last_seen) AS last_seen, any_value(sensor_validation) AS sensor_validation
    FROM met_parts WHERE key IS NOT NULL GROUP BY key
) m LEFT JOIN (
    SELECT key, count(DISTINCT src_ip) AS clients FROM met_pairs GROUP BY key
) c ON c.key = m.hashed
"""

KNOWN_CERTIFICATES = """
SELECT coalesce(k.key, m.key) AS id, k.* EXCLUDE (key, first_seen, last_seen, sensor_validation, role),
    coalesce(m.sensor_validation, k.sensor_validation) AS sensor_validation,
    CASE WHEN m.key IS NOT NULL THEN 'leaf' ELSE coalesce(k.role, 'issuer') END AS role,
    least(k.first_seen, m.first_seen) AS first_seen, greatest(k.last_seen, m.last_seen) AS last_seen,
    coalesce(m.sessions, 0) AS sessions, coalesce(m.clients, 0) AS clients,
    coalesce(m.destinations, 0) AS destinations
FROM (
    SELECT key, any_value(sha256) AS sha256, any_value(sha1) AS sha1, any_value(md5) AS md5, any_value(fuid) AS fuid,
        any_value(version) AS version, any_value(serial) AS serial, any_value(subject) AS subject,
        any_value(issuer) AS issuer, any_value(not_before) AS not_before, any_value(not_after) AS not_after,
        any_value(key_type) AS key_type, any_value(key_bits) AS key_bits, any_value(curve) AS curve,
        any_value(signature_algorithm) AS signature_algorithm, any_value(san_dns) AS san_dns,
        any_value(san_ip) AS san_ip, any_value(san_uri) AS san_uri, any_value(san_email) AS san_email,
        any_value(is_ca) AS is_ca, any_value(path_len) AS path_len, any_value(role) AS role,
        any_value(sensor_validation) AS sensor_validation, min(first_seen) AS first_seen, max(last_seen) AS last_seen,
        list(DISTINCT part) AS parts
    FROM known GROUP BY key
) k FULL OUTER JOIN met m ON m.key = k.key
"""

CONTACT_PAIRS = """
CREATE TABLE contact_clients AS
SELECT key AS certificate, contact, count(DISTINCT src_ip) AS clients FROM met_pairs GROUP BY key, contact
"""

CONTACTS_RAW = """
CREATE TABLE contacts_raw AS
SELECT hash(p.key) AS certificate, hash(p.name, p.dst_ip, p.dst_port) AS contact, any_value(p.key) AS certificate_id,
    any_value(p.name) AS name, any_value(p.dst_ip) AS dst_ip, any_value(p.dst_port) AS dst_port,
    sum(p.sessions)::BIGINT AS sessions, sum(p.established)::BIGINT AS established,
    bit_count(bit_or(p.days)) AS days, min(p.first_seen) AS first_seen, max(p.last_seen) AS last_seen,
    any_value(p.transport) AS transport, any_value(p.sensor_validation) AS sensor_validation,
    list(DISTINCT p.ja3) AS ja3, list(DISTINCT p.ja3s) AS ja3s,
    coalesce(sum(p.sessions) FILTER (p.tls_state = 'seen' AND c.resigned), 0)::BIGINT AS resigned,
    coalesce(sum(p.sessions) FILTER (p.tls_state = 'seen' AND c.resigned IS DISTINCT FROM TRUE), 0)::BIGINT AS seen,
    coalesce(sum(p.sessions) FILTER (p.tls_state = 'failed'), 0)::BIGINT AS failed,
    coalesce(sum(p.sessions) FILTER (p.tls_state = 'resumed'), 0)::BIGINT AS resumed,
    coalesce(sum(p.sessions) FILTER (p.tls_state = 'hidden_ech'), 0)::BIGINT AS hidden_ech,
    coalesce(sum(p.sessions) FILTER (p.tls_state = 'hidden_tls13'), 0)::BIGINT AS hidden_tls13,
    coalesce(sum(p.sessions) FILTER (p.tls_state = 'not_logged'), 0)::BIGINT AS not_logged,
    arg_min(p.first_uid, p.first_seen) AS first_uid, arg_max(p.last_uid, p.last_seen) AS last_uid,
    arg_min(p.part, p.first_seen) AS first_part, arg_max(p.part, p.last_seen) AS last_part
FROM met_parts p LEFT JOIN certificates c ON c.id = p.key
GROUP BY hash(p.key), hash(p.name, p.dst_ip, p.dst_port)
"""

OWN_ADDRESSES = """
CREATE TABLE addresses AS
SELECT d.dst_ip, NOT EXISTS (SELECT 1 FROM own_networks n WHERE d.key BETWEEN n.low AND n.high) AS is_outside
FROM (SELECT dst_ip, certhound_inet_key(dst_ip) AS key FROM contacts_raw GROUP BY dst_ip) d
"""

NAME_PAIRS = """
CREATE TABLE name_matches AS
SELECT certificate_id, name,
    CASE WHEN list_contains(san_dns, name) THEN 'match'
         WHEN list_contains(san_dns, '*.' || regexp_replace(name, '^[a-z0-9-]+\\.', ''))
              AND contains(regexp_replace(name, '^[a-z0-9-]+\\.', ''), '.') THEN 'match' END AS name_match
FROM (SELECT DISTINCT certificate_id, name FROM contacts_raw WHERE name IS NOT NULL AND certificate_id IS NOT NULL) p
JOIN certificates c ON c.id = p.certificate_id
"""

UNDECIDED_NAMES = """
SELECT p.certificate_id, p.name, c.san_dns, c.san_ip, c.subject_cn, c.der IS NOT NULL AS has_der
FROM name_matches p JOIN certificates c ON c.id = p.certificate_id WHERE p.name_match IS NULL
"""

CONTACTS = """
CREATE VIEW contacts AS
SELECT r.certificate_id, r.name, r.dst_ip, r.dst_port, r.sessions, r.established, coalesce(k.clients, 0) AS clients,
    r.days, r.first_seen, r.last_seen, i.interval_median_s, i.interval_mad_s, NULL::DOUBLE AS bytes_out_median,
    n.name_match, r.last_seen > c.not_after AS expired_then, r.first_seen < c.not_before AS not_yet_valid_then,
    CASE WHEN c.trust IS NOT NULL
         THEN c.trust = 'trusted' AND r.last_seen <= c.not_after AND r.first_seen >= c.not_before END AS trusted_then,
    a.is_outside AS dst_is_outside,
    EXISTS (SELECT 1 FROM own_domains o WHERE r.name = o.domain OR ends_with(r.name, '.' || o.domain)) AS name_is_own,
    r.dst_port IN (SELECT port FROM usual_ports) AS port_is_usual,
    map_from_entries(list_filter([('failed', r.failed::VARCHAR), ('resigned', r.resigned::VARCHAR),
        ('seen', r.seen::VARCHAR), ('resumed', r.resumed::VARCHAR), ('hidden_ech', r.hidden_ech::VARCHAR),
        ('hidden_tls13', r.hidden_tls13::VARCHAR), ('not_logged', r.not_logged::VARCHAR)],
        lambda e : e[2] <> '0')) AS tls_states,
    r.transport, r.ja3, r.ja3s, r.sensor_validation,
    r.certificate, r.contact, r.first_uid, r.last_uid, r.first_part, r.last_part,
    c.* EXCLUDE (id, first_seen, last_seen, sessions, clients, sensor_validation),
    c.first_seen AS certificate_first_seen, c.last_seen AS certificate_last_seen,
    c.sessions AS certificate_sessions, c.clients AS certificate_clients,
    c.sensor_validation AS certificate_sensor_validation
FROM contacts_raw r
LEFT JOIN certificates c ON c.id = r.certificate_id
LEFT JOIN contact_clients k ON k.certificate = r.certificate AND k.contact = r.contact
LEFT JOIN addresses a ON a.dst_ip = r.dst_ip
LEFT JOIN name_matches n ON n.certificate_id = r.certificate_id AND n.name = r.name
LEFT JOIN intervals i ON i.certificate = r.certificate AND i.contact = r.contact
"""

INTERVALS = """
CREATE TABLE interval_times (certificate UBIGINT, contact UBIGINT, src_ip VARCHAR, time TIMESTAMP);
CREATE TABLE regular_candidates AS
SELECT r.certificate, r.contact FROM contacts_raw r LEFT JOIN certificates c ON c.id = r.certificate_id
JOIN addresses a ON a.dst_ip = r.dst_ip
WHERE a.is_outside AND r.sessions >= 6 AND coalesce(c.trust, '') <> 'trusted'
    AND coalesce(c.house_trust, '') <> 'trusted' AND coalesce(c.clients, 1) <= 5
    AND coalesce(r.sensor_validation, '') <> 'ok' AND r.certificate_id IS NOT NULL
"""

INTERVAL_TIMES = """
INSERT INTO interval_times
SELECT hash(coalesce(a.canonical, t.certificate_id)), hash(coalesce(t.sni, t.dst_host), t.dst_ip, t.dst_port), t.src_ip,
    t.time
FROM tls_rows t LEFT JOIN alias_of a ON a.id = t.certificate_id
WHERE (hash(coalesce(a.canonical, t.certificate_id)), hash(coalesce(t.sni, t.dst_host), t.dst_ip, t.dst_port))
    IN (SELECT (certificate, contact) FROM regular_candidates)
"""

INTERVALS_DONE = """
CREATE TABLE intervals AS
SELECT certificate, contact, median(gap) AS interval_median_s, mad(gap) AS interval_mad_s FROM (
    SELECT certificate, contact, epoch_us(time - lag(time) OVER (PARTITION BY certificate, contact, src_ip ORDER BY time))
        / 1000000.0 AS gap
    FROM interval_times
) WHERE gap IS NOT NULL GROUP BY certificate, contact
"""

SESSIONS_BY_STATE = """
SELECT CASE WHEN p.tls_state = 'seen' AND c.resigned THEN 'resigned' ELSE p.tls_state END AS state,
    sum(p.sessions)::BIGINT AS sessions
FROM met_parts p LEFT JOIN certificates c ON c.id = p.key GROUP BY 1
"""

NOT_LOGGED = """
SELECT count(*) FROM connections WHERE session_uid IS NULL OR session_uid NOT IN (SELECT session_uid FROM logged_sessions)
"""
