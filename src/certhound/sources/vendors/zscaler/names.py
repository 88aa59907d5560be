"""Names that fields of Zscaler's NSS feeds have in the vendor's templates; the administrator may choose others.

https://help.zscaler.com/zia/nss-feed-output-format-web-logs, github.com/zscaler/microsoft-resources
"""

from __future__ import annotations

from typing import NamedTuple


class Names(NamedTuple):
    """Names of a field as NSS variables and in key=value, CSV and JSON templates; in CEF; in LEEF."""

    plain: str
    cef: str = ""
    leef: str = ""


WEB: dict[str, Names] = {
    "client": Names("ClientIP clientip cip cltip clientIP src cintip cltintip", "src", "src"),
    "public": Names("clientpublicIP clientpublicip cpubip cltpubip sourceTranslatedAddress", "sourceTranslatedAddress",
                    "srcPostNAT"),
    "client_port": Names("clt_sport cltsourceport clientport spt", "spt", "srcPort"),
    "server": Names("serverip sip srvip dst", "dst", "dst"),
    "server_port": Names("srv_dport serverport dpt", "dpt", "dstPort"),
    "host": Names("hostname ehost host dhost", "dhost", "hostname"),
    "url": Names("url eurl request", "request", "url"),
    "user": Names("user login elogin suser username", "suser", "usrName"),
    "action": Names("action act", "act", "cat action"),
    "reason": Names("reason", "reason", "policy reason"),
    "protocol": Names("protocol proto appproto app", "app", "appproto proto"),
    "method": Names("requestmethod reqmethod requestMethod", "requestMethod", "reqmethod"),
    "status": Names("status respcode outcome", "outcome", "respcode"),
    "agent": Names("useragent eua ua requestClientApplication", "requestClientApplication", "useragent"),
    "referer": Names("refererURL ereferer referer requestContext", "requestContext", "referer"),
    "out": Names("requestsize reqsize", "out", "srcBytes"),
    "in": Names("responsesize respsize", "in", "dstBytes"),
    "id": Names("event_id recordid eventid externalId", "externalId", "recordid"),
    "category": Names("urlcategory urlcat", "cat", "urlcategory"),
    "threat": Names("threatname", "cs5", "threatname"),
    "owner": Names("devicehostname devicename", "devicehostname", "devicehostname"),
}  # fmt: skip
"""Fields of web logs."""

_SERVER = "srvtlsversion servertlsversion"
TLS: dict[str, str] = {
    "version": f"{_SERVER} clienttlsversion clttlsversion",
    "cipher": "srvsslcipher serversslcipher clientsslcipher cltsslcipher",
    "reused": "serversslsessreuse clientsslsessreuse cltsslsessreuse",
    "chain": "srvcertchainvalpass", "selfsigned": "is_sslselfsigned", "expired": "is_sslexpiredca",
    "untrusted": "is_ssluntrustedca", "revocation": "srvocspresult", "failure": "cltsslfailreason",
    "decrypted": "ssldecrypted", "policy": "externalspr externalsslpolicyreason", "ja4": "ja4_str ja4",
}  # fmt: skip
"""Fields about TLS, which are named alike in all templates."""

CSV: tuple[str, ...] = tuple(
    "time login proto url action appname appclass reqsize respsize stime ctime urlclass urlsupercat urlcat malwarecat "
    "threatname riskscore dlpeng dlpdict location dept cip sip reqmethod respcode ua ereferer ruletype rulelabel "
    "contenttype unscannabletype deviceowner devicehostname keyprotectiontype".split()
)
"""Columns of the feed output type CSV as the vendor presets it."""
