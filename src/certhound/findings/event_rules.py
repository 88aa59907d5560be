"""Rules over log records: each file is scanned once for all rules that its records could match.

Where every column that the rules read is mapped, the engine scans the file where it lies; rules that read the raw
record or vendor fields are answered by the careful reader, which has them.

Beside the hits stands the first record by which each rule matched each entity: its columns fill the rule's reason, and
its place is the evidence.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import PurePath

from sqlglot import exp

from certhound.findings import event_samples
from certhound.findings.event_samples import TOLD
from certhound.lake.build import Lake, Watch
from certhound.lake.careful_batches import careful_events
from certhound.lake.reading import Part, view_with, whole_view
from certhound.lake.session_groups import NAMING
from certhound.model.columns import EVENTS
from certhound.query.engines.duckdb import print_expr, sql_text
from certhound.query.functions import sql
from certhound.query.plan import Rejected, Shape
from certhound.query.schema import Schema
from certhound.query.tree import Expr, columns, disjunction
from certhound.rules import Rule, could_match

_CAREFUL = frozenset({"payload", "fields", "parse_error", "origin_line", "origin_record", "origin_file"})
"""Columns that only the careful reader fills; another that a file's plan does not map is absent, however it is read."""

_NAMES = ("certificate_id", "sni", "dst_host", "dst_ip", "dst_port", "computer", "log_source")
KEYS = (*_NAMES, "category", "cert_fuid", *NAMING)

Numbered = tuple[int, Rule]

KIND = """CASE WHEN certificate_id IS NOT NULL THEN 'certificate' WHEN coalesce(sni, dst_host) IS NOT NULL THEN 'name'
    WHEN dst_ip IS NOT NULL THEN 'destination' ELSE 'host' END"""
KEY = """coalesce(certificate_id, sni, dst_host, dst_ip || ':' || dst_port, dst_ip, computer, log_source,
    'unnamed host, logs in ' || (SELECT folder FROM folders_of_parts WHERE folders_of_parts.part = $part), 'unknown')"""
"""What a record is about. Logs that name no host are those of one host where they lie in one folder."""

_FOLDERS = "CREATE OR REPLACE TABLE folders_of_parts AS SELECT unnest($parts) AS part, unnest($folders) AS folder"

_NAMED = """
UPDATE matched SET certificate_id = names_id(cert_issuer, NULL, cert_subject, cert_not_before, cert_not_after)
WHERE certificate_id IS NULL AND cert_fuid IS NULL AND cert_subject IS NOT NULL AND $category = 'tls'
"""
"""What a session states of its certificate names it, as in the lake, where neither a hash nor a file id does."""

_INSERT = f"""
INSERT INTO hits SELECT {KIND}, {KEY}, rule, count(*), hash(certificate_id),
    hash(coalesce(sni, dst_host), dst_ip, dst_port)
FROM matched GROUP BY ALL
"""  # noqa: S608 - fixed texts of our own

_ALIASES = """
UPDATE hits SET key = a.canonical, certificate = hash(a.canonical) FROM alias_of a
WHERE hits.kind = 'certificate' AND hits.key = a.id
"""
_ALIASES_OF_SAMPLES = """
UPDATE event_samples SET key = a.canonical FROM alias_of a
WHERE event_samples.kind = 'certificate' AND event_samples.key = a.id
"""


def watch(rules: Iterable[Rule]) -> Watch:
    """Which sessions any of the rules could match, for the lake to note while it reads them anyway."""
    of_events = [rule for rule in rules if rule.table == EVENTS.name]

    def test(shape: Shape) -> Expr | None:
        fitting = [rule for rule in of_events if shape.kinds or could_match(rule, shape.source, shape.category)]
        if shape.kinds or any(columns(rule.where) & _CAREFUL for rule in fitting):
            return None
        return disjunction([rule.where for rule in fitting])

    return test


def scan_events(lake: Lake, rules: Sequence[Numbered], schema: Schema) -> None:
    """Fill ``hits`` from every file."""
    lake.session.execute(event_samples.TABLE)
    _note_folders(lake)
    for part in lake.parts:
        shape = part.plan.shape
        if part.staged and lake.by_number is None:
            continue  # the files that it came from are scanned
        if part.ignored and part.in_place:
            continue  # its sessions were tested while they were read
        fitting = [
            (number, rule) for number, rule in rules if shape.kinds or could_match(rule, shape.source, shape.category)
        ]
        if not fitting:
            continue
        if part.view is not None:
            for view in part.stored or ():
                _scan(lake, view, fitting, schema, {}, "part")
            continue
        if part.whole:
            whole_view(lake.session, part, "whole_rows")
            _scan(lake, "whole_rows", fitting, schema, {}, str(part.number))
            continue
        needed = set().union(*(columns(rule.where) for _, rule in fitting)) | set(KEYS)
        constants = {} if shape.kinds else {"source": shape.source, "category": shape.category}
        if part.in_place and not needed & _CAREFUL:
            told = {*TOLD, *event_samples.said(rule for _, rule in fitting)}
            view_with(lake.session, part, sorted((needed | told) - constants.keys()))
            _scan(lake, "segment_rows", fitting, schema, constants, str(part.number))
        else:
            _scan_carefully(lake, part, fitting, schema)
    _name_rightly(lake)


def _note_folders(lake: Lake) -> None:
    """Where each input lies: by that hosts are told apart which their logs do not name."""
    files = {part.number: PurePath(part.plan.file) for part in lake.parts}
    folders = [str(file.parent) if file.parent.name else file.name for file in files.values()]
    lake.session.execute(_FOLDERS, {"parts": list(files), "folders": folders})


def _name_rightly(lake: Lake) -> None:
    """Records know a certificate by what they state of it; a finding is about it by its best id."""
    lake.session.execute(_ALIASES)
    lake.session.execute(_ALIASES_OF_SAMPLES)


def _scan_carefully(lake: Lake, part: Part, rules: Sequence[Numbered], schema: Schema) -> None:
    for table in careful_events(lake.session, part.plan):
        if not isinstance(table, Rejected):
            lake.session.register("careful_events", table)
            _scan(lake, "careful_events", rules, schema, {}, str(part.number))
            lake.session.unregister("careful_events")


def _scan(
    lake: Lake, source: str, rules: Sequence[Numbered], schema: Schema, constants: dict[str, str], part: str
) -> None:
    """Ask a view. ``part`` gives the number of a record's input: a column, or a number that is the same for all."""
    said = [each for each in event_samples.said(rule for _, rule in rules) if each not in constants]
    tests = [_with_constants(print_expr(rule.where, schema), constants) for _, rule in rules]
    numbers = [
        exp.Case().when(sql.paren(test.copy()), sql.number(number))
        for (number, _), test in zip(rules, tests, strict=True)
    ]
    present = sql.call(
        "list_filter",
        sql.array(*numbers),
        sql.lambda_("n", exp.Not(this=exp.Is(this=sql.variable("n"), expression=exp.Null()))),
    )
    wanted = dict.fromkeys(each for each in (*KEYS, *TOLD, *said) if each not in constants)
    items = [exp.column(key, quoted=True) for key in wanted]
    number = [exp.column("part")] if part == "part" else []
    select = (
        exp.select(*items, *number, exp.alias_(sql.call("unnest", present), "rule"))
        .from_(exp.to_table(source))
        .where(sql.balanced(exp.Or, tests))
    )
    lake.session.execute(sql_text(exp.Create(this=exp.to_table("matched"), kind="TABLE", expression=select)))
    category = f"'{constants['category']}'" if "category" in constants else "category"
    lake.session.execute(_NAMED.replace("$category", category))
    key = KEY.replace("$part", f"matched.{part}" if part == "part" else part)
    lake.session.execute(_INSERT.replace(KEY, key))
    event_samples.keep(lake.session, (KIND, key), part, said)
    lake.session.execute("DROP TABLE matched")


def _with_constants(test: exp.Expression, constants: dict[str, str]) -> exp.Expression:
    """What is the same in a whole file stands in the test itself, not in a column."""

    def fill(node: exp.Expression) -> exp.Expression:
        if isinstance(node, exp.Column) and node.name in constants:
            return sql.text(constants[node.name])
        return node

    return test.transform(fill)
