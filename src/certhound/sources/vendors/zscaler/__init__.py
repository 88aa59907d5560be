"""Zscaler Internet Access: NSS feeds of web, firewall and DNS logs as LEEF, CEF, CSV, key=value and JSON.

https://help.zscaler.com/zia/nss-feed-output-format-web-logs
"""

from __future__ import annotations

import base64
import binascii
import re
from urllib.parse import unquote

from certhound.sources.envelopes.page import Page
from certhound.sources.envelopes.reads import (
    Read,
    Source_,
    address,
    double,
    integer,
    moment,
    text,
    to_tls_version,
)
from certhound.sources.envelopes.record import Form, Record
from certhound.sources.envelopes.vendor import Log, Vendor
from certhound.sources.envelopes.web import decision, host_of, port_of, to_account, to_cipher, to_port, transport
from certhound.sources.vendors.zscaler.names import CSV, TLS, WEB

PLAIN, NESTED, CEF, LEEF = range(4)
"""How keys are named: by the templates, below ``event.``, by CEF, by LEEF."""

_WORDS = ("unknown", "none", "na", "n/a", "other", "-", "")
_UNSAID = frozenset(each for word in _WORDS for each in (word, word.upper(), word.capitalize()))
_YES = frozenset(("Yes", "YES", "yes", "True", "true", "1"))


def _keys(field: str, style: int) -> tuple[str, ...]:
    names = WEB[field]
    plain = names.plain.split()
    if style == NESTED:
        return tuple(f"event.{each}" for each in plain)
    if style in (CEF, LEEF):
        return tuple(dict.fromkeys((names.cef if style == CEF else names.leef).split() + plain))
    return tuple(plain)


class _Web:
    """What of a web record is told by several fields together, by one way of naming them."""

    def __init__(self, style: int) -> None:
        self.keys = {field: _keys(field, style) for field in WEB}
        prefix = "event." if style == NESTED else ""
        self.tls = {field: tuple(prefix + each for each in said.split()) for field, said in TLS.items()}
        self.packed = f"{prefix}b64url"
        self.told = frozenset(key for field in _TOLD for key in self.tls[field])

    def get(self, record: Record, field: str) -> str | None:
        return record.get(*self.keys[field])

    def said(self, record: Record, field: str) -> str | None:
        """A field about TLS, unless its value only says that nothing is known."""
        values = record.values
        for key in self.tls[field]:
            value = values.get(key)
            if value is not None and value not in _UNSAID:
                return value
        return None

    def url(self, record: Record) -> str | None:
        """The URL as logged; feeds that send it as base64 have it decoded."""
        url = record.get(*self.keys["url"])
        if url is None and (packed := record.get(self.packed)) is not None:
            try:
                return base64.b64decode(packed, validate=True).decode("utf-8", "replace")
            except (ValueError, binascii.Error):
                return packed
        return url

    def host(self, record: Record) -> str | None:
        """The host as logged, else that of the URL."""
        return host_of(record.get(*self.keys["host"])) or host_of(self.url(record))

    def port(self, record: Record) -> int | None:
        """The port as logged, in the URL, or that of the protocol."""
        stated = to_port(record.get(*self.keys["server_port"]))
        if stated:
            return stated
        url = self.url(record)
        protocol = record.get(*self.keys["protocol"]) or ""
        return (port_of(url) if url else None) or _PORTS.get(protocol.lower())

    def validation(self, record: Record) -> str | None:
        """The verdict on the chain, then what was wrong with the certificate, in words."""
        if self.told.isdisjoint(record.values):
            return None
        words = [self.said(record, "chain")]
        if self.said(record, "selfsigned") in _YES:
            words.append("self-signed")
        if self.said(record, "expired") in _YES:
            words.append("expired")
        untrusted = self.said(record, "untrusted")
        if untrusted in _YES or (untrusted or "").lower() == "fail":
            words.append("untrusted CA")
        if (self.said(record, "revocation") or "").lower() == "revoked":
            words.append("revoked")
        words.append(self.said(record, "failure"))
        return ", ".join(word for word in words if word) or None

    def state(self, record: Record) -> str | None:
        """Failed where Zscaler ended the handshake; re-signed where it decrypts."""
        if self.said(record, "failure"):
            return "failed"
        if (self.get(record, "action") or "").lower().startswith(("block", "denied", "drop")):
            verdict = self.validation(record)
            if verdict is not None and verdict.lower() != "pass":
                return "failed"
        return "resigned" if self.said(record, "decrypted") in _YES else None

    def resumed(self, record: Record) -> bool | None:
        """Whether the session was a resumed one, where that is known."""
        reused = self.said(record, "reused")
        return None if reused is None else reused in _YES

    def verdict(self, record: Record) -> str | None:
        """The threat's name, else the category of the URL."""
        threat = record.get(*self.keys["threat"])
        return threat if threat and threat not in _UNSAID else record.get(*self.keys["category"])

    def tells_tls(self, record: Record) -> bool:
        """Whether the record has any fact about TLS."""
        if (self.get(record, "protocol") or "").upper() == "SSL":
            return True
        return bool(self.said(record, "version") or self.said(record, "cipher") or self.validation(record))


_TOLD = ("chain", "selfsigned", "expired", "untrusted", "revocation", "failure")
_PORTS = {"https": 443, "ssl": 443, "http": 80, "ftp": 21}
_READERS = tuple(_Web(style) for style in range(4))


def _user(value: str) -> str | None:
    return to_account(unquote(value) if "%" in value else value)


def _words(value: str) -> str | None:
    """Text that feeds write with ``%HH``, unless it says nothing."""
    shown = (unquote(value) if "%" in value else value).strip()
    return None if shown in _UNSAID else shown


_TWO_DIGITS = re.compile(r"([A-Z][a-z]{2} +\d{1,2}) (\d\d \d\d:\d\d:\d\d)")


def _repaired(time: str) -> str:
    """Years of two digits, and a comma between date and time, as some templates write them."""
    if "," in time:
        return time.replace(",", " ")
    found = _TWO_DIGITS.fullmatch(time)
    return time if found is None else f"{found[1]} 20{found[2]}"


_TIMES = {
    PLAIN: moment("datetime", "time", "eventtime", "rt", "TimeGenerated", "epochtime", zones=("tz",), repair=_repaired),
    NESTED: moment(
        "event.datetime", "event.time", "event.eventtime", "event.epochtime", "time", zones=("event.tz",),
        repair=_repaired,
    ),
    CEF: moment("rt", "epochtime", "deviceCustomDate1", zones=("tz",), repair=_repaired),
    LEEF: moment("devTime", "epochtime", zones=("tz",), repair=_repaired),
}  # fmt: skip


def _columns(style: int, tls: bool) -> dict[str, Source_]:
    web = _READERS[style]
    keys = web.keys
    columns: dict[str, Source_] = {
        "event_type": text(*keys["reason"]),
        "event_id": text(*keys["id"]),
        "action": text(*keys["action"]),
        "outcome": decision(*keys["action"]),
        "src_ip": address(*keys["client"]),
        "src_port": integer(*keys["client_port"]),
        "src_nat_ip": address(*keys["public"]),
        "dst_ip": address(*keys["server"]),
        "dst_port": web.port,
        "transport": "tcp",
        "service": text(*keys["protocol"]),
        "bytes_out": integer(*keys["out"]),
        "bytes_in": integer(*keys["in"]),
        "user": Read(keys["user"], _user),
        "computer": Read(keys["owner"], _words),
        "dst_host": web.host,
        "url": web.url,
        "http_method": text(*keys["method"]),
        "http_status": integer(*keys["status"]),
        "user_agent": Read(keys["agent"], _words),
        "referrer": text(*keys["referer"]),
        "verdict": web.verdict,
    }
    if tls:
        columns |= {
            "tls_version": Read(web.tls["version"], _version),
            "cipher": Read(web.tls["cipher"], _suite),
            "ja4": text(*web.tls["ja4"]),
            "tls_resumed": web.resumed,
            "tls_state": web.state,
            "cert_validation": web.validation,
        }
    return columns


def _suite(value: str) -> str | None:
    return None if value in _UNSAID else to_cipher(value)


def _version(value: str) -> str | None:
    return None if value in _UNSAID else to_tls_version(value)


def _dns_type(value: str) -> str | None:
    """``A record`` and ``AAAA``."""
    return None if value in _UNSAID else value.removesuffix(" record").removesuffix(" Record").strip()


def _firewall(prefix: str, cef: bool) -> dict[str, Source_]:
    def keys(plain: str, named: str = "") -> tuple[str, ...]:
        return tuple((named.split() if cef else []) + [prefix + each for each in plain.split()])

    return {
        "event_type": text(*keys("rulelabel", "reason")),
        "action": text(*keys("action", "act")),
        "outcome": decision(*keys("action", "act")),
        "src_ip": address(*keys("csip clt_sip tsip", "src")),
        "src_port": integer(*keys("csport clt_sport", "spt")),
        "dst_ip": address(*keys("cdip srv_dip", "dst")),
        "dst_port": integer(*keys("cdport srv_dport", "dpt")),
        "src_nat_ip": address(*keys("ssip", "deviceTranslatedAddress")),
        "dst_nat_ip": address(*keys("sdip", "destinationTranslatedAddress")),
        "transport": transport(*keys("proto ipproto", "proto")),
        "service": text(*keys("nwsvc", "cs2")),
        "bytes_out": integer(*keys("outbytes", "out")),
        "bytes_in": integer(*keys("inbytes", "in")),
        "duration_s": double(*keys("duration")),
        "user": Read(keys("user login", "suser"), _user),
        "computer": Read(keys("devicehostname", "dvchost"), _words),
        "verdict": Read(keys("threatname", "cs6"), _words),
    }


def _dns(prefix: str, cef: bool) -> dict[str, Source_]:
    def keys(plain: str, named: str = "") -> tuple[str, ...]:
        return tuple((named.split() if cef else []) + [prefix + each for each in plain.split()])

    return {
        "event_type": text(*keys("reqrulelabel", "flexString1")),
        "action": text(*keys("reqaction action", "act")),
        "outcome": decision(*keys("reqaction action", "act")),
        "src_ip": address(*keys("clt_sip cip", "src")),
        "dst_ip": address(*keys("srv_dip sip", "dst")),
        "dst_port": integer(*keys("srv_dport sport", "dpt")),
        "dns_query": text(*keys("dns_req req", "cs5")),
        "dns_type": Read(keys("dns_reqtype reqtype", "cs4"), _dns_type),
        "dns_answers": Read(keys("dns_resp res", "cs6"), lambda value: [value]),
        "user": Read(keys("user login", "suser"), _user),
        "computer": Read(keys("devicehostname", "dvchost"), _words),
    }


def _other(prefix: str) -> dict[str, Source_]:
    return {
        "event_type": lambda record: record.values.get("sourcetype") or record.product or None,
        "action": text(f"{prefix}action", "act"),
        "user": Read((f"{prefix}user", f"{prefix}login", "suser", "usrName"), _user),
        "src_ip": address(f"{prefix}clientip", f"{prefix}sourceip", "src"),
    }


WEB_LOGS = tuple(Log("zscaler.nss_web", "http", _TIMES[style], _columns(style, False)) for style in range(4))
TLS_LOGS = tuple(Log("zscaler.nss_web", "tls", _TIMES[style], _columns(style, True)) for style in range(4))
FIREWALL = tuple(
    Log("zscaler.nss_fw", "connection", _TIMES[style], _firewall("event." if style == NESTED else "", style >= CEF))
    for style in range(4)
)
DNS = tuple(
    Log("zscaler.nss_dns", "dns", _TIMES[style], _dns("event." if style == NESTED else "", style >= CEF))
    for style in range(4)
)
OTHER = tuple(
    Log("zscaler.nss_other", "other", _TIMES[style], _other("event." if style == NESTED else "")) for style in range(4)
)

_CSV = re.compile(
    r'"?(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) [A-Z][a-z]{2} +\d{1,2} \d\d:\d\d:\d\d \d{4}"?,"?[^",]*"?,"?[A-Z_]{2,12}"?,'
)
_CLUES = ("urlsupercategory", "urlsupercat", "srvcertchainvalpass", "is_sslselfsigned", "clttlsversion")


def _kind(record: Record, kind: str, style: int) -> Log:
    if "fw" in kind:
        return FIREWALL[style]
    if "dns" in kind:
        return DNS[style]
    if any(each in kind for each in ("tunnel", "audit", "casb", "alert", "saas", "dlp", "ips", "sess")):
        return OTHER[style]
    return (TLS_LOGS if _READERS[style].tells_tls(record) else WEB_LOGS)[style]


def _of_text(record: Record) -> Log | None:
    """The vendor's preset of CSV: a time like ``Mon Jun 20 15:29:11 2022`` first, the protocol third."""
    if _CSV.match(record.text) is None:
        return None
    cells = record.cells()
    if len(cells) < 24:
        return None
    record.values = dict(zip(CSV, cells, strict=False))
    record.values |= {f"#{index + 1}": cells[index] for index in range(len(CSV), len(cells))}
    return _kind(record, "web", PLAIN)


def log_of(record: Record) -> Log | None:
    """LEEF and CEF by the vendor; the others by ``sourcetype``, ``vendor`` or fields that only NSS has."""
    form, values = record.form, record.values
    if form is Form.TEXT:
        return _of_text(record) if record.text[:4] in _DAYS else None
    if form in (Form.LEEF, Form.CEF):
        if record.vendor != "Zscaler" or not record.product.startswith("NSS"):
            return None
        return _kind(record, record.product.lower(), CEF if form is Form.CEF else LEEF)
    kind = values.get("sourcetype", "")
    prefix = "event." if "event.vendor" in values or "event.action" in values or "event.user" in values else ""
    if not kind.startswith("zscalernss"):
        vendor = values.get(f"{prefix}vendor", values.get("DeviceVendor", ""))
        if vendor != "Zscaler" and not any(prefix + each in values for each in _CLUES):
            return None
    if record.before[:1].isdecimal() or record.before[:4] in _DAYS:
        values.setdefault("datetime", record.before)
    return _kind(record, kind.removeprefix("zscalernss") or "web", NESTED if prefix else PLAIN)


_NAMES = ("Mon ", "Tue ", "Wed ", "Thu ", "Fri ", "Sat ", "Sun ")
_DAYS = frozenset((*_NAMES, *(f'"{day.strip()}' for day in _NAMES)))

VENDOR = Vendor(
    name="zscaler",
    title="Zscaler Internet Access (NSS feeds)",
    forms=frozenset({Form.LEEF, Form.CEF, Form.KEY_VALUE, Form.JSON, Form.TABLE, Form.TEXT}),
    log_of=log_of,
    logs=(*WEB_LOGS, *TLS_LOGS, *FIREWALL, *DNS, *OTHER),
    log_source_type="Zscaler Nss",
)

PAGE = Page(
    recognise=(
        "LEEF and CEF: vendor `Zscaler`, product `NSS`, `NSSWeblog`, `NSSFWlog`, `NSSDNSlog`.",
        "Key=value, JSON (flat, or below `event`) and CSV with a header: `sourcetype` `zscalernss-…`, `vendor` "
        "`Zscaler`, or fields that no other vendor has (`urlsupercategory`, `srvcertchainvalpass`).",
        "CSV without a header only in the order that the vendor presets; name the columns in a first line otherwise.",
    ),
    options=(
        "NSS feeds are written by the administrator, and no preset has the fields about certificates. Add to the feed "
        "output format of web logs: `srvcertchainvalpass`, `is_sslselfsigned`, `is_sslexpiredca`, `is_ssluntrustedca`, "
        "`srvocspresult`, `srvcertvalidationtype`, `srvcertvalidityperiod`, `srvwildcardcert`, `srvtlsversion`, "
        "`srvsslcipher`, `clienttlsversion`, `clientsslcipher`, `cltsslfailreason`, `ssldecrypted`, `externalspr`.",
        "For QRadar's LEEF preset append them as `\\tsrvcertchainvalpass=%s{srvcertchainvalpass}` and so on.",
        "Add `clt_sport`, `srv_dport` and `cpubip`, so that a record can be tied to a session of a sensor.",
        "Add `tz=%s{tz}`: the times of a feed are in its zone, and the text does not say which.",
    ),
    gaps=(
        "No NSS field names the certificate: there is neither subject, issuer, serial nor fingerprint, only verdicts.",
        "The verdicts are those on the server's certificate, which Zscaler saw; the client saw Zscaler's own.",
        "A record is a transaction: one TLS session that is inspected gives many. A record counts as a TLS session "
        "where it has a version, a cipher suite or a verdict, or is of protocol SSL.",
        "Which address a template calls the client's is its own choice: internal, as seen by the cloud, or public.",
        "URLs have no scheme; where a record has no port it is that of its protocol.",
        "`tls_version` and `cipher` are those between Zscaler and the server, else those of the client.",
        "Obfuscated fields (`ologin`, `ocip` …) are never taken for values.",
    ),
    references=(
        "Fields of web logs: <https://help.zscaler.com/zia/nss-feed-output-format-web-logs>",
        "Templates: <https://github.com/zscaler/microsoft-resources>",
    ),
)
