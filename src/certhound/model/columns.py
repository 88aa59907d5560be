"""The tables as data: every column with its type, meaning, and its names in ECS, OCSF and IBM's Ariel.

This is the one place where a column is named. Rules, queries, engines, sources, outputs and the documentation
read it; none keeps a list of its own. Times are UTC with microseconds; durations carry their unit in the name;
``list`` is a list of text; ``map`` maps text to text; absent (NULL) always means *no statement*.

Sources of the foreign names: Elastic Common Schema 9, OCSF 1.4 (class Network Activity and object TLS),
IBM QRadar's Ariel columns and the custom properties of IBM's own content (double-quoted in AQL).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from certhound.model.errors import ContentError, did_you_mean


class Kind(StrEnum):
    """The types a column or an expression can have."""

    TEXT = "text"
    INT = "int"
    DOUBLE = "double"
    BOOL = "bool"
    TIME = "time"
    INET = "inet"  # address as text; engines compare it by a 128-bit key
    LIST = "list"  # list of text
    MAP = "map"  # text to text
    BYTES = "bytes"
    NULL = "null"  # the type of a bare NULL; fits every other


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name and type, what it means in one sentence, and what others call it."""

    name: str
    kind: Kind
    meaning: str
    ecs: str = ""
    ocsf: str = ""
    ariel: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A table: its name, what one row is, and its columns in order."""

    name: str
    row: str
    columns: tuple[Column, ...]

    def names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    def find(self, name: str) -> Column | None:
        return _index(self.name).get(name)

    def column(self, name: str) -> Column:
        """The column of that name; an unknown one is a located-by-name error with the nearest names."""
        found = self.find(name)
        if found is None:
            raise ContentError(
                f"table {self.name} has no column {name!r}",
                check="unknown-column",
                advice=did_you_mean(name, self.names()),
            )
        return found


def _columns(kind: Kind, *rows: tuple[str, ...]) -> tuple[Column, ...]:
    return tuple(Column(row[0], kind, *row[1:]) for row in rows)


TEXT, INT, DOUBLE, BOOL, TIME, INET = Kind.TEXT, Kind.INT, Kind.DOUBLE, Kind.BOOL, Kind.TIME, Kind.INET
LIST, MAP, BYTES = Kind.LIST, Kind.MAP, Kind.BYTES

CATEGORIES: tuple[str, ...] = (
    "tls", "http", "dns", "connection", "process", "file", "registry", "script",
    "certificate_service", "mail", "click", "verdict", "ct_entry", "other",
)  # fmt: skip
"""Values of ``events.category``."""

TLS_STATES: tuple[tuple[str, str], ...] = (
    ("failed", "the handshake failed, so no session came about"),
    ("resigned", "an inspecting proxy re-signed the certificate; the server's own was not seen"),
    ("seen", "the server's certificate was seen"),
    ("resumed", "the session was resumed, so no certificate was sent"),
    ("hidden_ech", "Encrypted Client Hello hides the name, TLS 1.3 the certificate"),
    ("hidden_tls13", "TLS 1.3 encrypts the certificate"),
    ("not_logged", "a TLS connection for which the sensor logged no certificate and no reason"),
)
"""The ledger's states in order of precedence: the first that fits is the state of a session."""

_C = Column
EVENTS = Table(
    "events",
    "one log record",
    (
        _C("time", TIME, "when it happened, by the device", "@timestamp", "time", "devicetime"),
        _C("time_zone_known", BOOL, "false: the record carried no zone and the configured or default one was taken"),
        _C("source", TEXT, "format that read it, such as zeek.ssl", "event.dataset", "metadata.product.name", "devicetype"),
        _C("log_source", TEXT, "the device or sensor that wrote it", "observer.name", "metadata.loggers.name", "logsourceid"),
        _C("category", TEXT, "kind of record, one of CATEGORIES", "event.category", "category_name", "category"),
        _C("event_type", TEXT, "the source's word for the kind of record or activity", "event.action", "activity_name", "qid"),
        _C("event_id", TEXT, "the source's event number", "event.code", "metadata.event_code", '"EventID"'),
        _C("action", TEXT, "the source's own word for what was done", "event.action", "action", '"Action"'),
        _C("outcome", TEXT, "allow or block, derived from action", "event.outcome", "disposition"),
        _C("origin_file", TEXT, "file that the record was read from", "log.file.path", "metadata.log_name"),
        _C("origin_line", INT, "physical line in that file, from 1", "log.offset"),
        _C("origin_record", INT, "record in that file, from 1", "log.offset"),
        _C("payload", TEXT, "the raw record", "event.original", "raw_data", "payload"),
        _C("fields", MAP, "what the vendor sent and nobody normalised, under the vendor's names", "labels", "unmapped"),
        _C("parse_error", TEXT, "what in this record could not be read, if the rest could", "error.message"),
        _C("src_ip", INET, "client address, whoever wrote the record", "source.ip", "src_endpoint.ip", "sourceip"),
        _C("src_port", INT, "client port", "source.port", "src_endpoint.port", "sourceport"),
        _C("dst_ip", INET, "server address", "destination.ip", "dst_endpoint.ip", "destinationip"),
        _C("dst_port", INT, "server port", "destination.port", "dst_endpoint.port", "destinationport"),
        _C("src_nat_ip", INET, "client address after translation", "source.nat.ip", "src_endpoint.intermediate_ips", "postnatsourceip"),
        _C("dst_nat_ip", INET, "server address after translation", "destination.nat.ip", "", "postnatdestinationip"),
        _C("transport", TEXT, "tcp or udp", "network.transport", "connection_info.protocol_name", "protocolid"),
        _C("interface", TEXT, "the sensor's interface on which it was seen", "observer.ingress.interface.name", "device.interface_name"),
        _C("vlan", LIST, "VLAN ids, the outermost first", "network.vlan.id", "src_endpoint.vlan_uid"),
        _C("service", TEXT, "application protocols as the sensor names them, joined by commas", "network.protocol", "app_name"),
        _C("bytes_out", INT, "bytes from client to server", "source.bytes", "traffic.bytes_out", "sourcebytes"),
        _C("bytes_in", INT, "bytes from server to client", "destination.bytes", "traffic.bytes_in", "destinationbytes"),
        _C("duration_s", DOUBLE, "length of the connection in seconds", "event.duration", "duration"),
        _C("session_uid", TEXT, "the sensor's own id of the session", "event.id", "connection_info.uid"),
        _C("community_id", TEXT, "Community ID v1, computed where the five-tuple is whole", "network.community_id", "connection_info.community_uid"),
        _C("user", TEXT, "acting user as the source has it, with domain", "user.name", "actor.user.name", "username"),
        _C("target_user", TEXT, "user acted upon", "user.target.name", "user.name"),
        _C("computer", TEXT, "the machine the record is about", "host.name", "device.hostname", '"Machine Identifier"'),
        _C("dst_host", TEXT, "name contacted: SNI, Host header, CONNECT target, or host of the URL", "destination.domain", "dst_endpoint.hostname", '"URL Host"'),
        _C("url", TEXT, "as logged; may lack the scheme, may be host:443", "url.original", "http_request.url.url_string", '"URL"'),
        _C("http_method", TEXT, "request method", "http.request.method", "http_request.http_method"),
        _C("http_status", INT, "response status", "http.response.status_code", "http_response.code"),
        _C("user_agent", TEXT, "User-Agent header", "user_agent.original", "http_request.user_agent"),
        _C("referrer", TEXT, "Referer header", "http.request.referrer", "http_request.referrer"),
        _C("sni", TEXT, "server name of the ClientHello, and of nothing else", "tls.client.server_name", "tls.sni", '"tls server name indication"'),
        _C("tls_version", TEXT, "1.0 to 1.3, ssl2.0, ssl3.0, dtls1.0 to dtls1.3", "tls.version", "tls.version", '"TLS Version"'),
        _C("cipher", TEXT, "IANA name of the cipher suite", "tls.cipher", "tls.cipher"),
        _C("alpn", TEXT, "protocol agreed by ALPN", "tls.next_protocol", "tls.alert"),
        _C("ja3", TEXT, "JA3 of the ClientHello", "tls.client.ja3", "tls.ja3_hash.value", '"tls ja3 hash"'),
        _C("ja3s", TEXT, "JA3S of the ServerHello", "tls.server.ja3s", "tls.ja3s_hash.value", '"tls ja3s hash"'),
        _C("ja4", TEXT, "JA4 of the ClientHello", "tls.client.ja4", "tls.ja4_fingerprint_list"),
        _C("ja4s", TEXT, "JA4S as the sensor reports it (never computed by the core)", "tls.server.ja4s", "tls.ja4_fingerprint_list"),
        _C("tls_established", BOOL, "the handshake was completed", "tls.established"),
        _C("tls_resumed", BOOL, "the session was resumed", "tls.resumed"),
        _C("tls_state", TEXT, "the ledger's state of this session, one of TLS_STATES"),
        _C("certificate_id", TEXT, "row of certificates that the server presented"),
        _C("cert_chain", LIST, "ids of the whole chain, leaf first", "tls.server.certificate_chain", "tls.certificate_chain"),
        _C("cert_validation", TEXT, "the source's own verdict, in its words", "", "", '"suspect content descriptions"'),
        _C("cert_sha256", TEXT, "SHA-256 as the record states it", "tls.server.hash.sha256", "tls.certificate.fingerprints", '"Certificate SHA256"'),
        _C("cert_sha1", TEXT, "SHA-1 as the record states it", "tls.server.hash.sha1", "tls.certificate.fingerprints"),
        _C("cert_md5", TEXT, "MD5 as the record states it", "tls.server.hash.md5", "tls.certificate.fingerprints"),
        _C("cert_subject", TEXT, "subject, RFC 4514 order as the record states it", "tls.server.subject", "tls.certificate.subject", '"Certificate Subject"'),
        _C("cert_subject_cn", TEXT, "common name of the subject", "tls.server.x509.subject.common_name", "tls.certificate.subject"),
        _C("cert_issuer", TEXT, "issuer as the record states it", "tls.server.issuer", "tls.certificate.issuer", '"Certificate Issuer"'),
        _C("cert_issuer_cn", TEXT, "common name of the issuer", "tls.server.x509.issuer.common_name", "tls.certificate.issuer"),
        _C("cert_serial", TEXT, "serial, lower-case hex without leading zeros", "tls.server.x509.serial_number", "tls.certificate.serial_number", '"Certificate Serial Number"'),
        _C("cert_not_before", TIME, "start of validity", "tls.server.not_before", "tls.certificate.created_time"),
        _C("cert_not_after", TIME, "end of validity", "tls.server.not_after", "tls.certificate.expiration_time"),
        _C("cert_san", LIST, "subject alternative names of all kinds", "tls.server.x509.alternative_names", "tls.certificate.sans"),
        _C("cert_fuid", TEXT, "Zeek's file id of the leaf (older chains)", "zeek.files.fuid"),
        _C("cert_chain_fuids", LIST, "Zeek's file ids of the chain (older chains)"),
        _C("client_certificate_id", TEXT, "row of certificates that the client presented", "tls.client.hash.sha256"),
        _C("process", TEXT, "full path of the image where given", "process.executable", "process.file.path", '"Process Path"'),
        _C("pid", INT, "process id", "process.pid", "process.pid"),
        _C("command_line", TEXT, "command line", "process.command_line", "process.cmd_line", '"Process CommandLine"'),
        _C("parent_process", TEXT, "image of the parent", "process.parent.executable", "process.parent_process.file.path", '"Parent Process Path"'),
        _C("parent_pid", INT, "process id of the parent", "process.parent.pid", "process.parent_process.pid"),
        _C("parent_command_line", TEXT, "command line of the parent", "process.parent.command_line", "process.parent_process.cmd_line"),
        _C("process_hash", TEXT, "hashes of the image as the source writes them", "process.hash.sha256", "process.file.hashes"),
        _C("script", TEXT, "script block, joined over its parts", "powershell.file.script_block_text", "script.script_content", '"ScriptBlock Text"'),
        _C("file_path", TEXT, "file acted upon", "file.path", "file.path", '"File Path"'),
        _C("registry_key", TEXT, "registry key acted upon", "registry.key", "reg_key.path", '"Registry Key"'),
        _C("registry_value", TEXT, "registry value written", "registry.value", "reg_value.name"),
        _C("mail_from", TEXT, "header From", "email.from.address", "email.from", '"Sender"'),
        _C("mail_sender", TEXT, "envelope sender", "email.sender.address", "email.smtp_from"),
        _C("mail_to", TEXT, "recipients", "email.to.address", "email.to", '"Recipient"'),
        _C("mail_subject", TEXT, "header Subject", "email.subject", "email.subject", '"Subject"'),
        _C("mail_message_id", TEXT, "header Message-ID", "email.message_id", "email.message_uid"),
        _C("mail_urls", LIST, "links of the mail", "email.urls", "email.urls", '"Mail URLs"'),
        _C("verdict", TEXT, "a security product's judgement of a mail, URL or file", "event.reason", "verdict"),
        _C("dns_query", TEXT, "name asked for", "dns.question.name", "query.hostname", '"DNS Query"'),
        _C("dns_type", TEXT, "record type asked for", "dns.question.type", "query.type"),
        _C("dns_answers", LIST, "answers", "dns.answers.data", "answers.rdata"),
        _C("entry_type", TEXT, "Certificate Transparency: precertificate or certificate"),
        _C("log_index", INT, "Certificate Transparency: index in the log"),
        _C("log_timestamp", TIME, "Certificate Transparency: the log's own time"),
    ),
)  # fmt: skip

CERTIFICATES = Table(
    "certificates",
    "one distinct certificate",
    (
        _C("id", TEXT, "SHA-256; without it sha1:…, md5:…, or names: and a hash over issuer, serial, subject, validity"),
        _C("sha256", TEXT, "SHA-256 of the DER, lower-case hex", "x509.hash.sha256", "certificate.fingerprints"),
        _C("sha1", TEXT, "SHA-1 of the DER", "x509.hash.sha1", "certificate.fingerprints"),
        _C("md5", TEXT, "MD5 of the DER", "x509.hash.md5", "certificate.fingerprints"),
        _C("spki_sha256", TEXT, "SHA-256 of the SubjectPublicKeyInfo"),
        _C("ja4x", TEXT, "JA4X (FoxIO License 1.1; absent when that module is switched off)"),
        _C("structure", TEXT, "structural fingerprint: order of name attributes and extensions, validity arithmetic, serial shape"),
        _C("der", BYTES, "the certificate itself where known"),
        _C("version", INT, "1 to 3", "x509.version_number", "certificate.version"),
        _C("serial", TEXT, "lower-case hex without leading zeros", "x509.serial_number", "certificate.serial_number", '"Certificate Serial Number"'),
        _C("subject", TEXT, "RFC 4514", "x509.subject.distinguished_name", "certificate.subject", '"Certificate Subject"'),
        _C("subject_cn", TEXT, "common name", "x509.subject.common_name"),
        _C("issuer", TEXT, "RFC 4514", "x509.issuer.distinguished_name", "certificate.issuer", '"Certificate Issuer"'),
        _C("issuer_cn", TEXT, "common name", "x509.issuer.common_name"),
        _C("not_before", TIME, "start of validity", "x509.not_before", "certificate.created_time"),
        _C("not_after", TIME, "end of validity", "x509.not_after", "certificate.expiration_time"),
        _C("san_dns", LIST, "DNS names", "x509.alternative_names", "certificate.sans"),
        _C("san_ip", LIST, "addresses", "x509.alternative_names", "certificate.sans"),
        _C("san_uri", LIST, "URIs", "x509.alternative_names", "certificate.sans"),
        _C("san_email", LIST, "mail addresses", "x509.alternative_names", "certificate.sans"),
        _C("san_other", LIST, "other names: dirName:…, otherName:OID:…, registeredID:…", "x509.alternative_names", "certificate.sans"),
        _C("key_type", TEXT, "rsa, ec, ed25519, …, or an OID", "x509.public_key_algorithm"),
        _C("key_bits", INT, "size of the key", "x509.public_key_size"),
        _C("curve", TEXT, "named curve", "x509.public_key_curve"),
        _C("signature_algorithm", TEXT, "name or OID", "x509.signature_algorithm", "certificate.fingerprints.algorithm"),
        _C("is_ca", BOOL, "basic constraints say CA"),
        _C("path_len", INT, "basic constraints' path length"),
        _C("key_usage", LIST, "names of the bits set"),
        _C("ext_key_usage", LIST, "names or OIDs"),
        _C("aki", TEXT, "authority key identifier, hex"),
        _C("ski", TEXT, "subject key identifier, hex"),
        _C("policies", LIST, "policy OIDs"),
        _C("aia_ocsp", LIST, "OCSP responders"),
        _C("aia_issuers", LIST, "where the issuer's certificate is"),
        _C("crl_urls", LIST, "CRL distribution points"),
        _C("sct_count", INT, "embedded signed certificate timestamps"),
        _C("extension_oids", LIST, "OIDs in the order they stand"),
        _C("self_issued", BOOL, "subject equals issuer"),
        _C("self_signed", BOOL, "verifies with its own key; absent when there is no key to check"),
        _C("trust", TEXT, "public trust: trusted or untrusted"),
        _C("trust_reason", TEXT, "typed reason of the public verdict"),
        _C("house_trust", TEXT, "the organisation's own CAs: trusted or untrusted"),
        _C("house_trust_reason", TEXT, "typed reason of the house verdict"),
        _C("field_errors", MAP, "field to what was wrong with it"),
        _C("first_seen", TIME, "first time met"),
        _C("last_seen", TIME, "last time met"),
        _C("sources", LIST, "formats that showed it"),
        _C("fuid", TEXT, "Zeek's file id"),
        _C("entry_type", TEXT, "Certificate Transparency: precertificate or certificate"),
        _C("origin_file", TEXT, "where it was first met"),
        _C("origin_line", INT, "physical line, from 1"),
        _C("origin_record", INT, "record, from 1"),
        _C("resigned", BOOL, "issued by one of the organisation's inspection devices"),
        _C("role", TEXT, "leaf, issuer, client, or file: how it was met"),
        _C("sensor_validation", TEXT, "the sensor's own verdict; of several one that is not ok"),
        _C("sessions", INT, "TLS sessions in which a server presented it"),
        _C("clients", INT, "distinct clients that met it"),
        _C("destinations", INT, "distinct addresses that presented it"),
        _C("key_subjects", INT, "distinct subjects among the certificates met that have its key; absent where it is alone"),
    ),
)  # fmt: skip

CONTACTS = Table(
    "contacts",
    "one distinct certificate (or none) × name × destination",
    (
        _C("certificate_id", TEXT, "certificate presented; absent when none was seen"),
        _C("name", TEXT, "SNI, else the host contacted"),
        _C("dst_ip", INET, "server address", "destination.ip", "dst_endpoint.ip", "destinationip"),
        _C("dst_port", INT, "server port", "destination.port", "dst_endpoint.port", "destinationport"),
        _C("sessions", INT, "sessions"),
        _C("established", INT, "sessions whose handshake was completed (or whose source does not say)"),
        _C("clients", INT, "distinct clients"),
        _C("days", INT, "distinct UTC days"),
        _C("first_seen", TIME, "first session"),
        _C("last_seen", TIME, "last session"),
        _C("interval_median_s", DOUBLE, "median seconds between sessions of one client (where few clients meet it)"),
        _C("interval_mad_s", DOUBLE, "median absolute deviation of those seconds"),
        _C("interval_period_s", DOUBLE, "seconds of which most intervals are whole multiples, as where sessions were lost"),
        _C("interval_period_fit", DOUBLE, "share of the intervals that are near a whole multiple of it, 0 to 1"),
        _C("bytes_out_median", DOUBLE, "median of bytes sent by the client, from connection records"),
        _C("name_match", TEXT, "match, mismatch, common_name where only that fits, or absent where there is nothing to compare (RFC 9525)"),
        _C("expired_then", BOOL, "the certificate had expired when it was met"),
        _C("not_yet_valid_then", BOOL, "the certificate was not yet valid when it was met"),
        _C("trusted_then", BOOL, "publicly trusted at the time of use"),
        _C("dst_is_outside", BOOL, "the destination is not in the organisation's networks"),
        _C("name_is_own", BOOL, "the name is in the organisation's own domains"),
        _C("port_is_usual", BOOL, "the port is one on which TLS is ordinary"),
        _C("unvouched_here", INT, "most certificates nobody vouches for that one port of the address showed in a week, from 2"),
        _C("name_resolved_here", BOOL, "name servers gave this address for the name; absent where none was asked"),
        _C("tls_states", MAP, "sessions in each state"),
        _C("transport", TEXT, "tcp or udp"),
        _C("ja3", LIST, "JA3 met (few)"),
        _C("ja3s", LIST, "JA3S met (few)"),
        _C("sensor_validation", TEXT, "the sensor's own verdict; of several one that is not ok"),
    ),
)  # fmt: skip

TABLES: tuple[Table, ...] = (EVENTS, CERTIFICATES, CONTACTS)


@cache
def _index(table: str) -> dict[str, Column]:
    return {column.name: column for each in TABLES if each.name == table for column in each.columns}
