"""Squid's lines to names: the formats that ship by their columns, others by what their words look like.

http://www.squid-cache.org/Doc/config/logformat/. A ``logformat`` says nothing about itself in the log, so a word is
told by its shape (result codes, hierarchy, methods, ``TLS/1.2``, ``X509_V_ERR_…``, names ``/C=…/CN=…``) and by its
place beside others.
"""

from __future__ import annotations

import re
from urllib.parse import unquote

from certhound.sources.envelopes.reads import to_address

RESULT = re.compile(r"((?:TCP|UDP|NONE|TAG|ICP|HTCP)[A-Z_]*)(?:/(\d{1,3}))?(?::([A-Z_]+))?")
"""``TCP_MISS/200``, ``NONE_NONE``, ``TCP_MISS:HIER_DIRECT``."""

_HIERARCHY = re.compile(
    r"((?:HIER_|TIMEOUT_HIER_|PINNED|ORIGINAL_DST|[A-Z]+_PARENT|DIRECT|NONE|SIBLING_HIT|CLOSEST_)[A-Z_]*)/(\S+)"
)
_METHODS = frozenset(
    "GET POST CONNECT HEAD PUT DELETE OPTIONS PATCH TRACE PROPFIND PROPPATCH MKCOL COPY MOVE LOCK UNLOCK SEARCH PURGE "
    "REPORT NONE ICP_QUERY".split()
)
BUMP_MODES = frozenset("splice peek stare bump server-first client-first terminate".split())
_NATIVE = re.compile(
    r"\s*(\d{9,10}\.\d{1,6})\s+(-?\d+) (\S+) ([A-Z_]+)/(\d{1,3}) (\d+|-) (\S+) (\S+) (\S+) ([A-Z_]+)/(\S+) "
    r"(\S+)(?:\s+(.*))?"
)
_COMMON = re.compile(
    r'(\S+) (\S+) (\S+) \[([^\]]{10,40})\] "(\S+) (\S+)(?: (HTTP/[\d.]+))?" (\d{1,3}) (\d+|-)'
    r'(?: "((?:[^"\\]|\\.)*)" "((?:[^"\\]|\\.)*)")?(?: ([A-Z_]+):([A-Z_]+))?(?:\s+(.*))?'
)
_TIME = re.compile(r"\d{9,10}\.\d{1,6}|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\S*|\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d")
_ZONE = re.compile(r"[+-]\d{4}")
_PROTOCOL = re.compile(r"(?:HTTP/)?[0-3]\.\d")
_VERSION = re.compile(r"(?:TLS|SSL)/\d(?:\.\d)?")
_CIPHER = re.compile(
    r"TLS_[A-Z0-9_]{6,}|(?:ECDHE|DHE|ECDH|RSA|AES|CAMELLIA|PSK|ADH|DES|RC4|CHACHA20)[A-Z0-9]*-[A-Z0-9-]+"
)
_ERRORS = re.compile(r"(?:SQUID_)?X509_V_\w+@depth=\d+.*|SQUID_(?:ERR|X509)\S+")
_ERROR = re.compile(r"((?:ERR|SQUID|WITH|NONE|-)[A-Z_]*)/(\S+)")
_HOST = re.compile(r"(?=[^\s/]*[A-Za-z])[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)+\.?")
_MIME = re.compile(r"(?:text|image|application|audio|video|font|multipart|message|binary|chemical)/\S+")
_TYPES = "C|ST|S|L|O|OU|CN|DC|emailAddress|UID|serialNumber|street|SN|GN|T|businessCategory|jurisdiction[A-Z]*"
_NAME = re.compile(rf"(?:(?<=[\s,|;\"])|\A)(?=/(?:{_TYPES})=)")
_TYPE = re.compile(rf"/(?:{_TYPES})=")
_NAME_ENDS = re.compile(
    r"[\s,|;]+(?=-(?:[\s,|;/]|$)|X509_|SQUID_|ERR_|TLS/|SSL/|\d+\s*$|(?:none|splice|bump|peek|stare)\b)|\"(?=[\s,|;]|$)"
)
_QUOTE_ENDS = re.compile(r"\"(?=[\s,|;]|$)")
_WORDS = re.compile(r'"((?:[^"\\]|\\.)*)"|(\S+)')
_CELLS = re.compile(r'"((?:[^"\\]|\\.)*)"|([^,]+)')


def native(text: str) -> dict[str, str] | None:
    """A line of the format ``squid``, with whatever was put behind its last column."""
    found = _NATIVE.match(text)
    if found is None:
        return None
    time, elapsed, client, action, status, size, method, url, user, hierarchy, peer, mime, more = found.groups()
    values = {
        "time": time, "elapsed": elapsed, "client": client, "action": action, "status": status, "bytes": size,
        "method": method, "url": url, "user": user, "hierarchy": hierarchy, "server": peer, "mime": mime,
    }  # fmt: skip
    if more:
        for key, value in by_shape(more).items():
            if key not in values or key == "client":
                values[key if key != "client" else "extra"] = value
    return values


def common(text: str) -> dict[str, str] | None:
    """A line of the formats ``common`` and ``combined``; only where something in it is of a proxy."""
    found = _COMMON.match(text)
    if found is None:
        return None
    client, _, user, time, method, url, version, status, size, referer, agent, action, hierarchy, more = found.groups()
    if action is None and method != "CONNECT" and "://" not in url:
        return None
    stated = {
        "client": client, "user": user, "time": time, "method": method, "url": url, "protocol": version,
        "status": status, "bytes": size, "referer": referer, "agent": agent, "action": action, "hierarchy": hierarchy,
    }  # fmt: skip
    values = {key: value for key, value in stated.items() if value is not None}
    return by_shape(more) | values if more else values


def by_shape(text: str) -> dict[str, str]:
    """What the words of a line are, by what they look like; a word that looks like nothing is ``extra``."""
    values, text = _names(text)
    commas = text.count(",") > 4 and text.count(",") > text.count(" ")
    found = (_CELLS if commas else _WORDS).finditer(text)
    state = _Shapes(values, commas)
    for word in found:
        quoted = word[1] is not None
        state.take((word[1] or "") if quoted else word[2].strip(), quoted)
    return state.values


def _names(text: str) -> tuple[dict[str, str], str]:
    """Subject and issuer, which may hold blanks, quotes and commas, and the text without them."""
    values: dict[str, str] = {}
    for key in ("subject", "issuer"):
        start = _NAME.search(text)
        if start is None:
            break
        at = start.end()
        following = _NAME.search(text, at + 1)
        limit = len(text) if following is None else following.start()
        last = max((each.start() for each in _TYPE.finditer(text, at, limit)), default=at)
        quoted = text[at - 1 : at] == '"'
        ends = (_QUOTE_ENDS if quoted else _NAME_ENDS).search(text, last, limit)
        stop = limit if ends is None else ends.start()
        name = text[at:stop].strip(' ,|;"')
        values[key] = unquote(name) if "%" in name and " " not in name else name
        separator = "," if text[stop + quoted : stop + quoted + 1] == "," or text[stop - 1 : stop] == "," else " "
        rest = text[stop:].removeprefix('"') if quoted else text[stop:]
        text = f"{text[: at - quoted]}-{separator}{rest.lstrip(' ,')}"
    return values, text


class _Shapes:
    """Words in their order, and what they were taken for."""

    def __init__(self, values: dict[str, str], encoded: bool) -> None:
        self.values = values
        self.encoded = encoded
        self.last = ""

    def take(self, word: str, quoted: bool) -> None:
        """One word of the line."""
        kind = self._kind(word, quoted)
        self.last = kind
        if not kind or word in ("-", ""):
            return
        if self.encoded and "%" in word and kind != "url":
            word = unquote(word)
        self.values.setdefault(kind, word)

    def _kind(self, word: str, quoted: bool) -> str:
        values, last = self.values, self.last
        if quoted and " " in word and (parts := word.split())[0] in _METHODS and len(parts) > 1:
            values.setdefault("method", parts[0])
            values.setdefault("url", parts[1])
            return ""
        if last == "method":
            return "url"
        if word in _METHODS and "method" not in values:
            return "method"
        if word == "-":
            return "no referer" if quoted else _NOBODY.get(last, "-")
        if last == "url" and _PROTOCOL.fullmatch(word) is not None:
            return "protocol"
        if quoted and last in ("referer", "no referer"):
            return "agent"
        return self._by_text(word) or self._by_place(word, quoted)

    def _by_text(self, word: str) -> str:
        values = self.values
        result = RESULT.fullmatch(word)
        if result is not None and "action" not in values:
            values["action"] = result[1]
            if result[2]:
                values["status"] = result[2]
            if result[3]:
                values["hierarchy"] = result[3]
            return "result"
        hierarchy = _HIERARCHY.fullmatch(word)
        if hierarchy is not None and "hierarchy" not in values:
            values["hierarchy"] = hierarchy[1]
            if hierarchy[2] != "-":
                values["server"] = hierarchy[2]
            return "peer"
        if _TIME.match(word.lstrip("[")) and "time" not in values:
            return "time"
        if _ZONE.fullmatch(word.rstrip("]")) and self.last == "time":
            values["time"] = f"{values['time']} {word}".strip("[]")
            return "zone"
        for kind, shape in _SHAPES:
            if shape.fullmatch(word) is not None:
                return kind
        return "bump" if word in BUMP_MODES else ""

    def _by_place(self, word: str, quoted: bool) -> str:
        values, last = self.values, self.last
        if quoted and (" " in word or "/" in word):
            return "referer" if word.startswith(("http://", "https://")) else "agent"
        host, colon, port = word.rpartition(":")
        if to_address(word) is not None or (colon and port.isdecimal() and to_address(host) is not None):
            return "client" if "client" not in values else "server"
        if word.isdecimal():
            numbers = {"client": "client_port", "server": "server_port", "time": "elapsed", "result": "bytes"}
            return numbers.get(last) or ("status" if len(word) == 3 and "status" not in values else "extra")
        if last in ("url", "protocol"):
            return "user"
        if values.get("url", "").startswith("http://"):
            return "extra"  # the name of a request that is no TLS, whatever it is
        return "sni" if _HOST.fullmatch(word) else "extra"


_NOBODY = {"client": "client_port", "server": "server_port", "url": "user", "protocol": "user"}
_SHAPES = (("version", _VERSION), ("cipher", _CIPHER), ("errors", _ERRORS), ("error", _ERROR), ("mime", _MIME))
