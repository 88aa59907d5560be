"""``certhound drill clean``: take away what runs that died left behind."""

from __future__ import annotations

from certhound.cli.boundary import tell
from certhound.model.errors import ExitCode


def clean() -> int:
    """Take away what runs of drills that died left: namespaces, audit rules, files. Runs that are alive stay."""
    from certhound.lab.range.state import clean as take_away

    code = ExitCode.OK
    done = take_away()
    for each in done:
        if each.alive:
            tell(f"range {each.run} is in use and stays")
        elif each.left:
            code = ExitCode.UNREADABLE
            tell(f"range {each.run}: could not be removed: {', '.join(each.left)} (root is needed)")
        else:
            tell(f"range {each.run} was left by a run that died; it is gone")
    if not done:
        tell("nothing was left")
    return code


COMMAND = clean
