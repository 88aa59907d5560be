"""Zeek's logs: one module a log, each exposing ``LOG``; a module put here is found."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Set
from dataclasses import dataclass, field
from functools import cache, lru_cache

from certhound.query.plan import Shape


@dataclass(frozen=True, slots=True)
class ZeekLog:
    """One of Zeek's logs.

    ``path`` is Zeek's own name of it; ``shape`` gives the mapping for the columns that a file really has (canonical
    names, see :mod:`..names`); ``lists`` are the columns whose type is a set or vector. A record of unknown kind is
    taken for this log when it has all ``markers``, or, since JSON leaves out what is unset, two ``telling`` columns.
    """

    path: str
    shape: Callable[[frozenset[str]], Shape]
    known: frozenset[str]
    markers: frozenset[str]
    lists: frozenset[str] = field(default_factory=frozenset)
    telling: frozenset[str] = field(default_factory=frozenset)

    def looks_like(self, columns: Set[str]) -> bool:
        """Whether a record with these columns is probably of this log."""
        return self.markers <= columns or ("id_resp_h" in columns and len(self.telling & columns) >= 2)


@cache
def logs() -> dict[str, ZeekLog]:
    """Every log that is read, by Zeek's name for it."""
    found = [importlib.import_module(f"{__name__}.{module.name}").LOG for module in pkgutil.iter_modules(__path__)]
    return {log.path: log for log in sorted(found, key=lambda log: (-len(log.markers), log.path))}


@lru_cache(256)
def shape_of(path: str, columns: frozenset[str]) -> Shape:
    """The shape of a log with these columns, the same object each time, for which an engine prints its views once."""
    return logs()[path].shape(columns)


OTHER_LOGS: frozenset[str] = frozenset(
    "analyzer broker capture_loss cluster config dce_rpc dhcp dnp3 dpd ftp http intel irc kerberos known_hosts "
    "known_services ldap ldap_search loaded_scripts modbus mqtt_connect mqtt_publish mqtt_subscribe mysql notice "
    "notice_alarm ntlm ntp ocsp packet_filter pe postgresql print prof quic radius rdp reporter rfb signatures sip "
    "smb_cmd smb_files smb_mapping smtp snmp socks software ssh stats stderr stdout syslog telemetry traceroute tunnel "
    "weird websocket weird_stats".split()
)
"""Logs of Zeek that are recognised and not read: they state nothing about certificates or TLS sessions."""
