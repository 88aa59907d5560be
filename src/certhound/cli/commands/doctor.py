"""``certhound doctor``: what is here, what is missing, and how to get it."""

from __future__ import annotations

from collections.abc import Iterator

SECTION = "Help"


def doctor() -> None:
    """Say which versions, tools and folders certhound finds, and what is missing.

    Nothing of it is sent anywhere; it is made to be pasted into a report.
    """
    from certhound.cli.sink import text_sink

    with text_sink(None) as stream:
        for name, value in _facts():
            stream.write(f"{name:<16} {value}\n")


def _facts() -> Iterator[tuple[str, str]]:
    yield from _versions()
    yield from _machine()
    yield from _folders()
    yield from _tools()


def _versions() -> Iterator[tuple[str, str]]:
    import platform
    from importlib.metadata import PackageNotFoundError, requires, version

    from certhound import __version__

    yield "certhound", __version__
    yield "python", f"{platform.python_version()} on {platform.system()} {platform.machine()}"
    try:
        wanted = [line.split(";")[0] for line in requires("certhound") or () if "extra ==" not in line]
    except PackageNotFoundError:  # run from a folder that was never installed
        wanted = []
    names = sorted({_name(line) for line in wanted})
    for name in names:
        try:
            yield name, version(name)
        except PackageNotFoundError:
            yield name, "missing: pip install certhound"


def _name(requirement: str) -> str:
    import re

    found = re.match(r"[A-Za-z0-9._-]+", requirement.strip())
    return found.group() if found else requirement


def _machine() -> Iterator[tuple[str, str]]:
    import os

    from certhound.outputs.words import size

    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    yield "processors", str(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count())
    yield "memory", f"{size(memory)} (certhound's engine takes {os.environ.get('CERTHOUND_MEMORY', '1500MB')} of it)"


def _folders() -> Iterator[tuple[str, str]]:
    import os
    import shutil
    import tempfile

    from certhound.model.profile import find_profile, user_profile
    from certhound.outputs.words import size

    found = find_profile()
    would = user_profile()
    yield "profile", str(found) if found else f"none (./certhound.toml or {would}; certhound init writes one)"
    temporary = tempfile.gettempdir()
    state = (
        f"{size(shutil.disk_usage(temporary).free)} free" if os.access(temporary, os.W_OK) else "cannot be written to"
    )
    yield "temporary files", f"{temporary}, {state} (TMPDIR)"
    here = os.access(".", os.W_OK)
    yield "current folder", f"{os.getcwd()}{'' if here else ', cannot be written to'}"  # noqa: PTH109


_TOOLS = (
    ("tshark", "tshark", "reading packet captures"),
    ("openssl", "openssl", "re-recording the sample, tests"),
    ("nginx", "nginx-light", "re-recording the sample with a second kind of server"),
    ("chromium", "chromium", "tests of the page"),
)
"""Tools outside Python: the command, Debian's package, and what it is for. None is needed to scan logs."""


def _tools() -> Iterator[tuple[str, str]]:
    import shutil

    for command, package, purpose in _TOOLS:
        where = shutil.which(command) or shutil.which(command, path="/usr/sbin:/sbin")
        yield command, where or f"not here: apt-get install {package} (only for: {purpose})"


COMMAND = doctor
