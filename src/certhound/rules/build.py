"""From a document to a rule, or to the reason why it cannot be run."""

from __future__ import annotations

from collections.abc import Mapping as Dict
from dataclasses import dataclass
from pathlib import PurePath

from certhound.model.columns import CERTIFICATES, CONTACTS, EVENTS, Column, Kind
from certhound.model.errors import ErrorList
from certhound.query.check import QueryError, check_expr
from certhound.query.schema import Schema
from certhound.query.tree import NOWHERE, TRUE, And, Compare, Expr, Like, Literal, Match, Not, Op, Or, Wild, conjunction
from certhound.query.tree import Column as ColumnNode
from certhound.rules.collection import Member
from certhound.rules.document import Document
from certhound.rules.extras import Extras, read_extras
from certhound.rules.located import Problems
from certhound.rules.lowering import Lowered, lower_detection
from certhound.rules.lowering.fields import ForeignFields, OwnFields
from certhound.rules.lowering.scope import Fields, Lack, Scope
from certhound.rules.lowering.selections import lower_selection
from certhound.rules.mapping import Entry, entry_for
from certhound.rules.reason import parse_template
from certhound.rules.rule import LEVEL_SCORES, NotRun, Rule
from certhound.rules.schema import RULE_CATEGORIES, SENSORS, WEB, schema_for, table_columns
from certhound.rules.yaml_tree import Mapping, Scalar, Sequence

Placeholders = Dict[str, tuple[str, ...]]
_FOREIGN_REASON = "the record matches the Sigma rule"


@dataclass(frozen=True, slots=True)
class _Ground:
    """Where a rule stands: its table and category, which rows are of its log source, and its fields."""

    table: str
    category: str
    filter: Expr
    fields: Fields
    columns: dict[str, Column]


@dataclass(frozen=True, slots=True)
class Built:
    """A rule, or why it is not run; neither where the document is wrong. ``unused`` are selections nothing names."""

    document: Document
    rule: Rule | None = None
    not_run: NotRun | None = None
    unused: tuple[str, ...] = ()


def build_rule(member: Member, filters: list[Document], placeholders: Placeholders) -> Built:
    """The rule of a document with the filters that are for it. Errors lie in the member's problems."""
    document, problems = member.document, member.problems
    detection = document.root.get("detection")
    old = _aggregation(detection)
    if old is not None and not problems.errors:
        return Built(document, not_run=_not_run(document, [Lack("aggregation", old)]))
    ground = _own_ground(document, problems) if document.own else _foreign_ground(document)
    if isinstance(ground, Lack):
        return Built(document, not_run=None if problems.errors else _not_run(document, [ground]))
    if ground is None or detection is None:
        return Built(document)
    lowered = lower_detection(detection, problems, ground.fields, own=document.own, placeholders=placeholders)
    parts = [lowered, *_lowered_filters(filters, document, ground, placeholders, problems)]
    extras = read_extras(document, ground.columns, _defaults(ground), problems)
    if problems.errors:
        return Built(document)
    lacks = [lack for part in parts for lack in part.lacks]
    if lacks:
        return Built(document, not_run=_not_run(document, lacks), unused=lowered.unused)
    rule = _rule(document, ground, parts, extras)
    _check(rule, ground, problems)
    return Built(document, None if problems.errors else rule, unused=lowered.unused)


def _aggregation(detection: object) -> str | None:
    """Why a detection of Sigma's first version, which counts in its condition, is not run."""
    if not isinstance(detection, Mapping):
        return None
    node = detection.get("condition")
    conditions = node.items if isinstance(node, Sequence) else (node,)
    if any(isinstance(each, Scalar) and "|" in each.text for each in conditions):
        return "the condition counts over several records (deprecated pipe syntax), which is not supported here"
    return None


def _own_ground(document: Document, problems: Problems) -> _Ground | None:
    category = document.log_source.category
    if category not in RULE_CATEGORIES:
        text = f"there is no category {category!r}" if category else "our log source needs a category"
        problems.add(document.span("logsource", "category"), "unknown-category", text, ", ".join(RULE_CATEGORIES))
        return None
    schema = schema_for(category)
    where = TRUE if schema.table != EVENTS.name else _of_web() if category == WEB else _is("category", category)
    fields = OwnFields(schema.table, schema.columns)
    return _Ground(schema.table, category, where, fields, schema.columns)


def _is(column: str, value: str) -> Expr:
    return Compare(Op.EQ, ColumnNode(column), Literal(value, Kind.TEXT))


def _of_web() -> Expr:
    sensors = [Match(ColumnNode("source"), Like((name, Wild.ANY))) for name in SENSORS]
    return Or((_is("category", "http"), And((_is("category", "tls"), Not(Or(tuple(sensors)))))))


def _foreign_ground(document: Document) -> _Ground | Lack | None:
    if not str(document.log_source):
        return None  # noted when the document was read
    entry = entry_for(document.log_source)
    if entry is None:
        need = f"log source {document.log_source}"
        return Lack(need, f"log source {document.log_source} is not one that certhound reads")
    fields = ForeignFields(entry, document.log_source)
    return _Ground(entry.table, _category(entry), _where(entry), fields, table_columns(entry.table))


def _where(entry: Entry) -> Expr:
    """The rows that are of a log source."""
    if entry.where is None:
        return TRUE
    problems = Problems(entry.source)
    scope = Scope(problems, OwnFields(entry.table, table_columns(entry.table)), own=True)
    found = lower_selection(entry.where, scope)
    if problems.errors:
        raise ErrorList(problems.errors)
    return found


def _category(entry: Entry) -> str:
    named = entry.where.get("category") if entry.where else None
    if isinstance(named, Scalar):
        return named.text
    return {CERTIFICATES.name: "certificate", CONTACTS.name: "contact"}.get(entry.table, "")


def _defaults(ground: _Ground) -> dict[str, str]:
    """An event inside a rule is of the rule's category without saying so."""
    category = "http" if ground.category == WEB else ground.category
    return {"category": category} if ground.table == EVENTS.name and category else {}


def _lowered_filters(
    filters: list[Document], rule: Document, ground: _Ground, placeholders: Placeholders, problems: Problems
) -> list[Lowered]:
    """The filters of a rule; spans of theirs would point into another text and are left out of the tree's places."""
    found: list[Lowered] = []
    for document in filters:
        body = document.root.get("filter")
        if body is None:
            continue
        own = Problems(document.source)
        found.append(lower_detection(body, own, ground.fields, own=rule.own, placeholders=placeholders))
        problems.errors.extend(own.errors)
    return found


def _rule(document: Document, ground: _Ground, parts: list[Lowered], extras: Extras) -> Rule:
    meta, lists = document.meta, document.lists
    level = meta.get("level", "")
    predicates = [part.predicate for part in parts]
    title = meta.get("title", "")
    return Rule(
        id=document.id,
        name=meta.get("name") or PurePath(document.source.file).stem,
        title=title,
        path=document.source.file,
        table=ground.table,
        category=ground.category,
        predicate=conjunction(predicates),
        filter=ground.filter,
        own=document.own,
        level=level,
        score=extras.score if extras.score is not None else LEVEL_SCORES.get(level, LEVEL_SCORES["medium"]),
        family=extras.family or f"sigma:{document.id}",
        reason=extras.reason or parse_template(f"{_FOREIGN_REASON} “{title}”".replace("{", "{{").replace("}", "}}")),
        author=meta.get("author", ""),
        status=meta.get("status", ""),
        description=meta.get("description", ""),
        license=meta.get("license", ""),
        date=meta.get("date", ""),
        tags=lists.get("tags", ()),
        references=lists.get("references", ()),
        false_positives=lists.get("falsepositives", ()),
        known_gaps=extras.known_gaps,
        columns=tuple(dict.fromkeys(name for part in parts for name in part.columns)),
        positive=extras.positive,
        negative=extras.negative,
        version=extras.version,
    )


def schema_of(rule_table: str) -> Schema:
    """A table as the checker and the engines take it, with all columns that rules see."""
    return Schema(rule_table, {name: column.kind for name, column in table_columns(rule_table).items()})


def _check(rule: Rule, ground: _Ground, problems: Problems) -> None:
    """The checker's word on the whole, at its place."""
    try:
        check_expr(rule.where, schema_of(ground.table))
    except ErrorList as errors:
        for error in errors.errors:
            span = error.span if isinstance(error, QueryError) else NOWHERE
            problems.add(span, error.check, error.text, error.advice)


def not_run_correlation(document: Document) -> NotRun:
    """Correlations count over the matches of other rules."""
    lack = Lack("correlation", "correlation rules are not supported here; findings gather evidence on their own")
    return _not_run(document, [lack])


def _not_run(document: Document, lacks: list[Lack]) -> NotRun:
    needs = tuple(dict.fromkeys(lack.need for lack in lacks))
    reasons = tuple(dict.fromkeys(lack.reason for lack in lacks))
    meta = document.meta
    name = meta.get("name") or PurePath(document.source.file).stem
    return NotRun(name, meta.get("title", ""), needs, "; ".join(reasons), meta.get("author", ""), document.source.file)
