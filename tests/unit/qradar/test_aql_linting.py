"""The linter as a whole: order, sites, silencing, a query with many faults, and one with none."""

from __future__ import annotations

from certhound.qradar.aql import Severity, lint
from certhound.qradar.catalogue import ArielColumn, ArielType, Site

MANY_FAULTS = """\
SELECT sourceip AS "Source", UTF8(payload) AS "URL", devicetime AS "Seen",
  CASE WHEN UTF8(payload) ILIKE '%.exe%' OR UTF8(payload) ILIKE '%.dll%' THEN 90
       WHEN UTF8(payload) ILIKE '%certutil.exe%' THEN 80 ELSE 60 END AS "RiskScore"
FROM events
WHERE LOGSOURCETYPENAME(devicetype) IN ('Web Proxy Logs', 'Windows')
  AND (eventid = 4688 OR destinationport IN (80, 443))
ORDER BY "RiskScore" DESC
LAST 24 HOURS
"""

EXPECTED = """
payload-alias device-time raw-time first-match-score payload-scan loose-pattern constant-score case-never-wins
log-source-type site-property unrelated-or port-without-port tls-by-port no-limit
"""

CLEAN = """\
SELECT DATEFORMAT(MIN(starttime), 'yyyy-MM-dd HH:mm') AS first_seen, destinationip, UNIQUECOUNT(sourceip) AS clients
FROM flows
WHERE flowdirection = 'L2R' AND destinationport IN (8080, 8081)
GROUP BY destinationip
ORDER BY clients
LIMIT 100
LAST 24 HOURS
"""


def test_a_query_with_many_faults_is_told_all_of_them_in_order() -> None:
    found = lint(MANY_FAULTS)
    assert set(EXPECTED.split()) <= {each.check for each in found}
    assert [each.span.start for each in found] == sorted(each.span.start for each in found)
    property_ = next(each for each in found if each.check == "site-property")
    assert (property_.line, MANY_FAULTS[property_.span.start : property_.span.end]) == (6, "eventid")
    assert "qideventid = 4688" in property_.advice


def test_a_good_query_draws_nothing() -> None:
    assert lint(CLEAN) == []


def test_a_query_that_cannot_be_read_gives_its_error() -> None:
    (only,) = lint("SELECT DISTINCT sourceip FROM events")
    assert (only.check, only.severity) == ("distinct", Severity.ERROR)
    assert only.message == 'Field "DISTINCT" does not exist in catalog "events"'


def test_a_site_says_which_properties_there_are() -> None:
    query = 'SELECT "URL", "Threat Name" FROM events LIMIT 5 LAST 1 HOURS'
    site = Site("mine", {"log_source_types": {4001: "Acme Proxy"}}, {"url": ArielColumn("URL", ArielType.STRING)})
    assert {each.severity for each in lint(query)} == {Severity.WARNING}
    (only,) = lint(query, site=site)
    assert (only.check, only.severity) == ("unknown-field", Severity.ERROR)
    assert "Threat Name" in only.message
    named = "SELECT qid FROM events WHERE LOGSOURCETYPENAME(devicetype) = 'Acme Proxy' LIMIT 5 LAST 1 HOURS"
    assert "log-source-type" in {each.check for each in lint(named)}
    assert "log-source-type" not in {each.check for each in lint(named, site=site)}


def test_comments_silence_checks_on_their_line_or_the_next() -> None:
    fired = "SELECT sourceip FROM events LAST 1 HOURS"
    assert [each.check for each in lint(fired)] == ["no-limit"]
    assert lint(f"{fired} -- certhound: allow no-limit") == []
    assert lint(f"-- certhound: allow no-limit, raw-time\n{fired}") == []
    assert [each.check for each in lint(f"-- certhound: allow raw-time\n{fired}")] == ["no-limit"]


def test_places_are_those_of_the_text() -> None:
    (only,) = lint("SELECT qid,\n  sorceip\nFROM events LIMIT 1 LAST 1 HOURS")
    assert (only.line, only.column, only.end_line, only.end_column) == (2, 3, 2, 10)
    assert "did you mean sourceip" in only.advice


def test_a_name_with_hyphens_that_the_site_has_is_a_name() -> None:
    text = "SELECT Proxy-cs-host FROM events WHERE proxy-CS-host = 'x' LIMIT 5 LAST 1 HOURS"
    site = Site("site", properties={"proxy-cs-host": ArielColumn("Proxy-cs-host", ArielType.STRING, custom=True)})
    assert lint(text, site=site) == []
    assert lint(text) != []
