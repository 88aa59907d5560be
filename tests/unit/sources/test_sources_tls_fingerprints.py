"""JA3, JA3S and JA4 against published values, and the rules between them.

Values: README of github.com/salesforce/ja3; technical_details/JA4.md and the tests of github.com/FoxIO-LLC/ja4.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from certhound.sources.tls_fingerprints import Carrier, alpn_mark, ja3, ja3_text, ja3s_text, ja4, ja4_text
from certhound.sources.tls_messages import ClientHello, ServerHello
from certhound.sources.tls_names import GREASE, cipher_name, version_name

CHROME = ClientHello(
    0x0303,
    (0x1301, 0x1302, 0x1303, 0xC02B, 0xC02F, 0xC02C, 0xC030, 0xCCA9, 0xCCA8, 0xC013, 0xC014, 0x9C, 0x9D, 0x2F, 0x35),
    (0x1B, 0, 0x33, 0x10, 0x4469, 0x17, 0x2D, 0x0D, 5, 0x23, 0x12, 0x2B, 0xFF01, 0x0B, 0x0A, 0x15),
    signatures=(0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601),
    versions=(0x0304, 0x0303),
    alpn=(b"h2", b"http/1.1"),
    server_name="example.com",
)
CHROME_RAW = (
    "t13d1516h2_002f,0035,009c,009d,1301,1302,1303,c013,c014,c02b,c02c,c02f,c030,cca8,cca9_"
    "0005,000a,000b,000d,0012,0015,0017,001b,0023,002b,002d,0033,4469,ff01_0403,0804,0401,0503,0805,0501,0806,0601"
)


@pytest.mark.parametrize(
    ("hello", "text", "print_"),
    [
        (
            ClientHello(
                769, (47, 53, 5, 10, 49161, 49162, 49171, 49172, 50, 56, 19, 4), (0, 10, 11), (23, 24, 25), (0,)
            ),
            "769,47-53-5-10-49161-49162-49171-49172-50-56-19-4,0-10-11,23-24-25,0",
            "ada70206e40642a3e4461f35503241d5",
        ),
        (
            ClientHello(769, (4, 5, 10, 9, 100, 98, 3, 6, 19, 18, 99)),
            "769,4-5-10-9-100-98-3-6-19-18-99,,,",
            "de350869b8c85de67a350c8d186f11e6",
        ),
    ],
)
def test_ja3_of_its_readme(hello: ClientHello, text: str, print_: str) -> None:
    assert (ja3_text(hello), ja3(hello)) == (text, print_)


def test_ja3s_is_the_servers_version_cipher_and_extensions() -> None:
    answer = ServerHello(771, 0x0304, 0x1301, (51, 43))
    assert ja3s_text(answer) == "771,4865,51-43"


def test_ja4_of_its_specification() -> None:
    assert ja4(CHROME) == "t13d1516h2_8daaf6152771_e5627efa2ab1"
    assert ja4_text(CHROME) == CHROME_RAW
    without = replace(CHROME, signatures=())
    assert ja4(without) == "t13d1516h2_8daaf6152771_6d807ffa2a79"
    assert ja4(replace(CHROME, server_name="127.0.0.1")).startswith("t13d")
    assert ja4(ClientHello(0x0301, ())) == "t10i000000_000000000000_000000000000"


@pytest.mark.parametrize(("carrier", "letter"), [(Carrier.TCP, "t"), (Carrier.QUIC, "q"), (Carrier.DTLS, "d")], ids=str)
def test_ja4_begins_with_what_carries_it(carrier: Carrier, letter: str) -> None:
    assert ja4(CHROME, carrier) == f"{letter}13d1516h2_8daaf6152771_e5627efa2ab1"


def test_ja4_of_chrome_over_quic() -> None:
    hello = replace(
        CHROME,
        ciphers=(0x1301, 0x1302, 0x1303),
        extensions=(0, 0x10, 0x0A, 0x0D, 0x1B, 0x2B, 0x2D, 0x33, 0x39, 0x4469),
        alpn=(b"h3",),
        signatures=(*CHROME.signatures, 0x0201),
    )
    assert ja4(hello, Carrier.QUIC) == "q13d0310h3_55b375c5d22e_cd85d2d88918"


def test_grease_counts_nowhere() -> None:
    """Clients strew reserved values into every list."""
    grease = 0x1A1A
    strewn = replace(
        CHROME,
        ciphers=(grease, *CHROME.ciphers),
        extensions=(grease, *CHROME.extensions, 0xFAFA),
        signatures=(*CHROME.signatures, grease),
        versions=(0xFAFA, *CHROME.versions),
        groups=(grease, 29),
    )
    assert ja4(strewn) == ja4(CHROME)
    assert ja3(strewn) == ja3(replace(CHROME, groups=(29,)))
    assert len(GREASE) == 16


@pytest.mark.parametrize(
    ("protocol", "mark"),
    [
        (b"h2", "h2"),
        (b"http/1.1", "h1"),
        (b"h", "hh"),
        (b"", "00"),
        (b"\xab", "ab"),
        (b" ", "20"),
        (b"\xab\xcd", "ad"),
        (b" a", "21"),
        (b"0\xab", "3b"),
        (b"a ", "60"),
        (b"01\xab\xcd", "3d"),
        (b"0\xab\xcd1", "01"),
    ],
)
def test_first_and_last_of_the_first_protocol(protocol: bytes, mark: str) -> None:
    assert alpn_mark(protocol) == mark
    assert ja4(replace(CHROME, alpn=(protocol,)))[8:10] == mark


@pytest.mark.parametrize(
    ("versions", "mark"),
    [
        ((0x0304, 0x0303), "13"),
        ((0x0303,), "12"),
        ((0x0302,), "11"),
        ((0x0301,), "10"),
        ((0x0300,), "s3"),
        ((0x0002,), "s2"),
        ((0xFEFF, 0xFEFD), "d2"),
        ((0xFEFC, 0xFEFD), "d3"),
        ((0xFEFF,), "d1"),
        ((0x1234,), "00"),
    ],
)
def test_the_highest_version_offered(versions: tuple[int, ...], mark: str) -> None:
    assert ja4(replace(CHROME, versions=versions))[1:3] == mark


def test_without_the_extension_the_messages_own_version_counts() -> None:
    assert ja4(replace(CHROME, versions=(), version=0x0301))[1:3] == "10"
    assert ja4(replace(CHROME, versions=(0x0A0A,), version=0x0302))[1:3] == "11"


def test_counts_stop_at_99() -> None:
    assert ja4(replace(CHROME, ciphers=(0x1301,) * 120, extensions=tuple(range(100, 230))))[4:8] == "9999"


@pytest.mark.parametrize(
    ("code", "name"),
    [
        (0x1301, "TLS_AES_128_GCM_SHA256"),
        (0xC030, "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"),
        (0x000A, "TLS_RSA_WITH_3DES_EDE_CBC_SHA"),
        (0xEEEE, "unknown-61166"),
    ],
)
def test_cipher_suites_have_ianas_names(code: int, name: str) -> None:
    assert cipher_name(code) == name


def test_drafts_of_tls_13_are_tls_13() -> None:
    assert [version_name(each) for each in (0x0303, 0x7F1C, 0xFEFD, 0x0999)] == [
        "1.2",
        "1.3",
        "dtls1.2",
        "unknown-2457",
    ]


def test_ja4s_of_its_specification_and_its_switch() -> None:
    server = pytest.importorskip("certhound.x509.ja4plus.server")
    assert server.ja4s("t", "13", 0x1301, (0x33, 0x2B), "00", True) == "t130200_1301_234ea6891581"
    assert server.ja4s("t", "12", 0xC030, (5, 0x17, 0xFF01, 0), "00", True) == "t120400_c030_4e8089b08790"
    assert server.ja4s("t", "12", 0xC030, (), "00", False) is None
