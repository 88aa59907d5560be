"""Programs of a Linux host that say in syslog what was run or who came: sudo, cron, su, sshd, snoopy.

Their texts have no common grammar; each is known by its program's name and its words. Sources: sudo's manual (*Log
format*), the sources of cron, shadow's su, OpenSSH's ``auth.c`` and ``sshd-session``, and snoopy's default
formats.
"""

from __future__ import annotations

import re

from certhound.sources.envelopes.page import Page
from certhound.sources.envelopes.reads import Source_, address, integer, moment, text, to_integer
from certhound.sources.envelopes.record import Form, Record
from certhound.sources.envelopes.vendor import Log, Vendor

_PATTERNS: dict[str, tuple[re.Pattern[str], ...]] = {
    "sudo": (
        re.compile(
            r"\s*(?P<user>\S+) : (?:(?P<refused>[^;=]+?) ; )?(?:HOST=\S+ ; )?(?:TTY=\S+ ; )?(?:CWD|PWD)=(?P<cwd>.*?) ; "
            r"USER=(?P<target>\S+) ;(?:.*? ;)? COMMAND=(?P<command>.*)", re.DOTALL
        ),
    ),
    "cron": (re.compile(r"\((?P<user>[^)]+)\) CMD \((?P<command>.*)\)\s*", re.DOTALL),),
    "su": (
        re.compile(r"\(to (?P<target>\S+)\) (?P<user>\S+) on \S+"),
        re.compile(
            r"pam_unix\(su(?:-l)?:session\): session opened for user (?P<target>[^\s(]+)\S* by (?P<user>[^\s(]*)"
        ),
    ),
    "sshd": (
        re.compile(
            r"(?P<action>Accepted|Failed) (?P<method>\S+) for (?:invalid user )?(?P<user>\S*) from (?P<address>\S+) "
            r"port (?P<port>\d+)"
        ),
        re.compile(
            r"(?P<action>Invalid user|Disconnected from(?: invalid user)?|Connection closed by(?: \S+ user)?) "
            r"?(?P<user>\S*?) ?(?:from )?(?P<address>[0-9a-fA-F.:]+) port (?P<port>\d+)"
        ),
    ),
    "snoopy": (
        re.compile(
            r"\[(?:[^\]]*? )?(?:login:(?P<login>\S+) )?[^\]]*?uid:(?P<user>\d+)[^\]]*?filename:(?P<process>[^\]]*)\]: "
            r"(?P<command>.*)", re.DOTALL
        ),
        re.compile(
            r"\[login:(?:\(unknown\)|(?P<login>\S+)) [^\]]*?uid:[^\s(]*\((?P<user>\d+)\)[^\]]*\]: (?P<command>.*)",
            re.DOTALL,
        ),
    ),
}  # fmt: skip
_PROGRAMS = {
    "sudo": "sudo", "cron": "cron", "crond": "cron", "anacron": "cron", "su": "su", "sshd": "sshd",
    "sshd-session": "sshd", "snoopy": "snoopy",
}  # fmt: skip
_PATHS = {"sudo": "/usr/bin/sudo", "su": "/usr/bin/su", "sshd": "/usr/sbin/sshd"}

_COLUMNS: dict[str, Source_] = {
    "action": text(":action"),
    "event_type": text(":program"),
    "computer": lambda record: record.header.host,
    "process": text(":process"),
    "pid": lambda record: to_integer(record.header.pid or ""),
    "command_line": text(":command"),
    "user": text(":user"),
    "target_user": text(":target"),
    "src_ip": address(":address"),
    "src_port": integer(":port"),
}
_HIDDEN = frozenset((":program", ":login"))

RUN = Log("linux_syslog.process", "process", moment(), _COLUMNS, _HIDDEN)
CAME = Log("linux_syslog.login", "other", moment(), _COLUMNS, _HIDDEN)


def log_of(record: Record) -> Log | None:
    """By the program's name in the header, and its words."""
    app = record.header.app
    program = _PROGRAMS.get(app.rpartition("/")[2].lower()) if app else None
    if program is None:
        return None
    said = record.text.strip()
    found = next((match for pattern in _PATTERNS[program] if (match := pattern.match(said)) is not None), None)
    if found is None:
        return None
    values = {f":{name}": value for name, value in found.groupdict().items() if value}
    values[":program"] = program
    values.setdefault(":action", "refused" if ":refused" in values else "run" if ":command" in values else program)
    command = values.get(":command")
    if ":process" not in values:
        first = command.split(" ", 1)[0] if command else ""
        values[":process"] = first if first.startswith("/") else _PATHS.get(program, first or program)
    if ":login" in values:
        values[":user"] = values[":login"]
    record.values.clear()
    record.values.update(values)
    return RUN if command else CAME


VENDOR = Vendor(
    name="linux_syslog",
    title="Linux programs in syslog",
    forms=frozenset((Form.TEXT, Form.KEY_VALUE)),
    log_of=log_of,
    logs=(RUN, CAME),
    log_source_type="Linux OS",
    rank=400,
)

PAGE = Page(
    recognise=("Syslog lines of sudo, cron, su, sshd and snoopy, by the program's name and its words.",),
    options=("Nothing for sudo, cron, su and sshd; snoopy is a package of its own that logs every command.",),
    gaps=(
        "What is run without sudo, cron or snoopy is not told.",
        "Lines have no year and often no zone.",
    ),
    references=(
        "sudo: <https://www.sudo.ws/docs/man/sudoers.man/>",
        "snoopy: <https://github.com/a2o/snoopy>",
    ),
)
