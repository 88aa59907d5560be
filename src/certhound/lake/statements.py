"""The lake's fixed statements. They name only tables and views of our own; whatever comes from outside is bound or read.

``segment_rows`` is the view over whatever is being read (see :mod:`.reading`): the columns of one file that were asked
for, one row a record; what a record states of a certificate stands in columns that begin with ``c_``. Part numbers name
the file that a row came from.
"""

from __future__ import annotations

TABLES = """
CREATE TABLE parts (part INTEGER, file VARCHAR, source VARCHAR, category VARCHAR, log_source VARCHAR);
CREATE TABLE contact_parts (
    part INTEGER, certificate_id VARCHAR, name VARCHAR, dst_ip VARCHAR, dst_port INTEGER, tls_state VARCHAR,
    transport VARCHAR, sessions BIGINT, established BIGINT, first_seen TIMESTAMP, last_seen TIMESTAMP, days UBIGINT,
    first_uid VARCHAR, last_uid VARCHAR, ja3 VARCHAR, ja3s VARCHAR, sensor_validation VARCHAR
);
CREATE TABLE pairs (certificate UBIGINT, contact UBIGINT, src_ip VARCHAR, sessions BIGINT);
CREATE TABLE fuid_hashes (fuid VARCHAR, id VARCHAR);
CREATE TABLE fuid_ids (fuid VARCHAR, id VARCHAR);
CREATE TABLE statements (
    part INTEGER, id VARCHAR, sha256 VARCHAR, sha1 VARCHAR, md5 VARCHAR, fuid VARCHAR, version INTEGER, serial VARCHAR,
    subject VARCHAR, issuer VARCHAR, not_before TIMESTAMP, not_after TIMESTAMP, key_type VARCHAR, key_bits INTEGER,
    curve VARCHAR, signature_algorithm VARCHAR, san_dns VARCHAR[], san_ip VARCHAR[], san_uri VARCHAR[],
    san_email VARCHAR[], is_ca BOOLEAN, path_len INTEGER, der VARCHAR, role VARCHAR, sensor_validation VARCHAR,
    first_seen TIMESTAMP, last_seen TIMESTAMP, records BIGINT
);
CREATE TABLE chains (certificate_id VARCHAR, chain VARCHAR[]);
CREATE TABLE connections (
    part INTEGER, session_uid VARCHAR, dst_ip VARCHAR, dst_port INTEGER, src_ip VARCHAR, transport VARCHAR,
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
INSERT INTO contact_parts SELECT $part::INTEGER, certificate_id, coalesce(sni, dst_host) AS name, dst_ip, dst_port,
    tls_state, transport, count(*), count(*) FILTER (tls_established IS DISTINCT FROM FALSE), min(time), max(time),
    bit_or(day_bit(time)), arg_min(session_uid, time), arg_max(session_uid, time), any_value(ja3), any_value(ja3s),
    any_value(cert_validation)
FROM tls_rows GROUP BY certificate_id, coalesce(sni, dst_host), dst_ip, dst_port, tls_state, transport
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
