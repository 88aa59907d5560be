"""Detections side by side over events with known truth: rows, entities, precision and recall in every tier, cost."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from certhound.qradar.aql import lint
from certhound.qradar.catalogue import Catalogue
from certhound.qradar.catalogue.console import catalogue_of, shipped_site
from certhound.qradar.running.reference_data import ReferenceData
from certhound.qradar.running.run import Console
from certhound.qradar.running.tables import build, read_table
from certhound.techniques.generated import ALLOWED, START, Entity, World, entity, generate
from certhound.techniques.package import Package

TIERS = (40, 50, 70, 75, 80, 90)
REFERENCE = ReferenceData(
    sets={"certhound allowed destinations": ALLOWED, "certhound bad certificates": (), "certhound reported": ()}
)
_COST = re.compile(r"relative cost (\d+)")


@dataclass(frozen=True, slots=True)
class Tier:
    """What a detection says at one score and above: entities, how many of them are adversaries, out of how many."""

    score: int
    entities: int
    right: int
    adversaries: int

    @property
    def precision(self) -> float | None:
        return self.right / self.entities if self.entities else None

    @property
    def recall(self) -> float:
        return self.right / self.adversaries if self.adversaries else 0.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """One detection over one set of events. ``payload_cost``: the linter's estimate, 0 where no payload is searched."""

    name: str
    rows: int
    tiers: tuple[Tier, ...]
    missed: dict[str, tuple[int, int]]
    payload_cost: int


def console_of(world: World, catalogue: Catalogue | None = None) -> Console:
    """A console with these events at the end of their day."""
    catalogue = catalogue or catalogue_of(None, own=True)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "events.jsonl"
        file.write_bytes(lines_of(world))
        tables = {"events": read_table("events", file, catalogue)}
    tables |= {name: build(name, {}, 0, {}) for name in ("flows", "simarc")}
    return Console(catalogue, tables, START + 86_400_000, REFERENCE)


def lines_of(world: World) -> bytes:
    """The events as ``certhound aql run --table events=FILE`` reads them."""
    return msgspec.json.Encoder().encode_lines(world.rows)


def compare(world: World, queries: Mapping[str, str]) -> list[Outcome]:
    """Every query over the same events. A query needs the columns SourceIP, DestinationIP, Username and RiskScore."""
    console = console_of(world)
    return [outcome(name, text, console, world) for name, text in queries.items()]


def detections(package: Package) -> dict[str, str]:
    """The queries of a package that give a score."""
    return {name: text for name, text in package.aql.items() if "RiskScore" in text}


def comparison_of(package: Package, events: int = 20_000, seed: int = 1) -> str:
    """The package's own detections side by side, as text; empty without a kit."""
    if package.kit is None:
        return ""
    world = generate(package.kit, events, seed)
    return table(compare(world, detections(package)), world)


def outcome(name: str, text: str, console: Console, world: World) -> Outcome:
    """One query's rows, judged: an entity has the highest score of its rows."""
    rows = list(console.rows(text))
    best: dict[Entity, float] = {}
    for row in rows:
        key = entity(row["SourceIP"], row["DestinationIP"], row["Username"])
        best[key] = max(best.get(key, 0.0), float(row["RiskScore"]))
    tiers = tuple(tier(score, best, world.truth) for score in TIERS)
    return Outcome(name, len(rows), tiers, _missed(best, world.truth), payload_cost(text))


def tier(score: int, best: Mapping[Entity, float], truth: Mapping[Entity, str]) -> Tier:
    """The entities at one score and above against the truth."""
    found = {key for key, value in best.items() if value >= score}
    return Tier(score, len(found), len(found & truth.keys()), len(truth))


def _missed(best: Iterable[Entity], truth: Mapping[Entity, str]) -> dict[str, tuple[int, int]]:
    """By kind of adversary: how many entities were found at all, of how many."""
    found: dict[str, tuple[int, int]] = {}
    met = set(best)
    for key, kind in truth.items():
        have, of = found.get(kind, (0, 0))
        found[kind] = (have + (key in met), of + 1)
    return found


def payload_cost(text: str) -> int:
    """The linter's estimate of what a query's searches in payloads cost."""
    bare = text.replace("certhound: allow", "")
    said = [each.message for each in lint(bare, site=shipped_site()) if each.check == "payload-scan"]
    return sum(int(found[1]) for each in said if (found := _COST.search(each)))


def table(outcomes: Iterable[Outcome], world: World) -> str:
    """The comparison as plain text."""
    every = list(outcomes)
    width = max(len(each.name) for each in every)
    lines = [f"{len(world.rows):,} events, {len(world.truth):,} entities of adversaries", ""]
    lines.append(f"{'detection':<{width}}  score  entities  right  precision  recall   rows  payload cost")
    for each in every:
        for found in each.tiers:
            precision = "-" if found.precision is None else f"{found.precision:.2f}"
            lines.append(
                f"{each.name:<{width}}  {f'>={found.score}':>5}  {found.entities:>8,}  {found.right:>5}  "
                f"{precision:>9}  {found.recall:>6.2f}  {each.rows:>5,}  {each.payload_cost:>12}"
            )
        lines.append("")
    lines.append("in any tier, by kind of adversary:")
    for kind in every[0].missed:
        shares = ", ".join(f"{each.name} {each.missed[kind][0]} of {each.missed[kind][1]}" for each in every)
        lines.append(f"  {kind}: {shares}")
    return "\n".join(lines) + "\n"
