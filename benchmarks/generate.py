"""Zeek logs of made-up traffic, as many sessions as one likes, always the same for one seed.

    python benchmarks/generate.py FOLDER [--sessions N] [--certificates K] [--days D] [--format tsv|json] [--gzip]
                                  [--style fingerprint|fuid] [--conn] [--split] [--seed S]

Writes ssl.log and x509.log (with ``--conn`` conn.log) as Zeek 6 does, or with ``--style fuid`` as Zeek 3 did, whose
sessions name certificates by file ids; ``--split`` makes a file an hour. The traffic has the proportions that matter
for speed: a few certificates in most sessions and a long tail met now and then by one to three clients or by many, TLS
1.3, resumption, failures, names that do not match, and one certificate in six that something is wrong with:
self-signed, expired, of a private or unknown issuer, valid for decades, with a tool's default subject.

Everything is a function of row number and seed, computed by DuckDB; the numbers stay the same for one version of it.
"""

from __future__ import annotations

import argparse
import gzip
import shutil
from dataclasses import dataclass
from pathlib import Path

import duckdb

START = 1_767_225_600  # 2026-01-01T00:00:00Z
CLIENTS = 6_000

ISSUERS = (
    "CN=R12,O=Let's Encrypt,C=US", "CN=E7,O=Let's Encrypt,C=US", "CN=WE1,O=Google Trust Services,C=US",
    "CN=WR2,O=Google Trust Services,C=US", "CN=Amazon RSA 2048 M02,O=Amazon,C=US",
    "CN=DigiCert Global G2 TLS RSA SHA256 2020 CA1,O=DigiCert Inc,C=US",
    "CN=Sectigo RSA Domain Validation Secure Server CA,O=Sectigo Limited,L=Salford,ST=Greater Manchester,C=GB",
    "CN=GlobalSign RSA OV SSL CA 2018,O=GlobalSign nv-sa,C=BE",
    "CN=Go Daddy Secure Certificate Authority - G2,OU=http://certs.godaddy.com/repository/,O=GoDaddy.com\\\\, Inc.,"
    "L=Scottsdale,ST=Arizona,C=US",
    "CN=Entrust OV TLS Issuing RSA CA 1,O=Entrust Limited,C=CA",
)  # fmt: skip
HOUSE = "CN=Example Issuing CA 2,OU=IT,O=Example Works,C=DE"
TOOLS = (
    "CN=AsyncRAT Server", "CN=Major Cobalt Strike,OU=AdvancedPenTesting,O=cobaltstrike,L=Somewhere,ST=Cyberspace,C=Earth",
    "CN=localhost,OU=IT,O=Acme Co,L=Springfield,ST=Denial,C=US", "CN=ubuntu", "O=Internet Widgits Pty Ltd,ST=Some-State,C=AU",
    "CN=192.168.1.1", "CN=qwertz,O=asdfgh,L=yxcvbn,C=DE", "CN=FGT60F,O=Fortinet,L=Sunnyvale,ST=California,C=US",
)  # fmt: skip

MACROS = r"""
CREATE MACRO pick(row_number, salt) AS (hash(row_number, salt, getvariable('seed')) >> 11)::DOUBLE / 9007199254740992;
CREATE MACRO among(items, row_number, salt) AS items[1 + (hash(row_number, salt, getvariable('seed')) % len(items))::INTEGER];
CREATE MACRO mark(letter, number) AS letter || substr(md5(concat(number, getvariable('seed'))), 1, 17);
CREATE MACRO dotted(number) AS concat_ws('.', (number >> 24) & 255, (number >> 16) & 255, (number >> 8) & 255, number & 255);
"""
CERTIFICATES = r"""
CREATE TABLE certificates AS
SELECT k, sha256(concat('leaf', k, getvariable('seed'))) AS fingerprint, kind, host, addresses, subject,
    CASE WHEN self_issued THEN subject WHEN kind = 'house' THEN getvariable('house')
        WHEN kind = 'unknown' THEN concat('CN=Appliance CA ', k % 97, ',O=Maker ', k % 31)
        ELSE among(getvariable('issuers'), k, 'issuer') END AS issuer,
    upper(substr(sha256(concat('serial', k, getvariable('seed'))), 1, 32)) AS serial,
    (getvariable('start') - 86400 * (1 + 60 * pick(k, 'age')) - CASE kind WHEN 'expired' THEN 86400 * 400 ELSE 0 END)::BIGINT
        AS not_before,
    (86400 * CASE WHEN self_issued THEN 3650 WHEN kind = 'long' THEN 1825 WHEN kind = 'expired' THEN 365
        ELSE 90 + 100 * (k % 2) END)::BIGINT AS lifetime,
    k % 3 = 0 AS elliptic, NOT self_issued AND kind <> 'unknown' AS has_names,
    CASE WHEN kind IN ('public', 'long') THEN 'ok' WHEN kind = 'expired' THEN 'certificate has expired'
        WHEN self_issued THEN 'self signed certificate' ELSE 'unable to get local issuer certificate' END AS validation,
    CASE WHEN self_issued THEN NULL ELSE (hash(issuer_salt) % 40)::INTEGER END AS intermediate,
    pick(k, 'tls13') < 0.55 AS offers_tls13,
    CASE WHEN NOT self_issued OR pick(k, 'port') < 0.6 THEN 443 ELSE among([8443, 4443, 8080, 993, 4782], k, 'port number')
        END AS port,
    kind <> 'public' OR pick(k, 'narrow') < 0.4 AS is_narrow, pick(k, 'wrong name') < 0.01 AS has_wrong_name
FROM (
    SELECT *, kind IN ('self-signed', 'tool') AS self_issued,
        CASE kind WHEN 'tool' THEN among(getvariable('tools'), k, 'tool')
            WHEN 'self-signed' THEN concat('CN=device-', k, ',O=Maker ', k % 31)
            ELSE concat('CN=', host, CASE WHEN k % 4 = 0 THEN concat(',O=Company ', k, ' Ltd,L=City ', k % 500, ',C=GB') ELSE '' END)
            END AS subject
    FROM (
        SELECT k, CASE WHEN k < 2000 OR draw < 0.84 THEN 'public' WHEN draw < 0.87 THEN 'house' WHEN draw < 0.93 THEN 'self-signed'
                WHEN draw < 0.94 THEN 'tool' WHEN draw < 0.96 THEN 'unknown' WHEN draw < 0.98 THEN 'expired' ELSE 'long' END AS kind,
            concat('www.', among(['blue', 'north', 'data', 'cloud', 'shop', 'news', 'media', 'green'], k, 'first'), '-',
                among(['river', 'works', 'point', 'store', 'labs', 'street', 'line'], k, 'second'), k,
                among(['.com', '.net', '.org', '.co.uk', '.de', '.io'], k, 'tld')) AS host,
            CASE WHEN k < 200 THEN 24 WHEN k < 5000 THEN 3 ELSE 1 END AS addresses, k // 50 AS issuer_salt
        FROM (SELECT range AS k, pick(range, 'kind') AS draw FROM range(getvariable('certificates')))
    )
);
CREATE TABLE intermediates AS
SELECT range::INTEGER AS n, sha256(concat('intermediate', range, getvariable('seed'))) AS fingerprint FROM range(40);
"""
SESSIONS = r"""
CREATE VIEW drawn AS
SELECT i, getvariable('start') + i * getvariable('seconds') / getvariable('sessions') AS ts,
    floor(getvariable('certificates') * pow(pick(i, 'certificate'), 3.5))::BIGINT AS k, pick(i, 'state') AS draw,
    pick(i, 'client') AS visitor, pick(i, 'address') AS address, pick(i, 'luck') AS luck
FROM range($low, $high) t(i);
CREATE VIEW sessions AS
SELECT i, ts, mark('C', i) AS uid,
    dotted((167772160 + CASE WHEN c.is_narrow THEN hash(k, (visitor * 3)::INTEGER) % getvariable('clients')
        ELSE (getvariable('clients') * pow(visitor, 1.5)) END)::BIGINT) AS client,
    (32768 + 28000 * luck)::INTEGER AS client_port,
    CASE WHEN c.kind = 'house' THEN dotted((171966464 + k % 4096)::BIGINT)
        ELSE dotted((755367936 + hash(k, (address * c.addresses)::INTEGER) % 400000000)::BIGINT) END AS server,
    c.port, CASE WHEN c.offers_tls13 AND luck < 0.85 THEN 'TLSv13' ELSE 'TLSv12' END AS version,
    CASE WHEN NOT c.has_names AND k % 5 <> 0 THEN NULL WHEN c.has_wrong_name THEN concat('alias', k, '.example.net')
        ELSE c.host END AS name,
    draw < 0.25 AS resumed, draw < 0.97 AS established, c.*
FROM drawn JOIN certificates c USING (k);
"""
SSL = r"""
SELECT ts, uid, client AS "id.orig_h", client_port AS "id.orig_p", server AS "id.resp_h", port AS "id.resp_p", version,
    CASE version WHEN 'TLSv13' THEN 'TLS_AES_128_GCM_SHA256' ELSE 'TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384' END AS cipher,
    'x25519' AS curve, name AS server_name, resumed, CASE WHEN NOT established THEN 'handshake_failure' END AS last_alert,
    CASE WHEN i % 3 = 0 THEN 'h2' END AS next_protocol, established,
    CASE WHEN resumed THEN 'CsijkI' ELSE 'CsxknGIti' END AS ssl_history, {chain},
    CASE WHEN shown THEN NOT has_wrong_name END AS sni_matches_cert, CASE WHEN shown THEN validation END AS validation_status
FROM (SELECT *, version = 'TLSv12' AND NOT resumed AS shown FROM sessions)
"""
CHAINS = {
    "fingerprint": """CASE WHEN shown THEN CASE WHEN intermediate IS NULL THEN [fingerprint]
            ELSE [fingerprint, (SELECT fingerprint FROM intermediates WHERE n = intermediate)] END END AS cert_chain_fps,
        [] AS client_cert_chain_fps""",
    "fuid": """CASE WHEN shown THEN CASE WHEN intermediate IS NULL THEN [mark('F', i)]
            ELSE [mark('F', i), mark('G', i)] END END AS cert_chain_fuids,
        [] AS client_cert_chain_fuids, CASE WHEN shown THEN subject END AS subject, CASE WHEN shown THEN issuer END AS issuer,
        NULL::VARCHAR AS client_subject, NULL::VARCHAR AS client_issuer""",
}
_DETAILS = r"""3 AS "certificate.version", serial AS "certificate.serial", subject AS "certificate.subject",
    issuer AS "certificate.issuer", not_before AS "certificate.not_valid_before",
    not_before + lifetime AS "certificate.not_valid_after",
    CASE WHEN elliptic THEN 'id-ecPublicKey' ELSE 'rsaEncryption' END AS "certificate.key_alg",
    CASE WHEN elliptic THEN 'ecdsa-with-SHA384' ELSE 'sha256WithRSAEncryption' END AS "certificate.sig_alg",
    CASE WHEN elliptic THEN 'ecdsa' ELSE 'rsa' END AS "certificate.key_type",
    CASE WHEN elliptic THEN 256 ELSE 2048 END AS "certificate.key_length",
    CASE WHEN NOT elliptic THEN '65537' END AS "certificate.exponent",
    CASE WHEN elliptic THEN 'prime256v1' END AS "certificate.curve",
    CASE WHEN has_names THEN [host, substr(host, 5)] END AS "san.dns", NULL::VARCHAR[] AS "san.uri", NULL::VARCHAR[] AS "san.email",
    NULL::VARCHAR[] AS "san.ip", is_ca AS "basic_constraints.ca", CASE WHEN is_ca THEN 0 END AS "basic_constraints.path_len",
    NOT is_ca AS host_cert, FALSE AS client_cert"""
_ISSUER_ROW = """concat('CN=Issuing CA ', $n) AS subject, 'CN=Root X1,O=Trust,C=US' AS issuer, '00' || $n AS serial,
    (getvariable('start') - 86400 * 900)::BIGINT AS not_before, (86400 * 3650)::BIGINT AS lifetime, FALSE AS elliptic,
    NULL::VARCHAR AS host, FALSE AS has_names, TRUE AS is_ca"""
X509 = {
    # Since Zeek 4.1 a certificate is logged once a day.
    "fingerprint": f"""SELECT ts, fingerprint, {_DETAILS} FROM (
        SELECT min(ts) AS ts, fingerprint, any_value(subject) AS subject, any_value(issuer) AS issuer,
            any_value(serial) AS serial, any_value(not_before) AS not_before, any_value(lifetime) AS lifetime,
            any_value(elliptic) AS elliptic, any_value(host) AS host, any_value(has_names) AS has_names, FALSE AS is_ca
        FROM sessions WHERE version = 'TLSv12' AND NOT resumed GROUP BY fingerprint, floor((ts - getvariable('start')) / 86400)
        UNION ALL SELECT getvariable('start') + day * 86400.0 + n, fingerprint, {_ISSUER_ROW.replace("$n", "n")}
        FROM intermediates, range((getvariable('seconds') / 86400)::BIGINT) d(day)
    ) ORDER BY ts""",
    # Before, every session logged every certificate that it showed, under file ids of its own.
    "fuid": f"""SELECT ts + part * 0.000001 AS ts, mark(CASE part WHEN 0 THEN 'F' ELSE 'G' END, i) AS id,
        {_DETAILS} FROM (
        SELECT i, ts, 0 AS part, subject, issuer, serial, not_before, lifetime, elliptic, host, has_names, FALSE AS is_ca
        FROM sessions WHERE version = 'TLSv12' AND NOT resumed
        UNION ALL SELECT i, ts, 1, {_ISSUER_ROW.replace("$n", "intermediate")}
        FROM (SELECT i, ts, intermediate FROM sessions
              WHERE version = 'TLSv12' AND NOT resumed AND intermediate IS NOT NULL)
    )""",
}
CONN = r"""
SELECT ts, uid, client AS "id.orig_h", client_port AS "id.orig_p", server AS "id.resp_h", port AS "id.resp_p", 'tcp' AS proto,
    CASE WHEN other THEN among(['dns', 'http', NULL, NULL], i, 'service') ELSE 'ssl' END AS service,
    0.1 + 3 * pick(i, 'duration') AS duration, 500 + (pick(i, 'out') * 9000)::INTEGER AS orig_bytes,
    1500 + (pick(i, 'in') * 90000)::INTEGER AS resp_bytes, 'SF' AS conn_state, TRUE AS local_orig, FALSE AS local_resp,
    0 AS missed_bytes, 'ShADadFf' AS history, 12 AS orig_pkts, 1500 AS orig_ip_bytes, 14 AS resp_pkts, 2500 AS resp_ip_bytes,
    NULL::VARCHAR[] AS tunnel_parents
FROM (SELECT *, FALSE AS other FROM sessions
      UNION ALL BY NAME SELECT * REPLACE (concat('D', substr(uid, 2)) AS uid), TRUE AS other FROM sessions)
"""

_TYPES = {"DOUBLE": "time", "BIGINT": "count", "INTEGER": "count", "BOOLEAN": "bool", "VARCHAR[]": "vector[string]"}


@dataclass(frozen=True, slots=True)
class Options:
    """What to write; the names are those of the command line."""

    sessions: int = 10_000_000
    certificates: int = 200_000
    days: int = 7
    format: str = "tsv"
    style: str = "fingerprint"
    gzip: bool = False
    conn: bool = False
    split: bool = False
    seed: int = 1


def generate(folder: Path, options: Options) -> list[Path]:
    """Write the logs; the files, ssl.log first. ``folder`` is made where it does not exist."""
    folder.mkdir(parents=True, exist_ok=True)
    files: list[Path] = []
    hours = 24 * options.days if options.split else 1
    for hour in range(hours):
        low, high = (options.sessions * each // hours for each in (hour, hour + 1))
        with _connection(options, low, high) as connection:
            for name, query in _logs(options):
                suffix = f".{hour // 24 + 1:02}-{hour % 24:02}" if options.split else ""
                path = folder / f"{name}{suffix}.log"
                _write(connection, query, path, name, options)
                files.append(_compressed(path) if options.gzip else path)
    return sorted(files)


def _logs(options: Options) -> list[tuple[str, str]]:
    chain = CHAINS[options.style]
    logs = [("ssl", SSL.replace("{chain}", chain)), ("x509", X509[options.style])]
    return [*logs, ("conn", CONN)] if options.conn else logs


def _connection(options: Options, low: int, high: int) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(config={"memory_limit": "6GB", "preserve_insertion_order": "true"})
    connection.execute("SET enable_progress_bar = false")
    variables = {
        "seed": options.seed, "start": START, "seconds": options.days * 86400, "sessions": options.sessions,
        "certificates": options.certificates, "clients": CLIENTS, "issuers": list(ISSUERS), "tools": list(TOOLS),
        "house": HOUSE,
    }  # fmt: skip
    for name, value in variables.items():
        connection.execute(f"SET VARIABLE {name} = $value", {"value": value})
    connection.execute(MACROS)
    connection.execute(CERTIFICATES)
    connection.execute(SESSIONS.replace("$low", str(low)).replace("$high", str(high)))
    return connection


def _write(connection: duckdb.DuckDBPyConnection, query: str, path: Path, name: str, options: Options) -> None:
    if options.format == "json":
        connection.execute(f"COPY ({query}) TO '{path}' (FORMAT json)")
        return
    described = connection.execute(f"DESCRIBE {query}").fetchall()
    body = path.with_suffix(".body")
    items = ", ".join(_as_text(column, kind) for column, kind, *_ in described)
    connection.execute(
        f"COPY (SELECT {items} FROM ({query})) TO '{body}' (FORMAT csv, DELIMITER '\t', QUOTE '', ESCAPE '', HEADER false)"
    )
    header = "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n"
    header += f"#path\t{name}\n#open\t2026-01-01-00-00-00\n"
    header += "#fields\t" + "\t".join(column for column, *_ in described) + "\n"
    header += "#types\t" + "\t".join(_TYPES.get(kind, "string") for _, kind, *_ in described) + "\n"
    with path.open("wb") as out, body.open("rb") as source:
        out.write(header.encode())
        shutil.copyfileobj(source, out, 1 << 22)
        out.write(b"#close\t2026-01-08-00-00-00\n")
    body.unlink()


def _as_text(column: str, kind: str) -> str:
    name = f'"{column}"'
    if kind.endswith("[]"):
        return f"""CASE WHEN {name} IS NULL THEN '-' WHEN len({name}) = 0 THEN '(empty)' ELSE array_to_string({name}, ',') END"""
    if kind == "BOOLEAN":
        return f"CASE WHEN {name} IS NULL THEN '-' WHEN {name} THEN 'T' ELSE 'F' END"
    if kind == "DOUBLE":
        return f"coalesce(printf('%.6f', {name}), '-')"
    return f"coalesce({name}::VARCHAR, '-')"


def _compressed(path: Path) -> Path:
    target = path.with_name(path.name + ".gz")
    with path.open("rb") as source, gzip.open(target, "wb", compresslevel=3) as out:
        shutil.copyfileobj(source, out, 1 << 22)
    path.unlink()
    return target


def main() -> None:
    parser = argparse.ArgumentParser(description="Zeek logs of made-up traffic")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--sessions", type=int, default=10_000_000)
    parser.add_argument("--certificates", type=int, default=200_000)
    parser.add_argument("--days", type=int, default=7)
    parser.add_argument("--format", choices=["tsv", "json"], default="tsv")
    parser.add_argument("--style", choices=["fingerprint", "fuid"], default="fingerprint")
    parser.add_argument("--seed", type=int, default=1)
    for flag in ("gzip", "conn", "split"):
        parser.add_argument(f"--{flag}", action="store_true")
    named = vars(parser.parse_args())
    folder = named.pop("folder")
    for path in generate(folder, Options(**named)):
        print(f"{path}  {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
