"""The functions of AQL as data: what they are called, take and give. How they run is in ``qradar.running.functions``.

Sources: IBM's AQL guide, "Data calculation and formatting", "Data aggregation" and "Data retrieval functions".
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from certhound.qradar.catalogue.ariel import ArielType

INT, LONG, DOUBLE, BOOL = ArielType.INTEGER, ArielType.LONG, ArielType.DOUBLE, ArielType.BOOLEAN
TEXT, HOST, BYTES, LIST = ArielType.STRING, ArielType.HOST, ArielType.BYTES, ArielType.LIST


@dataclass(frozen=True, slots=True)
class AqlFunction:
    """One function. ``shown`` is its signature for people; ``most`` None: any number of arguments from ``least`` on.

    ``result`` None: the type of its argument.
    """

    name: str
    family: str
    shown: str
    doc: str
    least: int
    most: int | None
    result: ArielType | None
    aggregate: bool = False


def _family(family: str, *rows: tuple[str, str, int, int | None, ArielType | None, str]) -> tuple[AqlFunction, ...]:
    return tuple(
        AqlFunction(name, family, f"{name}({arguments})", doc, least, most, result, family == "aggregation")
        for name, arguments, least, most, result, doc in rows
    )


_AGGREGATES = _family(
    "aggregation",
    ("COUNT", "* or value", 1, 1, DOUBLE, "records, or those where the value is not absent"),
    ("UNIQUECOUNT", "value", 1, 1, DOUBLE, "different values"),
    ("DISTINCTCOUNT", "value", 1, 1, DOUBLE, "different values; a console estimates them, here they are counted"),
    ("FIRST", "value", 1, 1, None, "value of the first record of the group, in the order of reading"),
    ("LAST", "value", 1, 1, None, "value of the last record of the group, in the order of reading"),
    ("MIN", "value", 1, 1, None, "smallest value"),
    ("MAX", "value", 1, 1, None, "largest value"),
    ("SUM", "number", 1, 1, DOUBLE, "sum"),
    ("AVG", "number", 1, 1, DOUBLE, "mean"),
    ("STDEV", "number", 1, 1, DOUBLE, "standard deviation of a sample"),
    ("STDEVP", "number", 1, 1, DOUBLE, "standard deviation of a population"),
)

_FORMATTING = _family(
    "calculation and formatting",
    ("BASE64", "bytes", 1, 1, TEXT, "the bytes in base64"),
    ("CONCAT", "value, value, …", 1, None, TEXT, "one text after the other; absent values are left out"),
    ("DATEFORMAT", "milliseconds, 'Java pattern'", 2, 2, TEXT, "a time as text, in UTC"),
    ("DOUBLE", "value", 1, 1, DOUBLE, "as a number with a point"),
    ("LONG", "value", 1, 1, LONG, "as a whole number; an IPv4 address as its 32 bits"),
    ("LOWER", "text[, 'locale']", 1, 2, TEXT, "in lower case"),
    ("UPPER", "text[, 'locale']", 1, 2, TEXT, "in upper case"),
    ("NOW", "", 0, 0, LONG, "the time of the search, in milliseconds"),
    ("PARSEDATETIME", "'text'", 1, 1, LONG, "a time such as '1 hour ago' or '2026-11-24 08:00' in milliseconds"),
    ("PARSETIMESTAMP", "'Java pattern', text", 2, 2, LONG, "a time written in a pattern, in milliseconds"),
    ("REPLACEALL", "'Java regex', text, 'by'", 3, 3, TEXT, "every match replaced"),
    ("REPLACEFIRST", "'Java regex', text, 'by'", 3, 3, TEXT, "the first match replaced"),
    ("STR", "value", 1, 1, TEXT, "as text"),
    ("STRLEN", "text", 1, 1, INT, "number of characters"),
    ("STRPOS", "text, part[, start]", 2, 3, INT, "where the part begins, from 0; -1 where it does not"),
    ("SUBSTRING", "text, start[, length]", 2, 3, TEXT, "a part of the text, counted from 0"),
    ("UTF8", "bytes", 1, 1, TEXT, "the bytes as text"),
    ("FORMAT::PAYLOAD_TO_HEX", "bytes", 1, 1, TEXT, "the bytes as pairs of hexadecimal digits"),
)

_RETRIEVAL = _family(
    "data retrieval",
    ("APPLICATIONNAME", "applicationid", 1, 1, TEXT, "name of an application"),
    ("ARIELSERVERS4EPID", "processorid", 1, 1, TEXT, "the Ariel servers of an event processor"),
    ("ARIELSERVERS4EPNAME", "'event processor'", 1, 1, TEXT, "the Ariel servers of an event processor"),
    ("ASSETHOSTNAME", "ip[, time or domainid]", 1, 3, TEXT, "host name of an asset"),
    ("ASSETPROPERTY", "'property', ip[, domainid]", 2, 3, TEXT, "a property of an asset"),
    ("ASSETUSER", "ip[, time[, domainid]]", 1, 3, TEXT, "user of an asset"),
    ("CATEGORYNAME", "category", 1, 1, TEXT, "name of a category"),
    ("COMPONENTID", "'host'", 1, 1, INT, "id of a component of the deployment"),
    ("DOMAINNAME", "domainid", 1, 1, TEXT, "name of a domain"),
    ("FULLNETWORKNAME", "ip[, domainid]", 1, 2, TEXT, "full name in the network hierarchy; other where there is none"),
    ("GEO::DISTANCE", "ip, ip", 2, 2, DOUBLE, "kilometres between two addresses"),
    ("GEO::DISTANCE_BY_DOMAIN", "ip, ip, domainid", 3, 4, DOUBLE, "kilometres between two addresses"),
    ("GEO::LOOKUP", "ip, 'key'", 2, 2, TEXT, "what is known of where an address is, as JSON"),
    ("GEO::LOOKUP_BY_DOMAIN", "ip, 'key', domainid", 3, 3, TEXT, "what is known of where an address is, as JSON"),
    ("GEO::LOOKUP_TEXT", "ip, 'key'", 2, 2, TEXT, "one fact of where an address is, such as country_name"),
    ("HOSTNAME", "processorid", 1, 1, TEXT, "host of a component"),
    ("INCIDR", "'range', ip", 2, 2, BOOL, "whether an address is in a range; the range comes first"),
    ("INOFFENSE", "offense", 1, 1, BOOL, "whether the record belongs to an offense"),
    ("LOGSOURCEGROUPNAME", "devicegrouplist", 1, 1, LIST, "names of the groups of a log source"),
    ("LOGSOURCENAME", "logsourceid", 1, 1, TEXT, "name of a log source"),
    ("LOGSOURCETYPENAME", "devicetype", 1, 1, TEXT, "name of a log source type"),
    ("MATCHESASSETSEARCH", "'saved search', ip", 2, 2, BOOL, "whether a saved asset search finds the address"),
    ("NETWORKNAME", "ip[, domainid]", 1, 2, TEXT, "name in the network hierarchy; other where there is none"),
    ("OFFENSE_TIME", "offense", 1, 1, LONG, "life of an offense, behind TIMES"),
    ("PROCESSORNAME", "processorid", 1, 1, TEXT, "name of an event processor"),
    ("PROTOCOLNAME", "protocolid", 1, 1, TEXT, "name of an internet protocol"),
    ("QIDNAME", "qid", 1, 1, TEXT, "name of a kind of event"),
    ("QIDDESCRIPTION", "qid", 1, 1, TEXT, "description of a kind of event"),
    ("QIDESCRIPTION", "qid", 1, 1, TEXT, "QIDDESCRIPTION, as IBM's list spells it"),
    ("REFERENCEMAP", "'map', key[, domainid]", 2, 3, TEXT, "value of a key in a reference map"),
    (
        "REFERENCEMAPSETCONTAINS",
        "'map of sets', key, value[, domainid]",
        3,
        4,
        BOOL,
        "whether the key's set has a value",
    ),
    ("REFERENCESETCONTAINS", "'set', value[, domainid]", 2, 3, BOOL, "whether a reference set has a value"),
    ("REFERENCETABLE", "'table', 'column', key[, domainid]", 3, 4, TEXT, "value in a reference table"),
    ("RULENAME", "id or creeventlist", 1, 1, None, "name of a rule, or the names of a list of them"),
    ("XFORCE_IP_CATEGORY", "ip", 1, 2, TEXT, "category of an address by X-Force"),
    ("XFORCE_IP_CONFIDENCE", "'category', ip", 2, 2, INT, "confidence that an address is of a category, by X-Force"),
    ("XFORCE_URL_CATEGORY", "url", 1, 1, TEXT, "category of a URL by X-Force"),
)


@cache
def functions() -> dict[str, AqlFunction]:
    """Every function by its name in upper case."""
    return {each.name: each for each in (*_AGGREGATES, *_FORMATTING, *_RETRIEVAL)}


def find_function(name: str) -> AqlFunction | None:
    """A function by its name in any case."""
    return functions().get(name.upper())
