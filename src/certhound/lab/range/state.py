"""What a range has made: written down before it is made, kept until it is gone."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import secrets
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from certhound.model.errors import CerthoundError, ExitCode

STATES = Path("/run/certhound/ranges")
"""One file a range that exists, or that a run which died left."""

ETC = Path("/etc/netns")
"""``ip netns exec`` mounts the files of ``/etc/netns/NAME`` over those of ``/etc`` (ip-netns(8))."""

_AUID_BASE = 1_900_000_000
ROLES = ("adversary", "victim", "acme", "mail", "proxy", "resolver")
"""Hosts of a range. One more namespace, the switch, joins them and holds the sensor."""


class RangeError(CerthoundError):
    """The range cannot be had here, or came down."""

    exit_code = ExitCode.USAGE


@dataclass(slots=True)
class State:
    """A range by its run id. ``owner``: process id and start time (clock ticks after boot) of who runs it.

    ``audit_before``: whether the kernel's audit was switched on before; None where it is not used.
    ``made_etc``: whether ``/etc/netns`` is ours.
    """

    run: str
    owner: tuple[int, int]
    workspace: str
    audit_before: int | None = None
    made_etc: bool = False

    @property
    def namespaces(self) -> tuple[str, ...]:
        return tuple(self.namespace(role) for role in (*ROLES, "switch"))

    def namespace(self, role: str) -> str:
        """The name of a host's network namespace."""
        return f"certhound-{self.run}-{role}"

    @property
    def audit_key(self) -> str:
        return f"certhound-{self.run}"

    @property
    def shared(self) -> list[Path]:
        """Shared memory that programs of the range have left; those that are told so call it by ``shared_name``."""
        return sorted(Path("/dev/shm").glob(f"{self.shared_name}-*"))  # noqa: S108 - only names of this run

    @property
    def shared_name(self) -> str:
        return f"certhound{self.run}"

    def login_id(self, role: str) -> int:
        """The log-in id (auid) of all processes of a host: audit records are told apart by it."""
        return _AUID_BASE + int(self.run, 16) * len(ROLES) + ROLES.index(role)

    @property
    def path(self) -> Path:
        return STATES / f"{self.run}.json"

    def save(self) -> None:
        """Write it down; whole or not at all."""
        STATES.mkdir(parents=True, exist_ok=True, mode=0o700)
        part = self.path.with_suffix(".part")
        part.write_text(json.dumps(asdict(self)))
        part.replace(self.path)

    def is_alive(self) -> bool:
        """Whether the process that runs it still does."""
        return started(self.owner[0]) == self.owner[1]


def new_state() -> State:
    """A state for a range of this process, saved, and its folder."""
    while True:
        run = secrets.token_hex(3)
        workspace = Path(f"/tmp/certhound-{run}")  # noqa: S108 - a random name, and only if there is none yet
        with contextlib.suppress(FileExistsError):
            workspace.mkdir(mode=0o700)
            break
    state = State(run, (os.getpid(), started(os.getpid()) or 0), str(workspace))
    # Of ranges beside each other whichever ends last takes the folder away, if one of them made it.
    state.made_etc = not ETC.exists() or any(each.made_etc for each in states())
    state.save()
    return state


@contextlib.contextmanager
def locked() -> Iterator[None]:
    """One range at a time switches the kernel's audit on or off."""
    STATES.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (STATES.parent / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def started(pid: int) -> int | None:
    """When a process started (proc(5), stat, field 22), or None where there is none."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    return int(text.rpartition(")")[2].split()[19])


def states() -> Iterator[State]:
    """All ranges that are written down. A file that cannot be read is no range of ours and is left alone."""
    for path in sorted(STATES.glob("*.json")) if STATES.is_dir() else ():
        with contextlib.suppress(ValueError, TypeError, OSError):
            values = json.loads(path.read_text())
            yield State(**{**values, "owner": tuple(values["owner"])})


def command(words: Sequence[str], *, text: str | None = None, check: bool = True) -> str:
    """Run a command of the system and give what it said; RangeError where it fails and ``check`` is set."""
    try:
        done = subprocess.run(
            words,
            input=text,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
            start_new_session=True,  # Ctrl-C reaches the whole group of a terminal; half a command would be worse
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise RangeError(f"{words[0]}: {error}", check="range-command") from error
    if done.returncode and check:
        raise RangeError(f"{' '.join(words)}: {done.stderr.strip()[-500:]}", check="range-command")
    return done.stdout


def take_down(state: State) -> list[str]:
    """Take away all that a range made; gives what could not be. May be called at any time and again."""
    existing = set(command(["ip", "netns", "list"], check=False).split())
    for pid in processes(state):
        with contextlib.suppress(OSError):
            os.kill(pid, 9)
    mine = [name for name in state.namespaces if name in existing]
    for name in mine:
        for each in command(["ip", "netns", "pids", name], check=False).split():
            with contextlib.suppress(OSError):
                os.kill(int(each), 9)
    for name in mine:
        command(["ip", "netns", "del", name], check=False)
    for name in state.namespaces:
        shutil.rmtree(ETC / name, ignore_errors=True)
    if state.made_etc:
        with contextlib.suppress(OSError):
            ETC.rmdir()  # only if it is empty
    _audit_down(state)
    shutil.rmtree(state.workspace, ignore_errors=True)
    for path in state.shared:
        path.unlink(missing_ok=True)
    left = left_over(state)
    if not left:
        state.path.unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            STATES.rmdir()  # only if no other range is there
    return left


def processes(state: State, role: str | None = None) -> set[int]:
    """Processes whose log-in id is that of a role, or of any: the range, and nobody else, gave it to them."""
    wanted, found = {str(state.login_id(each)) for each in (ROLES if role is None else (role,))}, set()
    for path in Path("/proc").glob("[0-9]*/loginuid"):
        with contextlib.suppress(OSError):  # it has ended
            if path.read_text().strip() in wanted:
                found.add(int(path.parent.name))
    return found


def _audit_down(state: State) -> None:
    if state.audit_before is None or shutil.which("auditctl") is None:
        return
    with locked():
        command(["auditctl", "-D", "-k", state.audit_key], check=False)
        others = any(each.audit_before is not None for each in states() if each.run != state.run)
        if state.audit_before == 0 and not others:
            command(["auditctl", "-e", "0"], check=False)


def left_over(state: State) -> list[str]:
    """What still exists of a range."""
    existing = set(command(["ip", "netns", "list"], check=False).split())
    left = [f"network namespace {name}" for name in state.namespaces if name in existing]
    left += [str(ETC / name) for name in state.namespaces if (ETC / name).exists()]
    if Path(state.workspace).exists():
        left.append(state.workspace)
    left += map(str, state.shared)
    if state.audit_before is not None and shutil.which("auditctl") is not None:
        rules = command(["auditctl", "-l", "-k", state.audit_key], check=False)
        left += [f"audit rule {line}" for line in rules.splitlines() if state.audit_key in line]
    return left


@dataclass(frozen=True, slots=True)
class Cleaned:
    """What ``clean`` did to one range: nothing where it is alive; ``left`` could not be removed."""

    run: str
    alive: bool
    left: tuple[str, ...] = ()


def clean() -> list[Cleaned]:
    """Take away what runs that died left behind."""
    return [
        Cleaned(state.run, alive=True) if state.is_alive() else Cleaned(state.run, False, tuple(take_down(state)))
        for state in states()
    ]
