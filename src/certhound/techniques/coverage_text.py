"""Coverage as a table for people, as JSON, and as a layer for ATT&CK Navigator."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict

from certhound.techniques.coverage import Coverage, Lack, Technique


def as_json(found: Coverage) -> str:
    """One object; techniques have the share of their rules that can run."""
    data = asdict(found)
    for each, technique in zip(data["techniques"], found.techniques, strict=True):
        each["percent"] = technique.percent
    return json.dumps(data, indent=1) + "\n"


def as_layer(found: Coverage) -> str:
    """A layer (format 4.5): the score is the share of a technique's rules that can run over the data."""
    layer = {
        "name": "certhound coverage",
        "versions": {"layer": "4.5", "navigator": "5.1.0", "attack": "17"},
        "domain": "enterprise-attack",
        "description": _headline(found),
        "techniques": [_on_layer(each) for each in found.techniques],
        "gradient": {"colors": ["#ffffff", "#f5c242", "#1b7f4d"], "minValue": 0, "maxValue": 100},
        "legendItems": [
            {"label": "no rule can run", "color": "#ffffff"},
            {"label": "some rules can run", "color": "#f5c242"},
            {"label": "all rules can run", "color": "#1b7f4d"},
        ],
    }
    return json.dumps(layer, indent=1) + "\n"


def _on_layer(each: Technique) -> dict[str, object]:
    metadata = [{"name": "can run", "value": name} for name in each.runs]
    metadata += [{"name": "cannot run", "value": name} for name in each.lacks]
    return {
        "techniqueID": each.id,
        "score": each.percent,
        "enabled": True,
        "comment": each.why or f"{len(each.runs)} of {len(each.runs) + len(each.lacks)} rules can run",
        "metadata": metadata,
    }


def as_text(found: Coverage) -> str:
    """What is covered, and what to switch on."""
    return "\n".join(_lines(found)) + "\n"


def _headline(found: Coverage) -> str:
    if not found.against_data:
        return f"{found.rules:,} rules; name logs or a lake to see which can run there"
    return f"{found.runs:,} of {found.rules:,} rules can run over this data"


def _lines(found: Coverage) -> Iterator[str]:
    yield _headline(found)
    if found.sources:
        yield "read: " + ", ".join(f"{name} {count:,}" for name, count in found.sources.items())
    yield ""
    width = max(len(f"{each.id} {each.name}") for each in found.techniques)
    yield f"{'technique':<{width}}  rules" + ("  can run" if found.against_data else "")
    for each in found.techniques:
        every = len(each.runs) + len(each.lacks)
        runs = f"  {len(each.runs):>7}" if found.against_data else ""
        yield f"{f'{each.id} {each.name}':<{width}}  {every:>5}{runs}" + (f"  {each.why}" if each.why else "")
    for lack in found.lacks:
        yield ""
        yield from _lack(lack)


def _lack(each: Lack) -> Iterator[str]:
    count = len(each.rules)
    which = "This rule" if count == 1 else f"These {count} rules"
    name = each.name if each.name[1:2].isupper() else f"{each.name[0].lower()}{each.name[1:]}"
    yield f"{which} cannot run for you: you lack {name} ({', '.join(each.needs[:6])})"
    yield f"  {', '.join(each.rules)}"
    yield from (f"  switch on  {line}" for line in each.switch_on)
