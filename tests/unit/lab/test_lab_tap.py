"""The tap parses real handshakes: openssl s_server on one side, real clients on the other."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from certhound.lab.certificates import Certificate, KeyRing, build_ca, issue, junk_subject, tools
from certhound.lab.clients import Clients
from certhound.lab.model import Class, Client, Protocols, Service
from certhound.lab.servers import PAGES, Servers, have_openssl
from certhound.lab.tap import Backend, Endpoint, Tap
from certhound.lab.wire import CLIENT, SERVER, Handshake, read_handshake

needs_openssl = pytest.mark.skipif(not have_openssl(), reason="openssl is missing")
NOW = datetime(2026, 9, 1, tzinfo=UTC)
KEYS = KeyRing(11)


def _chained() -> Certificate:
    rng, day = Random(1), timedelta(days=1)
    root = build_ca((("CN", "Root"),), KEYS.ec("root"), rng, NOW, 7000 * day)
    middle = build_ca((("CN", "Middle"),), KEYS.ec("middle"), rng, NOW, 900 * day, root)
    return issue(middle, (("CN", "a.example"),), KEYS.ec("leaf"), rng, ("a.example",), NOW, 90 * day)


CHAINED = _chained()
ODD = {
    kind: tools.malformed(Random(1), KEYS.rsa("m"), NOW, kind, junk_subject(Random(4))) for kind in tools.MALFORMATIONS
}


class Lane:
    """A tap before some servers, and clients that come through it."""

    def __init__(self, tap: Tap, places: dict[str, Endpoint]) -> None:
        self.tap, self.places, self.clients = tap, places, Clients()

    def visit(self, service: str, kind: Client, name: str | None = "a.example", resume: bool = False) -> Handshake:
        ends = ("127.0.0.1", self.places[service])
        self.clients.visit(kind, "c", service, name, ends, "page", resume)
        capture = self.tap.captures.get(timeout=15)
        found = read_handshake(capture.segments)
        assert found is not None
        if found.established:
            assert capture.sent(SERVER) > PAGES["page"]
        assert capture.client[0] == "127.0.0.1"
        return found


@pytest.fixture(scope="module")
def lane(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lane]:
    made = [
        Service("modern", "-", 1, CHAINED, Class.BENIGN, "s", "w", Protocols.MODERN),
        Service("old", "-", 2, tools.posh_c2(Random(1), KEYS.rsa("p"), NOW), Class.BENIGN, "s", "w", Protocols.OLD),
    ]
    made += [Service(kind, "-", 3, odd, Class.BENIGN, "s", "w") for kind, odd in ODD.items()]
    with Servers(tmp_path_factory.mktemp("lane")) as servers:
        backends = servers.start(made)
        tap = Tap()
        places = {key: tap.listen(("127.0.0.1", 0), Backend(backend)) for key, backend in backends.items()}
        with tap:
            yield Lane(tap, places)


@needs_openssl
def test_a_full_handshake_shows_name_suite_and_chain(lane: Lane) -> None:
    found = lane.visit("modern", Client.AGENT)
    assert found.established
    assert not found.resumed
    assert found.chain == [CHAINED.der, *CHAINED.chain]
    assert (found.version, found.server_name, found.next_protocol) == ("TLSv12", "a.example", "http/1.1")
    assert found.cipher is not None
    assert found.cipher.startswith("TLS_ECDHE_ECDSA_WITH_AES_")
    assert found.curve is not None
    assert found.history.startswith("CsxknGI")
    assert found.last_alert is None
    assert len(found.ja3 or "") == len(found.ja3s or "") == 32


@needs_openssl
def test_the_same_client_has_the_same_ja3_and_another_kind_another(lane: Lane) -> None:
    one, again, other = (lane.visit("modern", kind).ja3 for kind in (Client.IMPLANT, Client.IMPLANT, Client.AGENT))
    assert one == again != other


@needs_openssl
def test_tls_1_3_hides_the_certificate(lane: Lane) -> None:
    found = lane.visit("modern", Client.BROWSER)
    assert (found.version, found.established, found.resumed, found.chain) == ("TLSv13", True, False, [])
    assert found.history.startswith("Cs")


@needs_openssl
def test_a_resumed_session_shows_no_certificate(lane: Lane) -> None:
    assert not lane.visit("modern", Client.AGENT).resumed
    found = lane.visit("modern", Client.AGENT, resume=True)
    assert (found.resumed, found.established, found.chain) == (True, True, [])


@needs_openssl
@pytest.mark.parametrize(
    ("kind", "alert", "with_chain"),
    [
        (Client.STRICT, "unknown_ca", True),
        (Client.NARROW, "handshake_failure", False),
        (Client.ANCIENT, "protocol_version", False),
    ],
)
def test_failed_handshakes_end_with_their_alert(lane: Lane, kind: Client, alert: str, with_chain: bool) -> None:
    found = lane.visit("modern", kind)
    assert (found.established, found.last_alert, bool(found.chain)) == (False, alert, with_chain)
    assert found.history[-1] in "lL"


@needs_openssl
def test_an_old_client_gets_a_version_one_certificate(lane: Lane) -> None:
    found = lane.visit("old", Client.OLD_DOTNET, None)
    assert (found.version, found.established, found.server_name) == ("TLSv10", True, None)
    assert len(found.chain) == 1


@needs_openssl
def test_s_client_comes_through_too(lane: Lane) -> None:
    found = lane.visit("modern", Client.S_CLIENT)
    assert (found.established, found.version, found.server_name) == (True, "TLSv12", "a.example")


@needs_openssl
@pytest.mark.parametrize("kind", tools.MALFORMATIONS)
def test_openssl_serves_malformed_certificates_byte_for_byte(lane: Lane, kind: str) -> None:
    found = lane.visit(kind, Client.IMPLANT, None)
    assert found.established
    assert found.chain == [ODD[kind].der]


@pytest.mark.parametrize(
    "segments",
    [[], [(CLIENT, b"GET / HTTP/1.0\r\n\r\n")], [(SERVER, b"SSH-2.0-x\r\n")]],
)
def test_what_is_not_tls_is_no_handshake(segments: list[tuple[int, bytes]]) -> None:
    assert read_handshake(segments) is None


def test_a_message_that_contradicts_its_lengths_is_an_error() -> None:
    body = b"\x03\x03" + b"r" * 32 + b"\x40"  # a session id of 64 octets that are not there
    message = b"\x01" + len(body).to_bytes(3, "big") + body
    record = b"\x16\x03\x01" + len(message).to_bytes(2, "big") + message
    with pytest.raises(ValueError, match="cut short"):
        read_handshake([(CLIENT, record)])
