"""``certhound cert HOST:PORT``: what servers send, good ones and others."""

from __future__ import annotations

import json
import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import probe_servers as fake
import pytest
from command_line import run

from certhound.model.errors import UnreadableError, UsageError
from certhound.probe.ask import Served, _Handshake, ask
from certhound.probe.starttls import NAMES, PORTS, upgrades
from certhound.probe.target import Target, read_target
from certhound.x509.certificate import read_certificate

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl")
ANY = "-cipher ALL:@SECLEVEL=0"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A CA, an intermediate, leaves of several kinds, and the chain as a server sends it."""
    folder = tmp_path_factory.mktemp("servers")
    curve = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"
    ca = "-addext basicConstraints=critical,CA:TRUE"
    commands = (
        f"req -x509 {curve} -keyout root.key -out root.pem -subj /CN=root",
        f"req -x509 {curve} -keyout mid.key -out mid.pem -subj /CN=mid -CA root.pem -CAkey root.key {ca}",
        f"req -x509 {curve} -keyout leaf.key -out leaf.pem -subj /CN=leaf -CA mid.pem -CAkey mid.key"
        " -addext subjectAltName=DNS:localhost,DNS:other.example",
        "req -x509 -newkey rsa:1024 -nodes -sha1 -keyout weak.key -out weak.pem -subj /CN=weak",
        "req -x509 -newkey rsa:2048 -nodes -keyout rsa.key -out rsa.pem -subj /CN=rsa",
    )
    for command in commands:
        subprocess.run(["openssl", *command.split()], cwd=folder, check=True, capture_output=True)
    (folder / "sent.pem").write_text((folder / "mid.pem").read_text() + (folder / "root.pem").read_text())
    return folder


@pytest.fixture(autouse=True)
def _from_the_wire(monkeypatch: pytest.MonkeyPatch) -> None:
    """What OpenSSL parsed may not help: every chain here comes from the bytes on the wire."""
    monkeypatch.setattr(_Handshake, "_parsed", lambda self: ())


def at(port: int, **more: Any) -> Served:
    return ask(Target("localhost", port), timeout_s=more.pop("timeout_s", 20), **more)


def names(served: Served) -> list[str | None]:
    return [read_certificate(der).subject_cn for der in served.chain]


VERSIONS = {
    "1.0": f"-tls1 {ANY}",
    "1.1": f"-tls1_1 {ANY}",
    "1.2": "-tls1_2",
    "1.2 without forward secrecy": "-tls1_2 -cipher AES128-SHA",
    "1.3": "-tls1_3",
    "1.3 with AES-128": "-tls1_3 -ciphersuites TLS_AES_128_GCM_SHA256",
    "1.3 with ChaCha20": "-tls1_3 -ciphersuites TLS_CHACHA20_POLY1305_SHA256",
    "1.3 after a retry": "-tls1_3 -groups P-521",
}


@pytest.mark.parametrize("name", VERSIONS)
def test_every_version_gives_the_whole_chain_in_its_order(folder: Path, name: str) -> None:
    key = "rsa" if "without" in name else "leaf"
    options = f"-cert {key}.pem -key {key}.key -cert_chain sent.pem {VERSIONS[name]}"
    with fake.openssl_server(folder, *options.split()) as port:
        served = at(port)
    assert names(served) == [key, "mid", "root"]
    assert served.tls_version == name[:3]
    assert served.problem == ""
    assert served.cipher
    assert served.address == "127.0.0.1"


WEAK = {
    "a key of 1024 bits, signed by SHA-1": "-cert weak.pem -key weak.key -tls1 -cipher ALL:@SECLEVEL=0",
    "RC4 is gone, 3DES or CBC left": "-cert weak.pem -key weak.key -tls1_2 -cipher AES128-SHA:@SECLEVEL=0",
    "finite fields": "-cert weak.pem -key weak.key -tls1_2 -cipher DHE-RSA-AES128-SHA:@SECLEVEL=0",
}


@pytest.mark.parametrize("name", WEAK)
def test_weak_servers_are_asked_all_the_same(folder: Path, name: str) -> None:
    with fake.openssl_server(folder, *WEAK[name].split()) as port:
        assert names(at(port)) == ["weak"]


@pytest.mark.parametrize("version", ["-tls1_2", "-tls1_3"])
def test_a_server_that_wants_a_certificate_of_us(folder: Path, version: str) -> None:
    with fake.openssl_server(folder, *f"-cert leaf.pem -key leaf.key -Verify 1 {version}".split()) as port:
        served = at(port)
    assert names(served) == ["leaf"]


def _context(folder: Path, name: str = "leaf") -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / f"{name}.pem", folder / f"{name}.key")
    return context


# --- names -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("host", "name", "asked"),
    [
        ("localhost", None, "localhost"),
        ("localhost", "other.example", "other.example"),
        ("localhost", "bücher.example", "xn--bcher-kva.example"),
        ("127.0.0.1", None, None),
        ("127.0.0.1", "other.example", "other.example"),
        ("localhost", "192.0.2.1", None),
        ("::1", None, None),
    ],
)
def test_the_name_that_is_asked_for(folder: Path, host: str, name: str | None, asked: str | None) -> None:
    seen: list[str | None] = []
    context = _context(folder)
    context.sni_callback = lambda _socket, sni, _context: seen.append(sni)
    with fake.Server(fake.tls_after([], context), "::1" if ":" in host else "127.0.0.1") as server:
        target = Target(host, server.port, is_address=host != "localhost")
        served = ask(target, name, timeout_s=20)
        assert (seen, served.sni, server.accepted) == ([asked], asked, 1)


# --- STARTTLS --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("protocol", fake.SCRIPTS)
def test_starttls(folder: Path, protocol: str) -> None:
    with fake.Server(fake.tls_after(fake.SCRIPTS[protocol], _context(folder))) as server:
        served = at(server.port, starttls=protocol)
        assert server.problems == []
        assert server.accepted == 1
    assert names(served) == ["leaf"]
    assert served.protocol == protocol


OTHERS_SPEAK = sorted(fake.SCRIPTS.keys() - {"rdp", "imap", "nntp"})
"""openssl's client does not know Remote Desktop, and asks IMAP and NNTP for more before."""


@pytest.mark.parametrize("protocol", OTHERS_SPEAK)
def test_the_scripts_are_what_another_client_speaks_with(folder: Path, protocol: str) -> None:
    steps = [(pattern.replace(rb"\r\n", rb"\r?\n"), answer) for pattern, answer in fake.SCRIPTS[protocol]]
    with fake.Server(fake.tls_after(steps, _context(folder))) as server:
        words = ["openssl", "s_client", "-connect", f"127.0.0.1:{server.port}", "-starttls", protocol]
        words += ["-name" if "xmpp" in protocol else "-servername", "localhost"]
        done = subprocess.run(words, input=b"", capture_output=True, timeout=30, check=False)
        assert b"BEGIN CERTIFICATE" in done.stdout, (done.stderr, server.problems)


def test_every_protocol_is_listed_and_tested() -> None:
    assert set(upgrades()) == set(NAMES) == set(fake.SCRIPTS)
    assert set(PORTS.values()) <= set(NAMES)


REFUSALS: dict[str, tuple[str, list[fake.Step], str]] = {
    "smtp does not offer it": ("smtp", [(b"", b"220 x\r\n"), (rb"EHLO \S+\r\n", b"250 x\r\n")], "does not offer"),
    "smtp is busy": ("smtp", [(b"", b"421 come back later\r\n")], "421 come back later"),
    "something else answers": ("smtp", [(b"", b"SSH-2.0-OpenSSH_9.2\r\n")], "not what was expected"),
    "imap says no": ("imap", [(b"", b"* OK x\r\n"), (rb"a1 STARTTLS\r\n", b"a1 NO not today\r\n")], "NO not today"),
    "pop3 says no": ("pop3", [(b"", b"+OK\r\n"), (rb"STLS\r\n", b"-ERR no\r\n")], "-ERR no"),
    "ftp says no": ("ftp", [(b"", b"220 x\r\n"), (rb"AUTH TLS\r\n", b"502 no\r\n")], "502 no"),
    "ldap says no": ("ldap", [
        (rb"(?s)\x30\x1d.{29}", b"\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x02\x04\x00\x04\x00"),
    ], "protocolError"),
    "ldap that is none": ("ldap", [(rb"(?s)\x30\x1d.{29}", b"HTTP/1.1 400 Bad Request\r\n")], "no answer of LDAP"),
    "ldap of a great size": ("ldap", [(rb"(?s)\x30\x1d.{29}", b"\x30\x84\x7f\xff\xff\xff")], "too long"),
    "postgres says no": ("postgres", [(rb"(?s).{8}", b"N")], "does not offer TLS"),
    "mysql refuses the host": ("mysql", [(b"", b"\x17\x00\x00\x00\xff\x6a\x04Host is not allowed.")], "not allowed"),
    "mysql that is none": ("mysql", [(b"", b"\x05\x00\x00\x00\x0a8.0\x00")], "no greeting"),
    "rdp without TLS": ("rdp", [
        (rb"(?s).{19}", bytes.fromhex("030000130ed000001234000301080002000000")),
    ], "TLS is not allowed"),
    "rdp of old": ("rdp", [(rb"(?s).{19}", bytes.fromhex("0300000b06d00000123400"))], "its own encryption"),
    "xmpp without": ("xmpp", [
        (rb"(?:<\?xml[^>]*>)?<stream:stream [^>]*>", b"<stream:stream><stream:features/>"),
    ], "does not offer"),
    "a line without end": ("imap", [(b"", b"x" * 100_000)], "no end of a line"),
    "lines without end": ("smtp", [(b"", b"220-x\r\n" * 1000)], "more than 200 lines"),
    "it hangs up": ("pop3", [], "closed"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSALS)
def test_what_is_said_where_a_protocol_gives_no_tls(name: str) -> None:
    protocol, steps, words = REFUSALS[name]
    with fake.Server(lambda connection: fake.play(connection, steps)) as server, pytest.raises(UnreadableError) as told:
        at(server.port, starttls=protocol)
    assert words in str(told.value)
    assert told.value.check == "no-starttls"
    assert told.value.exit_code == 3


# --- servers of ill will ---------------------------------------------------------------------------------------------


def says(*parts: bytes, pause_s: float = 0.0, hold: bool = True) -> fake.Talk:
    """Reads the ClientHello, sends these bytes, waits."""

    def talk(connection: socket.socket) -> None:
        connection.recv(4096)
        for part in parts:
            connection.sendall(part)
            time.sleep(pause_s)
        if hold:
            connection.recv(4096)

    return talk


def test_a_certificate_that_openssl_refuses_is_given_byte_by_byte() -> None:
    odd = b"\x30\x0anot a cert"
    with fake.Server(says(fake.record(22, fake.server_hello() + fake.certificate_message(odd)))) as server:
        served = at(server.port)
    assert served.chain == (odd,)
    assert "the handshake failed" in served.problem


def test_a_chain_that_is_too_long_for_openssl_is_read_to_its_end() -> None:
    ders = [b"\x30\x82\x40\x00" + bytes(0x4000) for _ in range(20)]
    whole = fake.records(22, fake.server_hello() + fake.certificate_message(*ders))
    with fake.Server(says(whole[:9000], whole[9000:], pause_s=0.2)) as server:
        served = at(server.port)
    assert len(served.chain) == 20
    assert "handshake failed" in served.problem


def test_more_certificates_than_anybody_has() -> None:
    ders = [b"\x30\x01x"] * 500
    with fake.Server(says(fake.record(22, fake.server_hello() + fake.certificate_message(*ders)))) as server:
        served = at(server.port)
    assert len(served.chain) == 100


HELLO = fake.server_hello()
HOSTILE: dict[str, tuple[Callable[[], fake.Talk], str, str]] = {
    "no TLS": (lambda: says(b"HTTP/1.1 400 Bad Request\r\n\r\n"), "no-tls", "not TLS"),
    "nothing": (lambda: says(hold=False), "no-tls", "closed"),
    "silence": (says, "no-tls", "too long"),
    "a slow drip": (
        lambda: says(*[bytes((each,)) for each in fake.record(22, bytes(9000))], pause_s=0.05), "no-tls", "too long",
    ),
    "an empty list": (
        lambda: says(fake.record(22, fake.server_hello() + fake.certificate_message())), "no-certificate", "empty",
    ),
    "an alert": (lambda: says(fake.record(21, b"\x02\x70")), "no-certificate", "unrecognized_name"),
    "an old version": (lambda: says(fake.record(21, b"\x02\x46")), "no-certificate", "protocol_version"),
    "a message without end": (
        lambda: says(fake.record(22, HELLO + b"\x0b\xff\xff\xff"), *[fake.record(22, bytes(16_000))] * 400),
        "no-certificate", "",
    ),
    "data without end": (
        lambda: says(fake.record(22, HELLO), *[fake.record(21, b"\x01\x00")] * 3_000), "no-certificate", "",
    ),
    "a record that is cut": (lambda: says(fake.record(22, fake.server_hello())[:20], hold=False), "no-tls", ""),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_servers_that_mean_no_good(name: str) -> None:
    make, check, words = HOSTILE[name]
    with fake.Server(make()) as server, pytest.raises(UnreadableError) as told:
        at(server.port, timeout_s=1.5)
    assert told.value.check == check
    assert words in str(told.value)


def test_no_connection_and_no_address() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(UnreadableError, match="no connection") as told:
        ask(Target("127.0.0.1", port, is_address=True), timeout_s=5)
    assert told.value.check == "no-connection"
    with pytest.raises(UnreadableError) as told:
        ask(Target("no.such.host.invalid", 443), timeout_s=5)
    assert told.value.check == "no-address"


def test_a_resolver_that_does_not_answer_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    hung = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: hung.wait(60) or [])
    with pytest.raises(UnreadableError, match="no answer within") as told:
        ask(Target("slow.example", 443), timeout_s=0.2)
    hung.set()
    assert told.value.check == "no-address"


# --- what a user writes ----------------------------------------------------------------------------------------------

TARGETS: dict[str, Target | None] = {
    "example.com:443": Target("example.com", 443),
    "EXAMPLE.com.:8443": Target("example.com", 8443),
    "192.0.2.1:443": Target("192.0.2.1", 443, is_address=True),
    "[2001:db8::1]:443": Target("2001:db8::1", 443, is_address=True),
    "[fe80::1%eth0]:443": Target("fe80::1", 443, is_address=True, zone="eth0"),
    "bücher.example:443": Target("xn--bcher-kva.example", 443),
    "https://example.com/a/b?c=d:1": Target("example.com", 443),
    "https://user:word@example.com:8443/": Target("example.com", 8443),
    "https://[2001:db8::1]/": Target("2001:db8::1", 443, is_address=True),
    "ldaps://example.com": Target("example.com", 636),
    "example.com": None,
    "folder/file:1": None,
    "certificate.pem": None,
    "": None,
}  # fmt: skip


@pytest.mark.parametrize("text", TARGETS)
def test_targets(text: str) -> None:
    assert read_target(text) == TARGETS[text]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("example.com:0", "no port"),
        ("example.com:70000", "no port"),
        ("[2001:db8::1]", "[2001:db8::1]:443"),
        ("2001:db8::1:443", "[2001:db8::1]:443"),
        ("exa!mple.com:443", "no host name"),
        ("-x:443", "no host name"),
    ],
)
def test_what_is_nearly_a_target(text: str, words: str) -> None:
    with pytest.raises(UsageError) as told:
        read_target(text)
    assert words in str(told.value)


def test_the_command(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = "-cert leaf.pem -key leaf.key -cert_chain sent.pem"
    with fake.openssl_server(folder, *options.split()) as port:
        told = run(capsys, "cert", f"localhost:{port}", "--roots", folder / "root.pem", "--format", "json")
        answer = json.loads(told.out)
        assert told.code == 0
        assert (answer["verdict"], answer["reason"], answer["name"]) == ("trusted", "trusted", "localhost")
        assert answer["server"] == f"localhost:{port}"
        assert len(answer["sent_chain"]) == 3
        other = run(capsys, "cert", f"127.0.0.1:{port}", "--roots", folder / "root.pem", "--format", "json")
        assert json.loads(other.out)["reason"] == "wrong_name"
        text = run(capsys, "cert", f"localhost:{port}", "--roots", folder / "root.pem").out
    assert "Chain as sent" in text
    assert "1 leaf, issued by mid" in text
    assert "its root was sent too" in text


def test_exit_codes_and_words(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    refused = run(capsys, "cert", f"127.0.0.1:{port}")
    assert (refused.code, refused.out) == (3, "")
    assert "error[no-connection]" in refused.err
    assert run(capsys, "cert", "localhost:0").code == 2
    assert run(capsys, "cert", f"localhost:{port}", "--timeout", "0").code == 2
    assert run(capsys, "cert", f"localhost:{port}", "--name", "no name").code == 2
    nearly = run(capsys, "cert", "example.invalid")
    assert nearly.code == 3
    assert "example.invalid:443" in nearly.err


def test_a_file_of_that_name_comes_first(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("localhost:1").write_bytes((folder / "leaf.pem").read_bytes())
    answer = json.loads(run(capsys, "cert", "localhost:1", "--format", "json").out)
    assert answer["subject_cn"] == "leaf"
    assert "server" not in answer
    assert run(capsys, "cert", "localhost:1", "--starttls", "smtp").code == 2
