"""XMPP: STARTTLS inside of a stream (RFC 6120, 5), for clients and between servers."""

from __future__ import annotations

import re
from html import escape

from certhound.probe.starttls import Refused, Upgrade
from certhound.probe.wire import TooMuch, Wire

_TLS = "urn:ietf:params:xml:ns:xmpp-tls"
_FEATURES = re.compile(rb"<(?:\w+:)?features[\s>].*?</(?:\w+:)?features\s*>|<(?:\w+:)?features[^>]*/>", re.DOTALL)
_ANSWER = re.compile(rb"<(?:\w+:)?(proceed|failure)[\s/>]|<(?:\w+:)?(error)[\s/>]|</(?:\w+:)?stream")
MAX_FEATURES = 64 * 1024


def _stream(namespace: str) -> Upgrade:
    def upgrade(wire: Wire, name: str) -> None:
        wire.send(
            f"<?xml version='1.0'?><stream:stream xmlns='{namespace}' xmlns:stream='http://etherx.jabber.org/streams'"
            f" to='{escape(name, quote=True)}' version='1.0'>".encode()
        )
        features = _until(wire, re.compile(_FEATURES.pattern + rb"|</(?:\w+:)?stream", re.DOTALL))
        if _TLS.encode() not in features:
            raise Refused("it does not offer STARTTLS")
        wire.send(f"<starttls xmlns='{_TLS}'/>".encode())
        answer = _ANSWER.search(_until(wire, _ANSWER))
        if answer is None or answer[1] != b"proceed":
            raise Refused("it refuses STARTTLS")

    return upgrade


def _until(wire: Wire, pattern: re.Pattern[bytes]) -> bytes:
    """What the server sends up to the end of the element in which a pattern is found."""
    got = b""
    while (found := pattern.search(got)) is None or b">" not in got[found.end() - 1 :]:
        if len(got) > MAX_FEATURES:
            raise TooMuch(f"no answer of XMPP within {MAX_FEATURES} bytes")
        got += wire.until(b">", MAX_FEATURES)
    return got


PROTOCOLS = {"xmpp": _stream("jabber:client"), "xmpp-server": _stream("jabber:server")}
