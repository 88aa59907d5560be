"""Verdicts of drills on their way out: a document (JSON), and from it JUnit XML, a Navigator layer, and a page."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from certhound import __version__
from certhound.lab.drills.picture import picture
from certhound.lab.drills.plan import techniques
from certhound.lab.drills.verify import State, Verdict

VERDICT = "verdict.json"
Document = Mapping[str, Any]


def stages(drill: Document) -> tuple[str, ...]:
    """What a signal of a drill goes through; the page draws it."""
    return ("constructed" if drill["constructed"] else "recorded", "parsed", "found")


def document(verdict: Verdict) -> dict[str, Any]:
    """One drill's verdict as plain data."""
    drill, run, known = verdict.drill, verdict.run, techniques()
    return {
        "drill": drill.name,
        "title": drill.plan.title,
        "about": drill.plan.about,
        "techniques": list(drill.techniques),
        "technique_names": {name: known[name].display_name for name in drill.techniques},
        "outcome": verdict.outcome,
        "constructed": run.constructed or bool(drill.plan.constructed),
        "skipped": run.skipped,
        "where": run.where,
        "seed": run.seed,
        "up_s": run.up_s,
        "started": run.started,
        "found_after_s": verdict.found_after_s,
        "problems": list(verdict.problems),
        "not_recorded": run.not_recorded,
        "recorded_by": run.recorded_by,
        "not_covered": list(verdict.notes),
        "steps": [asdict(step) for step in run.steps],
        "signals": [{**asdict(each), "state": str(each.state)} for each in verdict.judged],
    }


def write_document(verdict: Verdict, folder: Path) -> None:
    """Keep the verdict beside the run, for ``report``."""
    (folder / VERDICT).write_text(json.dumps(document(verdict), indent=1, ensure_ascii=False) + "\n", "utf-8")


def read_document(folder: Path) -> dict[str, Any] | None:
    """The verdict that was kept beside a run, if there is one."""
    try:
        found: dict[str, Any] = json.loads((folder / VERDICT).read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return found


def to_json(documents: Sequence[Document]) -> str:
    return json.dumps({"version": 1, "certhound": __version__, "drills": list(documents)}, indent=1) + "\n"


def to_junit(documents: Sequence[Document]) -> str:
    """JUnit XML: a suite a drill, a case a signal; what could not be recorded is skipped."""
    root = Element("testsuites", name="certhound drill")
    for drill in documents:
        cases = _cases(drill)
        suite = SubElement(root, "testsuite", name=drill["drill"], tests=str(len(cases)))
        for kind, word in (("failure", "failures"), ("skipped", "skipped")):
            suite.set(word, str(sum(how == kind for _, how, _, _ in cases)))
        for name, how, why, seconds in cases:
            case = SubElement(suite, "testcase", classname=drill["drill"], name=name, time=f"{seconds or 0:.2f}")
            if how:
                SubElement(case, how, message=_clean(why))
    indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="unicode") + "\n"


def _cases(drill: Document) -> list[tuple[str, str, str, float | None]]:
    if drill["skipped"]:
        return [(drill["title"], "skipped", drill["skipped"], None)]
    cases: list[tuple[str, str, str, float | None]] = [
        ("run and clean-up", "failure" if drill["problems"] else "", "; ".join(drill["problems"]), None)
    ]
    mark = " (constructed)" if drill["constructed"] else ""
    for each in drill["signals"]:
        how = {True: "", False: "failure", None: "skipped"}[each["good"]]
        cases.append((each["name"] + mark, how, f"{each['state']}: {each['why']}", each["after_s"]))
    return cases


def _clean(text: str) -> str:
    """Without characters that XML 1.0 forbids."""
    return "".join(each if each.isprintable() else " " for each in text)


def to_navigator(documents: Iterable[Document]) -> str:
    """A layer for the ATT&CK Navigator (format 4.5): techniques of drills, 100 where one passed, else what share."""
    scores: dict[str, list[Document]] = {}
    for drill in documents:
        if drill["outcome"] != "skipped":
            for technique in drill["techniques"]:
                scores.setdefault(technique, []).append(drill)
    layers = [
        {
            "techniqueID": technique,
            "score": round(100 * sum(each["outcome"] == "passed" for each in drills) / len(drills)),
            "comment": "; ".join(f"{each['drill']}: {_outcome(each)}" for each in drills),
        }
        for technique, drills in sorted(scores.items())
    ]
    layer = {
        "name": "certhound drills",
        "versions": {"layer": "4.5", "attack": "17", "navigator": "5.1.0"},
        "domain": "enterprise-attack",
        "description": "Drills that were run, and what share of them passed",
        "techniques": layers,
        "gradient": {"colors": ["#f4a582", "#f7f7f7", "#92c5de"], "minValue": 0, "maxValue": 100},
    }
    return json.dumps(layer, indent=1) + "\n"


def _outcome(drill: Document) -> str:
    return f"{drill['outcome']} on constructed telemetry" if drill["constructed"] else str(drill["outcome"])


def reached(signal: Document) -> int:
    """How many of its ``stages`` a signal went through."""
    order = {State.SEEN: 1, State.PARSED: 2, State.UNFOUND: 2, State.FINDING: 3}
    return order.get(State(signal["state"]), 0)


def to_html(documents: Sequence[Document]) -> str:
    """One self-contained page: for each drill what was done, and for each signal how far it came."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    from certhound.outputs.defuse import visible

    environment = Environment(
        loader=PackageLoader("certhound.lab.drills", "page"), autoescape=True, undefined=StrictUndefined
    )
    environment.filters["when"] = lambda moment: datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    environment.filters["visible"] = lambda text: "\n".join(visible(line, 2000) for line in str(text).splitlines())
    environment.globals.update(stages=stages, reached=reached, outcome=_outcome, picture=picture, version=__version__)
    return environment.get_template("drills.html.j2").render(drills=documents, counts=_counts(documents))


def _counts(documents: Sequence[Document]) -> str:
    """The whole in one line."""
    outcomes = Counter(_outcome(each) for each in documents)
    signals = [each for drill in documents for each in drill["signals"]]
    found, good = sum(each["state"] == "finding" for each in signals), sum(each["good"] is True for each in signals)
    listed = ", ".join(f"{count} {outcome}" for outcome, count in outcomes.most_common())
    told = f"{good} of {len(signals)} signals are as they should be, {found} of them findings."
    return f"{len(documents)} drills: {listed}. {told}"


FORMATS = {"json": to_json, "junit": to_junit, "navigator": to_navigator, "html": to_html}
"""Everything but the table, which the command line draws."""
