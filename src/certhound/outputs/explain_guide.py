"""What to do about a finding: the guide's questions with the finding's own values, and the playbook that fits."""

from __future__ import annotations

import shlex
from collections.abc import Mapping

from certhound.findings.report import Finding, Report
from certhound.outputs.screen import Screen, words
from certhound.techniques.filled import aql, command, needs
from certhound.techniques.load import package
from certhound.techniques.package import Package, Query, Scenario

TECHNIQUE = "T1608.003"
"""The package whose guide is for all findings: they are about certificates in use."""

_PATHS = 20


def values_of(finding: Finding) -> dict[str, str]:
    """What of the finding the guide's queries can ask for; what is not known is left out."""
    meeting = finding.meetings[0] if finding.meetings else None
    destination = meeting.destination if meeting else next(iter(finding.destinations.top), "")
    entity = finding.entity
    found = {
        "name": (meeting.name if meeting else None) or next(filter(_is_name, entity.names), ""),
        "address": address_of(destination),
        "client": next(iter(finding.clients.top), ""),
        "sha256": entity.sha256 or "",
        "subject": entity.subject or "",
        "issuer": entity.issuer or "",
    }
    return {name: value for name, value in found.items() if value}


def _is_name(text: str) -> bool:
    """Whether a name of a certificate can be looked for: not an address, not a name of the machine itself."""
    return "." in text and "*" not in text and not text.replace(".", "").isdecimal() and ":" not in text


def address_of(destination: str) -> str:
    """The address of ``address:port`` or ``[address]:port``."""
    head, _, port = destination.rpartition(":")
    bare = head if port.isdecimal() and (":" not in head or head.startswith("[")) else destination
    return bare.strip("[]")


def scenario_of(finding: Finding) -> Scenario | None:
    """The playbook that most of the finding's signals belong to."""
    return package(TECHNIQUE).scenario(tuple(signal.rule for signal in finding.signals))


def show_guide(screen: Screen, finding: Finding, report: Report | None) -> None:
    """Every question that the finding's values can answer, each with its queries and how to read what they give."""
    found, values = package(TECHNIQUE), values_of(finding)
    scenario = scenario_of(finding)
    if scenario is not None:
        _playbook(screen, scenario)
    screen.heading("Investigation guide")
    inputs = " ".join(shlex.quote(each) for each in report.inputs[:_PATHS]) if report else ""
    more = " …" if report and len(report.inputs) > _PATHS else ""
    screen.say(f"PATH is what was read here: {inputs}{more}" if inputs else "PATH is where your logs lie", 4)
    _questions(screen, found, values)


def _playbook(screen: Screen, scenario: Scenario) -> None:
    screen.heading(f"Playbook: {scenario.title}")
    screen.say(scenario.when, 4)
    for step in scenario.step:
        text = words((f"{step.phase}", "bold"), f" ({step.role}, {step.within}): {step.do}")
        if step.decide:
            text.append_text(words((" Decide: ", "italic"), step.decide))
        screen.say(text, 4)


def _questions(screen: Screen, found: Package, values: Mapping[str, str]) -> None:
    missing: list[str] = []
    for number, question in enumerate(found.guide.question if found.guide else (), 1):
        ready = [query for query in question.query if all(name in values for name in needs(query))]
        missing += [query.title for query in question.query if query not in ready]
        if not ready:
            continue
        screen.heading(f"{number}. {question.ask}")
        screen.say(question.why, 4)
        for query in ready:
            _query(screen, query, values)
    if missing:
        screen.heading("Not asked, for the finding lacks a name, an address or a fingerprint")
        screen.say("; ".join(missing), 4)


def _query(screen: Screen, query: Query, values: Mapping[str, str]) -> None:
    screen.gap()
    screen.say(words((query.title, "bold")), 4)
    for line in aql(query, values).split("\n"):
        screen.command(line, lead="      ")
    screen.command(command(query, values), lead="    $ ")
    screen.say(words(("read: ", "italic"), query.read), 4)
