"""``certhound drill show``: all about one drill."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter


def show(name: Annotated[str, Parameter(help="Name of the drill.")]) -> None:
    """Show what a drill does, needs, changes and undoes, its commands, and what should be seen of it."""
    from certhound.lab.drills.plan import find_drills
    from certhound.lab.drills.run import commands

    drill = find_drills((name,))[0]
    plan = drill.plan
    lines = [f"{drill.name}: {plan.title} ({', '.join(drill.techniques)})", "", plan.about, ""]
    if plan.constructed:
        lines += ["Its telemetry is CONSTRUCTED from the providers' schemas where it cannot run.", ""]
    needs = ", ".join(f"{command} ({package})" for command, package in plan.packages.items()) or "nothing"
    lines += [f"needs: {needs}", f"changes: {plan.changes}", f"undoes: {plan.undoes}"]
    for step, command, undo in commands(drill):
        lines += ["", f"step {step.name}, on {step.on}: {step.test}", *_indented(command)]
        if undo:
            lines += ["  clean-up:", *_indented(undo)]
    lines += ["", "should be seen:"]
    for signal in plan.signals:
        rules = f" -> {', '.join(signal.rules)}" if signal.rules else ""
        lines.append(f"  {signal.name} ({signal.step}; {signal.telemetry}, {signal.category}){rules}")
    lines += ["must not be seen:", *(f"  {each.name} ({each.step})" for each in plan.absent)] if plan.absent else []
    lines += [f"not covered: {each}" for each in plan.not_covered]
    print("\n".join(lines))  # noqa: T201


def _indented(text: str) -> list[str]:
    return [f"    {line}" for line in text.rstrip().splitlines()]


COMMAND = show
