"""Links in the parts of a mail, and what stands behind the rewriters that gateways and services put around them.

Rewriters: Microsoft Safe Links, Proofpoint URL Defense (versions 1 to 3), Cisco Secure Web, Sophos, Barracuda,
Symantec, Trellix, and the redirects of Google, Bing, Facebook, LinkedIn, YouTube, Slack and others that carry their
target in the address. Mimecast's and other codes are keys of a database; those links stay as they are.
"""

from __future__ import annotations

import base64
import binascii
import html
import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from urllib.parse import parse_qs, unquote, urlsplit

MAX_LINKS = 1_000
"""More links of one mail are not looked at."""

MAX_UNWRAPPED = 6
"""How many rewriters around one another are taken off."""

_IN_TEXT = re.compile(r"https?://[^\s<>\"'`{}|\\^\u3000-\u303f]+", re.IGNORECASE)
_CLOSING = {")": "(", "]": "[", "}": "{"}
_ATTRIBUTE = re.compile(
    r"""\b(?:href|src|action|formaction|background|data-href)\s*=\s*(?:"([^"]{1,4096})"|'([^']{1,4096})'|([^\s>"']{1,4096}))""",
    re.IGNORECASE,
)
_REFRESH = re.compile(r"""content\s*=\s*["']?\s*\d+\s*;\s*url\s*=\s*["']?([^"'>\s]{1,4096})""", re.IGNORECASE)
_BASE = re.compile(r"""<base\s[^>]*href\s*=\s*["']?([^"'>\s]{1,2048})""", re.IGNORECASE)
_HIDDEN = re.compile(r"<(script|style)\b.*?</\1\s*>|<!--.*?-->", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(r"<[^>]*>")
_BREAKS = re.compile(r"[\t\r\n]")


def of_text(text: str) -> Iterator[str]:
    """Links in plain text; a closing bracket or full stop behind one is none of it."""
    for found in _IN_TEXT.finditer(text):
        yield _trimmed(found[0])


def of_html(text: str) -> Iterator[str]:
    """Links in HTML: of attributes and redirects, made whole by ``<base>``, and those that stand in its text."""
    shown = _HIDDEN.sub(" ", text) if "<script" in text or "<style" in text or "<!--" in text else text
    base = _BASE.search(shown)
    if base is not None:
        shown = shown[: base.start()] + shown[base.end() :]
    for pattern in (_ATTRIBUTE, _REFRESH):
        for found in pattern.finditer(shown):
            target = _BREAKS.sub("", html.unescape(next((each for each in found.groups() if each), ""))).strip()
            if target.lower().startswith(("http://", "https://")):
                yield target
            elif target.startswith("//"):
                yield f"https:{target}"
            elif base is not None and target and not re.match(r"[A-Za-z][A-Za-z0-9+.\-]*:|#", target):
                yield f"{html.unescape(base[1]).rstrip('/')}/{target.lstrip('/')}"
    yield from of_text(html.unescape(_TAG.sub(" ", shown)))


def _trimmed(link: str) -> str:
    while link:
        last = link[-1]
        opening = _CLOSING.get(last)
        if last in ".,;:!?*_~" or (opening is not None and link.count(opening) < link.count(last)):
            link = link[:-1]
        else:
            break
    return link


def unwrapped(link: str) -> str:
    """The link behind the rewriters; the link itself where none is known."""
    for _ in range(MAX_UNWRAPPED):
        inner = _inner(link)
        if inner is None or inner == link:
            break
        link = inner
    return link


@lru_cache(4096)
def _inner(link: str) -> str | None:
    """What is behind one rewriter; most links stand in a mail's text and in its HTML."""
    try:
        parts = urlsplit(link)
        host = (parts.hostname or "").lower()
        query = parse_qs(parts.query) if parts.query else {}
    except ValueError:
        return None
    for belongs, read in _REWRITERS:
        if belongs(host, parts.path):
            target = read(parts.path, query, link)
            if target is not None:
                return target if target.lower().startswith(("http://", "https://")) else f"http://{target}"
    return None


Query = dict[str, list[str]]
_Rewriter = tuple[Callable[[str, str], bool], Callable[[str, Query, str], str | None]]


def _host(*names: str, path: str = "") -> Callable[[str, str], bool]:
    """Whether the host is one of these or below it, and the path begins so."""
    dotted = tuple(f".{name}" for name in names)
    return lambda host, at: (host in names or host.endswith(dotted)) and at.startswith(path)


def _parameter(*names: str) -> Callable[[str, Query, str], str | None]:
    def read(_: str, query: Query, __: str) -> str | None:
        found = next((query[name][0] for name in names if query.get(name)), None)
        return found if found is not None and "." in found and " " not in found else None

    return read


def _google(host: str, path: str) -> bool:
    return re.fullmatch(r"(?:www\.)?google(?:\.[a-z]{2,3}){1,2}", host) is not None and path == "/url"


def _proofpoint_1_2(path: str, query: Query, _: str) -> str | None:
    found = query.get("u", [""])[0]
    if not found:
        return None
    return unquote(found.replace("-", "%").replace("_", "/")) if path.startswith("/v2/") else found


_RUNS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def _proofpoint_3(_: str, __: Query, link: str) -> str | None:
    """``__URL__;BYTES!!…``: each ``*`` in the URL stands for one of the bytes, ``**X`` for a run of them."""
    found = re.search(r"/v3/__(.+?)__;(.*?)!", link, re.DOTALL)
    if found is None:
        return None
    try:
        kept = base64.urlsafe_b64decode(found[2] + "=" * (-len(found[2]) % 4)).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        return None
    made: list[str] = []
    at = 0
    for piece in re.findall(r"\*\*[A-Za-z0-9_-]|\*|[^*]+", found[1]):
        size = _RUNS.index(piece[2]) + 2 if piece.startswith("**") else 1 if piece == "*" else 0
        made.append(kept[at : at + size] if size else piece)
        at += size
    # A path in a path loses one of two slashes on its way.
    return re.sub(r"^(https?):/([^/])", r"\1://\2", "".join(made))


def _base64_parameter(name: str, skip: int = 0) -> Callable[[str, Query, str], str | None]:
    def read(_: str, query: Query, __: str) -> str | None:
        found = query.get(name, [""])[0][skip:]
        try:
            target = base64.urlsafe_b64decode(found + "=" * (-len(found) % 4)).decode("utf-8")
        except (binascii.Error, ValueError):
            return None
        return target if re.match(r"https?://\S+$", target) else None

    return read


def _behind(path: str, _: Query, __: str) -> str | None:
    """A URL at the end of the path, as one word."""
    found = re.search(r"/(https?%3a%2f%2f.+)$", path, re.IGNORECASE)
    return unquote(found[1]) if found is not None else None


_REWRITERS: tuple[_Rewriter, ...] = (
    (_host("safelinks.protection.outlook.com", "safelinks.protection.office365.us"), _parameter("url")),
    (_host("urldefense.com", "urldefense.proofpoint.com", "urldefense.us", path="/v3/"), _proofpoint_3),
    (_host("urldefense.com", "urldefense.proofpoint.com", "urldefense.us"), _proofpoint_1_2),
    (_host("secure-web.cisco.com"), _behind),
    (_host("protection.sophos.com"), _base64_parameter("u")),
    (_host("cudasvc.com"), _parameter("a")),
    (_host("clicktime.symantec.com", "clicktime.cloud.postoffice.net"), _parameter("u", "url")),
    (_host("fireeye.com", "trellix.com", "emailprotection.link", path="/url"), _parameter("u")),
    (_host("linkprotect.trendmicro.com", "ctp.trendmicro.com"), _parameter("url")),
    (_google, _parameter("q", "url")),
    (_host("google.com", path="/amp/s/"), lambda path, _, __: unquote(path.removeprefix("/amp/s/"))),
    (_host("bing.com", path="/ck/a"), _base64_parameter("u", skip=2)),
    (_host("facebook.com", "instagram.com", "l.wl.co", path="/"), _parameter("u")),
    (_host("linkedin.com", path="/safety/go"), _parameter("url")),
    (_host("linkedin.com", path="/redir"), _parameter("url")),
    (_host("youtube.com", path="/redirect"), _parameter("q")),
    (_host("slack-redir.net"), _parameter("url")),
    (_host("duckduckgo.com", path="/l/"), _parameter("uddg")),
    (_host("t.umblr.com", path="/redirect"), _parameter("z")),
    (_host("vk.com", path="/away.php"), _parameter("to")),
    (_host("steamcommunity.com", path="/linkfilter"), _parameter("url", "u")),
    (_host("statics.teams.cdn.office.net", path="/evergreen-assets/safelinks"), _parameter("url")),
)
