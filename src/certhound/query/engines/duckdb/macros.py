"""Macros that every DuckDB connection of ours has: fixed SQL, into which nothing is ever pasted.

``certhound_inet_key`` gives the 128-bit key of :mod:`certhound.query.inet` for an address as text, NULL for anything
else. IPv6 goes in steps: leave out the zone, turn a dotted tail into two groups, fill up what ``::`` stands for, write
each group with four digits, read all as one hexadecimal number.
"""

from __future__ import annotations

_OCTET = r"(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_V4 = rf"{_OCTET}(?:\.{_OCTET}){{3}}"
_GROUP = "[0-9A-Fa-f]{1,4}"
_GROUPS = f"{_GROUP}(?::{_GROUP}){{0,7}}"

MACROS: tuple[str, ...] = (
    # four octets, already known to be right, as a number
    """CREATE TEMP MACRO certhound_inet_v4(x) AS
       CAST(split_part(x, '.', 1) AS BIGINT) * 16777216 + CAST(split_part(x, '.', 2) AS BIGINT) * 65536
       + CAST(split_part(x, '.', 3) AS BIGINT) * 256 + CAST(split_part(x, '.', 4) AS BIGINT)""",
    # two groups of hexadecimal digits for a dotted tail
    f"""CREATE TEMP MACRO certhound_inet_tail(x) AS CASE WHEN regexp_matches(x, '^[0-9A-Fa-f:]*:{_V4}$')
        THEN regexp_extract(x, '^(.*:)', 1) || printf('%x:%x',
             certhound_inet_v4(regexp_extract(x, '([0-9.]+)$', 1)) // 65536,
             certhound_inet_v4(regexp_extract(x, '([0-9.]+)$', 1)) % 65536)
        ELSE x END""",
    # the groups on one side of ::
    "CREATE TEMP MACRO certhound_inet_groups(x) AS CASE WHEN x = '' THEN [] ELSE string_split(x, ':') END",
    # eight groups as a list; a list of another length when the text is wrong
    """CREATE TEMP MACRO certhound_inet_eight(x) AS CASE WHEN contains(x, '::')
       THEN list_concat(certhound_inet_groups(split_part(x, '::', 1)),
            list_concat(list_transform(range(8 - len(certhound_inet_groups(split_part(x, '::', 1)))
                                               - len(certhound_inet_groups(split_part(x, '::', 2)))), LAMBDA i : '0'),
                        certhound_inet_groups(split_part(x, '::', 2))))
       ELSE string_split(x, ':') END""",
    rf"""CREATE TEMP MACRO certhound_inet_v6(x) AS
        CASE WHEN regexp_matches(x, '^(?:{_GROUPS})?::(?:{_GROUPS})?$|^{_GROUPS}$')
              AND len(certhound_inet_eight(x)) = 8
              AND NOT (contains(x, '::') AND len(certhound_inet_groups(split_part(x, '::', 1)))
                                             + len(certhound_inet_groups(split_part(x, '::', 2))) > 7)
        THEN TRY_CAST('0x' || array_to_string(list_transform(certhound_inet_eight(x), LAMBDA g : lpad(g, 4, '0')), '')
             AS UINT128) END""",
    rf"""CREATE TEMP MACRO certhound_inet_key(x) AS
         CASE WHEN regexp_matches(x, '^{_V4}$') THEN CAST(certhound_inet_v4(x) + 281470681743360 AS UINT128)
              WHEN regexp_matches(x, '^[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*(?:%[^%]+)?$')
              THEN certhound_inet_v6(certhound_inet_tail(regexp_extract(x, '^[^%]*'))) END""",
)  # fmt: skip
