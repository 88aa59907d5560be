"""Linux hosts: audit records in all their spellings, laurel, Auditbeat, and programs that tell in syslog what they ran.

The records are built from the formats' documentation.
"""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some
from vendor_rows import rows_of

from certhound.sources.vendors.auditd.events import Assembler
from certhound.sources.vendors.auditd.records import read, socket_address

EXEC = [
    "type=SYSCALL msg=audit(1790000000.123:77): arch=c000003e syscall=59 success=yes exit=0 a0=1 a1=2 a3=8 items=2 "
    'ppid=10 pid=11 auid=1000 uid=0 gid=0 euid=0 suid=0 fsuid=0 egid=0 sgid=0 fsgid=0 tty=pts0 ses=1 comm="openssl" '
    'exe="/usr/bin/openssl" key="cert"',
    'type=EXECVE msg=audit(1790000000.123:77): argc=5 a0="openssl" a1="req" a2="-x509" a3="-subj" '
    "a4=2F434E3D7777772E6578616D706C65206F6E65",
    'type=CWD msg=audit(1790000000.123:77): cwd="/root"',
    'type=PATH msg=audit(1790000000.123:77): item=0 name="/usr/bin/openssl" inode=1 nametype=NORMAL',
    "type=PROCTITLE msg=audit(1790000000.123:77): proctitle=6F70656E73736C00726571",
    "type=EOE msg=audit(1790000000.123:77): ",
]
CONNECT = [
    "type=SYSCALL msg=audit(1790000001.500:78): arch=c000003e syscall=42 success=no exit=-115 items=0 ppid=10 pid=12 "
    'auid=4294967295 uid=33 comm="openssl" exe="/usr/bin/openssl" key="net"',
    "type=SOCKADDR msg=audit(1790000001.500:78): saddr=020001BBC63364070000000000000000",
    "type=PROCTITLE msg=audit(1790000001.500:78): proctitle=6F70656E73736C00735F636C69656E74",
]
CREATED = [
    "type=SYSCALL msg=audit(1790000002.000:79): arch=c000003e syscall=257 success=yes exit=3 items=2 ppid=10 pid=13 "
    'auid=1000 uid=0 comm="openssl" exe="/usr/bin/openssl" key="certfile"',
    'type=CWD msg=audit(1790000002.000:79): cwd="/etc/nginx"',
    'type=PATH msg=audit(1790000002.000:79): item=0 name="ssl/" nametype=PARENT',
    'type=PATH msg=audit(1790000002.000:79): item=1 name="ssl/key.pem" nametype=CREATE',
]
LOGIN = [
    'type=USER_LOGIN msg=audit(1790000003.000:80): pid=9 uid=0 auid=4294967295 ses=1 msg=\'op=login acct="root" '
    'exe="/usr/sbin/sshd" hostname=? addr=203.0.113.9 terminal=ssh res=failed\'',
]
ALL = [*EXEC, *CONNECT, *CREATED, *LOGIN]


def text(lines: list[str]) -> str:
    return "\n".join(lines) + "\n"


def by_serial(rows: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {row["event_id"]: row for row in rows}


def checked(rows: list[dict[str, Any]]) -> None:
    of = by_serial(rows)
    assert {serial: row["category"] for serial, row in of.items()} == {
        "77": "process", "78": "connection", "79": "file", "80": "other",
    }  # fmt: skip
    run, connect, created, login = (of[serial] for serial in ("77", "78", "79", "80"))
    assert run["command_line"] == "openssl req -x509 -subj /CN=www.example one"
    assert (run["process"], run["pid"], run["parent_pid"]) == ("/usr/bin/openssl", 11, 10)
    assert (run["user"], run["action"], run["event_type"], run["time"]) == (
        "1000", "syscall", "execve", "2026-09-21T14:13:20.123000Z",
    )  # fmt: skip
    assert (connect["dst_ip"], connect["dst_port"], connect["user"]) == ("198.51.100.7", 443, "33")
    assert connect["command_line"] == "openssl s_client"
    assert (created["file_path"], created["event_type"]) == ("/etc/nginx/ssl/key.pem", "openat")
    assert created["fields"]["key"] == "certfile"
    assert (login["src_ip"], login["target_user"], login["action"]) == ("203.0.113.9", "root", "user_login")
    assert sum(row["parts"] for row in rows) == len(ALL)


def test_records_of_an_event_are_one_row(tmp_path: Path) -> None:
    rows, rejected = rows_of(text(ALL), tmp_path)
    assert not rejected
    checked(rows)


@pytest.mark.parametrize("seed", range(8))
def test_records_interleave_and_come_in_any_order(seed: int, tmp_path: Path) -> None:
    lines = ALL.copy()
    random.Random(seed).shuffle(lines)
    rows, rejected = rows_of(text(lines), tmp_path)
    assert not rejected
    checked(rows)


@pytest.mark.parametrize(
    "around",
    [
        "node=web01 {}",
        "<13>Sep 21 14:13:21 web01 audispd: node=web01 {}",
        "Sep 21 14:13:21 web01 audisp-syslog: {}",
        "<14>1 2026-09-21T14:13:21Z web01 audispd - - - {}",
    ],
)
def test_on_their_way_through_syslog(around: str, tmp_path: Path) -> None:
    rows, rejected = rows_of(text([around.format(line) for line in ALL]), tmp_path)
    assert not rejected
    checked(rows)
    assert {row["computer"] for row in rows} == {"web01"}


def test_two_hosts_may_use_one_serial(tmp_path: Path) -> None:
    rows, _ = rows_of(text([f"node={host} {line}" for line in EXEC for host in ("a", "b")]), tmp_path)
    assert sorted(row["computer"] for row in rows) == ["a", "b"]
    assert [row["parts"] for row in rows] == [len(EXEC)] * 2


@pytest.mark.parametrize("separator", ["\x1d", "", "#035", "\\x1d"])
def test_fields_that_auditd_interpreted(separator: str, tmp_path: Path) -> None:
    enriched = f'{EXEC[0]}{separator}ARCH=x86_64 SYSCALL=execve AUID="bob" UID="root"'
    rows, _ = rows_of(text([enriched, *EXEC[1:]]), tmp_path)
    assert (rows[0]["user"], rows[0]["event_type"]) == ("bob", "execve")
    assert rows[0]["fields"]["key"] == "cert"


def test_a_long_argument_is_cut_into_pieces(tmp_path: Path) -> None:
    value = "-subj=/CN=ä" + "x" * 40
    coded = value.encode().hex().upper()
    head = "type=EXECVE msg=audit(1790000000.123:77):"
    cut = 2 * len(b"-subj=/CN=") + 2  # in the middle of a character
    lines = [f'{head} argc=3 a0="openssl" a1_len=99 a1[0]={coded[:cut]}', f'{head} a1[1]={coded[cut:]} a2="-x509"']
    rows, _ = rows_of(text([EXEC[0], *lines]), tmp_path)
    assert rows[0]["command_line"] == f"openssl {value} -x509"


def test_the_kernel_writes_types_as_numbers(tmp_path: Path) -> None:
    lines = [
        line.replace("type=SYSCALL msg=", "audit: type=1300 ").replace("type=SOCKADDR msg=", "audit: type=1306 ")
        for line in CONNECT[:2]
    ]
    rows, _ = rows_of(text([f"Sep 21 14:13:21 web01 kernel: [ 1.2] {line}" for line in lines]), tmp_path)
    assert (rows[0]["dst_ip"], rows[0]["event_type"], rows[0]["parts"]) == ("198.51.100.7", "connect", 2)


INTERPRETED = """----
type=PROCTITLE msg=audit({date} 14:13:20.123:77) : proctitle=openssl req -x509
type=PATH msg=audit({date} 14:13:20.123:77) : item=0 name=/usr/bin/openssl inode=1 nametype=NORMAL
type=EXECVE msg=audit({date} 14:13:20.123:77) : argc=3 a0=openssl a1=req a2=-subj /CN=a b
type=SYSCALL msg=audit({date} 14:13:20.123:77) : arch=x86_64 syscall=execve success=yes exit=0 ppid=10 pid=11 """ + (
    "auid=bob uid=unknown(1001) comm=openssl exe=/usr/bin/openssl key=cert\n"
)


@pytest.mark.parametrize("date", ["09/21/26", "21/09/26", "09/21/2026", "2026-09-21"])
def test_what_ausearch_prints(date: str, tmp_path: Path) -> None:
    rows, rejected = rows_of(INTERPRETED.replace("{date}", date), tmp_path, {"auditd": "Europe/Berlin"})
    assert not rejected
    assert len(rows) == 1
    assert (rows[0]["command_line"], rows[0]["user"], rows[0]["pid"]) == ("openssl req -subj /CN=a b", "bob", 11)
    assert (rows[0]["time"], rows[0]["time_zone_known"]) == ("2026-09-21T12:13:20.123000Z", False)


def test_the_csv_of_ausearch(tmp_path: Path) -> None:
    content = (
        "NODE,EVENT,DATE,TIME,SERIAL_NUM,EVENT_KIND,SESSION,SUBJ_PRIME,SUBJ_SEC,SUBJ_KIND,ACTION,RESULT,OBJ_PRIME,OBJ_SEC,"
        "OBJ_KIND,HOW\n"
        "web01,SYSCALL,09/21/2026,14:13:20,77,audit-rule,1,bob,root,user-login,executed,success,/usr/bin/openssl,,file,"
        "/usr/bin/openssl\n"
    )
    rows, _ = rows_of(content, tmp_path)
    assert (rows[0]["user"], rows[0]["action"], rows[0]["process"]) == ("bob", "executed", "/usr/bin/openssl")
    assert (rows[0]["computer"], rows[0]["event_id"], rows[0]["time"]) == ("web01", "77", "2026-09-21T14:13:20Z")


def test_laurel(tmp_path: Path) -> None:
    event = {
        "ID": "1790000000.123:77", "NODE": "web01",
        "SYSCALL": {"arch": "0xc000003e", "syscall": 59, "SYSCALL": "execve", "pid": 11, "ppid": 10, "AUID": "bob",
                    "uid": 0, "exe": "/usr/bin/openssl", "comm": "openssl", "key": "cert"},
        "EXECVE": {"argc": 3, "ARGV": ["openssl", "req", "-subj=%2FCN=%FF"]},
        "PARENT_INFO": {"exe": "/usr/bin/bash", "ARGV": ["bash", "-l"]},
    }  # fmt: skip
    socket = {
        "ID": "1790000001.500:78", "SYSCALL": {"SYSCALL": "connect", "pid": 12, "exe": "/usr/bin/openssl"},
        "SOCKADDR": {"SADDR": {"family": "ipv4", "addr": "198.51.100.7", "port": 443}},
        "PROCTITLE": {"ARGV": ["openssl", "s_client"]},
    }  # fmt: skip
    rows, rejected = rows_of("\n".join(map(json.dumps, [event, socket])) + "\n", tmp_path)
    assert not rejected
    of = by_serial(rows)
    run, connect = of["77"], of["78"]
    assert (run["category"], run["command_line"], run["user"]) == ("process", "openssl req -subj=/CN=\ufffd", "bob")
    assert (run["parent_process"], run["parent_command_line"]) == ("/usr/bin/bash", "bash -l")
    assert (run["computer"], run["time"]) == ("web01", "2026-09-21T14:13:20.123000Z")
    assert (connect["category"], connect["dst_ip"], connect["dst_port"]) == ("connection", "198.51.100.7", 443)
    assert connect["command_line"] == "openssl s_client"


def test_auditbeat(tmp_path: Path) -> None:
    event = {
        "@timestamp": "2026-09-21T14:13:20.123Z", "event": {"module": "auditd", "action": "executed"},
        "auditd": {"message_type": "syscall", "sequence": 77, "data": {"syscall": "execve"}},
        "process": {"executable": "/usr/bin/openssl", "pid": 11, "args": ["openssl", "req", "-x509"],
                    "parent": {"pid": 10}, "title": "openssl req"},
        "user": {"name": "root", "audit": {"name": "bob"}}, "host": {"hostname": "web01"},
    }  # fmt: skip
    rows, _ = rows_of(json.dumps(event) + "\n", tmp_path)
    assert (rows[0]["category"], rows[0]["command_line"], rows[0]["user"]) == ("process", "openssl req -x509", "bob")
    assert (rows[0]["parent_pid"], rows[0]["computer"], rows[0]["event_id"]) == (10, "web01", "77")


SYSLOG: dict[str, dict[str, Any]] = {
    "sudo: bob : TTY=pts/0 ; PWD=/home/bob ; USER=root ; COMMAND=/usr/bin/openssl req -x509": {
        "user": "bob", "target_user": "root", "command_line": "/usr/bin/openssl req -x509",
        "process": "/usr/bin/openssl", "category": "process",
    },
    "CRON[77]: (root) CMD (certbot renew)": {"user": "root", "command_line": "certbot renew", "pid": 77},
    "snoopy[9]: [login:bob ssh:() sid:1 tty:/dev/pts/0 (0/root) uid:root(0)/root(0) cwd:/root]: certbot certonly": {
        "command_line": "certbot certonly", "user": "bob", "process": "certbot", "category": "process",
    },
    "snoopy[9]: [login:(unknown) ssh:((undefined)) sid:1 tty:(none) ((none)/(none)) uid:root(0)/root(0) cwd:/]: "
    "openssl req -x509": {"command_line": "openssl req -x509", "user": "0", "process": "openssl", "pid": 9},
    "snoopy[9]: [uid:0 sid:1 tty:/dev/pts/0 cwd:/root filename:/usr/bin/certbot]: certbot certonly --dry-run": {
        "command_line": "certbot certonly --dry-run", "process": "/usr/bin/certbot", "user": "0",
    },
    "sshd[9]: Accepted publickey for bob from 203.0.113.9 port 51000 ssh2: ED25519 SHA256:x": {
        "user": "bob", "src_ip": "203.0.113.9", "src_port": 51000, "action": "Accepted",
    },
}  # fmt: skip


def test_what_programs_say_in_syslog(tmp_path: Path) -> None:
    rows, rejected = rows_of("".join(f"Sep 21 14:13:20 web01 {line}\n" for line in SYSLOG), tmp_path)
    assert not rejected
    for row, wanted in zip(rows, SYSLOG.values(), strict=True):
        assert {name: row.get(name) for name in wanted} == wanted
        if wanted:
            assert row["computer"] == "web01"


@pytest.mark.parametrize(
    ("saddr", "meant"),
    [
        ("02000050CB007107", ("inet", "203.0.113.7", 80)),
        ("0A0001BB00000000" + "20010DB8" + "00" * 11 + "01" + "00000000", ("inet6", "2001:db8::1", 443)),
        ("0A0001BB00000000" + "00" * 10 + "FFFF" + "C6336407" + "00000000", ("inet6", "198.51.100.7", 443)),
        ("01002F72756E2F736F636B00", ("unix", "/run/sock", None)),
        ("{ saddr_fam=inet laddr=203.0.113.7 lport=80 }", ("inet", "203.0.113.7", 80)),
        ("100000000000", None), ("0200", None), ("zz", None), ("", None),
    ],
)  # fmt: skip
def test_socket_addresses(saddr: str, meant: tuple[str, str | None, int | None] | None) -> None:
    assert socket_address(saddr) == meant


@given(some.text(max_size=300))
def test_any_text_is_read_or_refused(body: str) -> None:
    for head in (
        "type=EXECVE msg=audit(1.2:3): ",
        "type=SYSCALL msg=audit(1.2:3) : ",
        "node=x type=1300 audit(1:2):",
        "",
    ):
        read(head + body)


@given(
    some.lists(some.sampled_from([*ALL, "type=PATH msg=audit(x)", "type= msg=audit(1:2):", "audit(1:2)"]), max_size=30)
)
def test_no_record_is_lost(lines: list[str]) -> None:
    from certhound.sources.envelopes.record import Form, Record

    assembler = Assembler()
    made = [
        row for number, line in enumerate(lines) for row in assembler.feed(Record(Form.TEXT, {}, line, line, number))
    ]
    made += assembler.rest()
    assert sum(row.parts for row in made) == len(lines)


def test_both_sides_of_what_programs_and_the_kernel_tell(tmp_path: Path) -> None:
    content = (
        "type=CRYPTO_SESSION msg=audit(1790000001.123:1): pid=7 uid=0 auid=1000 ses=1 msg='op=start direction=x "
        'cipher=x rport=50123 laddr=192.0.2.1 lport=22 exe="/usr/sbin/sshd" hostname=? addr=203.0.113.7 res=success\'\n'
        "type=MAC_IPSEC_EVENT msg=audit(1790000002.123:2): op=SPD-add res=1 src=192.0.2.0 dst=203.0.113.0\n"
    )
    rows, _ = rows_of(content, tmp_path)
    ends = [tuple(row.get(name) for name in ("src_ip", "src_port", "dst_ip", "dst_port")) for row in rows]
    assert ends == [("203.0.113.7", 50123, "192.0.2.1", 22), ("192.0.2.0", None, "203.0.113.0", None)]


def test_auditbeat_before_the_common_schema(tmp_path: Path) -> None:
    document = {
        "@timestamp": "2026-09-21T14:13:21.138Z", "beat": {"version": "6.6.1", "hostname": "web01"},
        "event": {"module": "auditd", "category": "user-login", "action": "started-session"},
        "process": {"pid": "77", "exe": "/usr/sbin/sshd"}, "source": {"ip": "203.0.113.7"},
        "user": {"uid": "0", "auid": "1000", "name_map": {"auid": "bob", "uid": "root"}},
    }  # fmt: skip
    rows, _ = rows_of(json.dumps(document) + "\n", tmp_path)
    shown = {name: rows[0].get(name) for name in ("user", "process", "pid", "computer", "src_ip", "action")}
    assert shown == {
        "user": "bob", "process": "/usr/sbin/sshd", "pid": 77, "computer": "web01", "src_ip": "203.0.113.7",
        "action": "started-session",
    }  # fmt: skip
