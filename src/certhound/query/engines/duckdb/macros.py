"""Macros that every DuckDB connection of ours has: fixed SQL, into which nothing is ever pasted.

``certhound_inet_key`` gives the 128-bit key of :mod:`certhound.query.inet` for an address as text, NULL for anything
else. IPv6 goes in steps: leave out the zone, turn a dotted tail into two groups, fill up what ``::`` stands for, write
each group with four digits, read all as one hexadecimal number.

A macro's argument is copied to every place where it stands, and copies of copies make a statement slow to plan. So each
step binds its value once, as the element of a list of one.
"""

from __future__ import annotations

from certhound.query.functions.records import FIRST_US, ISO, LAST_US, MAGNITUDES

_OCTET = r"(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_V4 = rf"{_OCTET}(?:\.{_OCTET}){{3}}"
_GROUP = "[0-9A-Fa-f]{1,4}"
_GROUPS = f"{_GROUP}(?::{_GROUP}){{0,7}}"


def _micros(epoch: str) -> str:
    """Microseconds of an epoch in whichever unit."""
    whens = [f"WHEN abs({epoch}) < {below!r}::DOUBLE THEN {epoch} * {factor!r}::DOUBLE" for below, factor in MAGNITUDES]
    return f"CASE {' '.join(whens)} END"


MACROS: tuple[str, ...] = (
    # four octets, already known to be right, as a number
    """CREATE TEMP MACRO certhound_inet_v4(octets) AS
       CAST(octets[1] AS BIGINT) * 16777216 + CAST(octets[2] AS BIGINT) * 65536
       + CAST(octets[3] AS BIGINT) * 256 + CAST(octets[4] AS BIGINT)""",
    # two groups of hexadecimal digits for a dotted tail
    f"""CREATE TEMP MACRO certhound_inet_tail(text) AS CASE WHEN regexp_matches(text, '^[0-9A-Fa-f:]*:{_V4}$')
        THEN regexp_extract(text, '^(.*:)', 1) || list_extract(list_transform(
             [string_split(regexp_extract(text, '([0-9.]+)$', 1), '.')],
             LAMBDA o : printf('%x:%x', certhound_inet_v4(o) // 65536, certhound_inet_v4(o) % 65536)), 1)
        ELSE text END""",
    # the groups on each side of ::, none for an empty side; without :: all of them on the left
    """CREATE TEMP MACRO certhound_inet_sides(text) AS list_transform(string_split(text, '::'),
       LAMBDA side : list_filter(string_split(side, ':'), LAMBDA each : each <> ''))""",
    # eight groups as a list; a list of another length when the text is wrong
    """CREATE TEMP MACRO certhound_inet_eight(sides) AS CASE
       WHEN len(sides) = 1 THEN sides[1]
       WHEN len(sides) = 2 AND len(sides[1]) + len(sides[2]) < 8 THEN list_concat(list_concat(sides[1],
            list_transform(range(8 - len(sides[1]) - len(sides[2])), LAMBDA i : '0')), sides[2]) ELSE [] END""",
    rf"""CREATE TEMP MACRO certhound_inet_v6(text) AS list_extract(list_transform(
         [certhound_inet_tail(text)], LAMBDA t : CASE
         WHEN regexp_matches(t, '^(?:{_GROUPS})?::(?:{_GROUPS})?$|^{_GROUPS}$')
         THEN list_extract(list_transform([certhound_inet_sides(t)], LAMBDA s : list_extract(list_transform(
              [certhound_inet_eight(s)], LAMBDA e : CASE WHEN len(e) = 8
              THEN TRY_CAST('0x' || array_to_string(list_transform(e, LAMBDA g : lpad(g, 4, '0')), '') AS UINT128) END
              ), 1)), 1) END), 1)""",
    rf"""CREATE TEMP MACRO certhound_inet_key(address) AS
         CASE WHEN regexp_matches(address, '^{_V4}$')
              THEN CAST(CAST(split_part(address, '.', 1) AS BIGINT) * 16777216
                   + CAST(split_part(address, '.', 2) AS BIGINT) * 65536
                   + CAST(split_part(address, '.', 3) AS BIGINT) * 256
                   + CAST(split_part(address, '.', 4) AS BIGINT) + 281470681743360 AS UINT128)
              WHEN regexp_matches(address, '^[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*(?:%[^%]+)?$')
              THEN list_extract(list_transform([regexp_extract(address, '^[^%]*')],
                   LAMBDA a : certhound_inet_v6(a)), 1) END""",
    # what stands behind one backslash and x in a log: runs of such bytes as the UTF-8 text they spell; a run that is
    # none, or that has a NUL, stays as written
    r"""CREATE TEMP MACRO certhound_unescape(text) AS array_to_string(list_transform(
         regexp_extract_all(text, '((?:\\x[0-9A-Fa-f]{2})+|[^\\]+|\\)'),
         LAMBDA t : CASE WHEN regexp_full_match(t, '(\\x[0-9A-Fa-f]{2})+') AND NOT contains(t, '\x00')
              THEN coalesce(try(decode(unhex(replace(t, '\x', '')))), t) ELSE t END), '')""",
    # times that are not plain seconds: an epoch whose magnitude tells its unit, or ISO 8601. DuckDB reads offsets with
    # a colon only; its TIMESTAMP passes over them, so it goes through the type with a zone
    f"""CREATE TEMP MACRO certhound_odd_time(text, epoch) AS CASE WHEN epoch IS NOT NULL
         THEN list_extract(list_transform([TRY_CAST(floor({_micros("epoch")} + 0.5) AS BIGINT)],
              LAMBDA m : CASE WHEN m BETWEEN {FIRST_US} AND {LAST_US} THEN make_timestamp(m) END), 1)
         WHEN regexp_full_match(text, '{ISO}') THEN timezone('UTC', TRY_CAST(
              regexp_replace(text, '([+-]\\d\\d)(\\d\\d)$', '\\1:\\2') AS TIMESTAMPTZ)) END""",
)  # fmt: skip
