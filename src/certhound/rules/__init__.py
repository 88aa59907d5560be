"""Rules as data: Sigma files loaded with places, lowered to the query tree, planned, tested, linted, explained.

Importing this package is cheap: what needs pySigma, DuckDB or Arrow is imported when rules are loaded, tested or
explained.
"""

from certhound.rules.explain import Explanation, RuleLine, explain_rule, find_rule, list_rules, show_rule
from certhound.rules.load import Loaded, load, load_rules, load_sources
from certhound.rules.reason import Template, parse_template, render
from certhound.rules.rule import Example, NotRun, Rule, RuleSet
from certhound.rules.run import RunPlan, could_match, plan_run, run_reference
from certhound.rules.selftest import Failure, TestReport, test_rules

__all__ = [
    "Example",
    "Explanation",
    "Failure",
    "Loaded",
    "NotRun",
    "Rule",
    "RuleLine",
    "RuleSet",
    "RunPlan",
    "Template",
    "TestReport",
    "could_match",
    "explain_rule",
    "find_rule",
    "list_rules",
    "load",
    "load_rules",
    "load_sources",
    "parse_template",
    "plan_run",
    "render",
    "run_reference",
    "show_rule",
    "test_rules",
]
