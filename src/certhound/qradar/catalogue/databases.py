"""The columns of Ariel's three databases.

Sources: the field lists that ``GET /api/ariel/databases`` of a 7.6.0 console gives, IBM's AQL guide ("Event and flow
fields"), and the columns that public clients select on real consoles. Types are those of the REST API's
``object_value_type`` where it is known, else by meaning.
"""

from __future__ import annotations

from certhound.qradar.catalogue.ariel import ArielColumn, ArielType

INT, LONG, PORT, BOOL = ArielType.INTEGER, ArielType.LONG, ArielType.PORT, ArielType.BOOLEAN
TEXT, HOST, MAC, BYTES, LIST = ArielType.STRING, ArielType.HOST, ArielType.MAC, ArielType.BYTES, ArielType.LIST


def _columns(*rows: tuple[str, ArielType, str]) -> tuple[ArielColumn, ...]:
    """One row for several columns of a type and meaning; a ``*`` behind a name: ``SELECT *`` gives it."""
    return tuple(
        ArielColumn(name.rstrip("*"), kind, meaning, default=name.endswith("*"))
        for names, kind, meaning in rows
        for name in names.split()
    )


EVENTS = _columns(
    ("starttime*", LONG, "when QRadar received the event, epoch milliseconds"),
    ("endtime", LONG, "when the event was stored; time windows apply to it"),
    ("devicetime", LONG, "time that the log source wrote into the event"),
    ("duration", LONG, "milliseconds from the first to the last of the coalesced events"),
    ("protocolid*", INT, "internet protocol, PROTOCOLNAME(protocolid)"),
    ("sourceip*", HOST, "source address"),
    ("logsourceid*", INT, "log source, LOGSOURCENAME(logsourceid)"),
    ("qid*", INT, "kind of event, QIDNAME(qid)"),
    ("sourceport*", PORT, "source port"),
    ("eventcount*", INT, "how many equal events were coalesced into this record"),
    ("magnitude*", INT, "weight of the event, 0 to 10"),
    ("identityip*", HOST, "address that the event says an identity has"),
    ("destinationip*", HOST, "destination address"),
    ("destinationport*", PORT, "destination port"),
    ("category*", INT, "low-level category, CATEGORYNAME(category)"),
    ("username*", TEXT, "user name"),
    ("highlevelcategory", INT, "high-level category, a multiple of 1000"),
    ("credibility severity relevance", INT, "parts of the magnitude, 0 to 10"),
    ("devicetype", INT, "log source type, LOGSOURCETYPENAME(devicetype)"),
    ("devicegrouplist", LIST, "groups of the log source, LOGSOURCEGROUPNAME(devicegrouplist)"),
    ("logsourceidentifier", TEXT, "name or address by which the log source was told apart"),
    ("protocolconfigid", INT, "configuration of the protocol by which the event was collected"),
    ("collectorid processorid", INT, "component that collected or processed the event"),
    ("domainid", INT, "domain, DOMAINNAME(domainid)"),
    ("qideventid qideventcategory", TEXT, "the log source's own id and category of the event"),
    ("creeventlist", LIST, "ids of the rules that matched, RULENAME(creeventlist); = means contains"),
    ("partialmatchlist partialormatchlist", LIST, "ids of the rules that matched in part"),
    ("adekey adevalue", TEXT, "key and value of the anomaly detection engine"),
    ("sourceaddress destinationaddress", HOST, "address, v4 or v6"),
    ("sourcev6 destinationv6", HOST, "IPv6 address"),
    ("prenatsourceip prenatdestinationip", HOST, "address before translation"),
    ("postnatsourceip postnatdestinationip", HOST, "address after translation"),
    ("prenatsourceport prenatdestinationport", PORT, "port before translation"),
    ("postnatsourceport postnatdestinationport", PORT, "port after translation"),
    ("sourcemac destinationmac", MAC, "hardware address"),
    ("geographiclocation", TEXT, "country as Continent.Country"),
    ("sourcegeographiclocation destinationgeographiclocation", TEXT, "country as Continent.Country"),
    ("eventdirection", TEXT, "L2L, L2R, R2L or R2R"),
    ("identityhostname", TEXT, "host name that the event says an identity has"),
    ("hasidentity hasoffense hastlv iscreevent isduplicate", BOOL, "what the record has or is"),
    ("islogonly istruncated isunparsed storedforperformance", BOOL, "what the record has or is"),
    ("payload", BYTES, "the raw record, UTF8(payload)"),
    ("pcappacket", BYTES, "captured packet"),
    ("tlvs", TEXT, "fields in the form type, length, value"),
)

FLOWS = _columns(
    ("flowtype*", INT, "0 standard, 3 to 5 superflows"),
    ("firstpackettime*", LONG, "first packet, epoch milliseconds"),
    ("lastpackettime*", LONG, "last packet"),
    ("sourceip*", HOST, "source address"),
    ("sourceport*", PORT, "source port"),
    ("destinationip*", HOST, "destination address"),
    ("destinationport*", PORT, "destination port"),
    ("sourcebytes* destinationbytes*", LONG, "bytes sent by that side"),
    ("sourcepackets* destinationpackets*", LONG, "packets sent by that side"),
    ("protocolid*", INT, "internet protocol, PROTOCOLNAME(protocolid)"),
    ("applicationid*", INT, "application, APPLICATIONNAME(applicationid)"),
    ("icmptype icmpcode", INT, "type and code of ICMP"),
    ("starttime", LONG, "start of the interval that reported the flow"),
    ("endtime", LONG, "when the flow was stored; time windows apply to it"),
    ("category", INT, "low-level category, CATEGORYNAME(category)"),
    ("qid", INT, "kind of flow, QIDNAME(qid)"),
    ("credibility severity relevance", INT, "weight of the flow, 0 to 10"),
    ("sourceasn destinationasn", INT, "autonomous system"),
    ("sourcedscp destinationdscp sourceprecedence destinationprecedence", INT, "quality of service"),
    ("sourceflags destinationflags", TEXT, "TCP flags seen from that side"),
    ("sourceifindex destinationifindex", INT, "interface index"),
    ("sourcepayload destinationpayload", BYTES, "first bytes of the content"),
    ("sourcev6 destinationv6", HOST, "IPv6 address"),
    ("domainid", INT, "domain, DOMAINNAME(domainid)"),
    ("flowbias", TEXT, "which side sent more"),
    ("flowdirection", TEXT, "L2L, L2R, R2L or R2R"),
    ("flowid intervalid", LONG, "id of the flow, of the interval"),
    ("flowinterface flowsource", TEXT, "interface and device that saw the flow"),
    ("flowinterfaceid retentionbucket processorid", INT, "ids of the deployment"),
    ("fullmatchlist partialmatchlist", LIST, "ids of the rules that matched, in full or in part"),
    ("geographic", TEXT, "country as Continent.Country"),
    ("hasoffense isduplicate", BOOL, "what the record has or is"),
)

SIMARC = _columns(
    ("starttime*", LONG, "start of the interval, epoch milliseconds"),
    ("endtime*", LONG, "when it was stored; time windows apply to it"),
    ("lastpackettime", LONG, "last packet"),
    ("source* sourceremotenetwork", TEXT, "who sent"),
    ("sourcetype destinationtype", INT, "kind of the end"),
    ("destinationport*", PORT, "destination port"),
    ("direction*", TEXT, "L2L, L2R, R2L or R2R"),
    ("deviceid", INT, "device that reported it"),
    ("applicationid protocolid", INT, "application and internet protocol"),
    ("flowsource", TEXT, "device that saw the flows"),
    ("eventcount* flowcount* eventflag", INT, "events and flows that were counted"),
    ("sourcebytes destinationbytes", LONG, "bytes sent by that side"),
)

DATABASES: dict[str, tuple[ArielColumn, ...]] = {"events": EVENTS, "flows": FLOWS, "simarc": SIMARC}

WIDELY_WRITTEN: dict[str, str] = {
    "eventname": "write QIDNAME(qid)",
    "qidname": "write QIDNAME(qid)",
    "logsourcename": "write LOGSOURCENAME(logsourceid)",
    "logsourcetypeid": "write devicetype",
    "logsourcetypename": "write LOGSOURCETYPENAME(devicetype)",
    "categoryname": "write CATEGORYNAME(category)",
    "rulename": "write RULENAME(creeventlist)",
    "protocolname": "write PROTOCOLNAME(protocolid)",
    "eventid": 'a custom property where an administrator made one ("EventID", "Event ID"), otherwise unknown; '
    "a site file (--site) says that yours has it",
    "sourcecountry": "write sourcegeographiclocation, or GEO::LOOKUP_TEXT(sourceip, 'country_name')",
    "destinationcountry": "write destinationgeographiclocation, or GEO::LOOKUP_TEXT(destinationip, 'country_name')",
}
"""Names that many queries use as if they were native columns, and what to write instead.

A property of such a name exists where a site says so; that a data file has the key is not enough.
"""

IBM_PROPERTIES: tuple[tuple[str, ArielType, str], ...] = (
    ("URL", TEXT, "address of a web request"),
    ("URL Host", TEXT, "host of a web request"),
    ("URL Path", TEXT, "path of a web request"),
    ("User Agent", TEXT, "user agent of a web request"),
    ("Action", TEXT, "what the device did"),
    ("EventID", TEXT, "event number of Windows"),
    ("Event ID", TEXT, "event number of Windows, by its other name"),
    ("Machine Identifier", TEXT, "computer that the event is about"),
    ("Process Path", TEXT, "image of a process"),
    ("Process Name", TEXT, "name of a process"),
    ("Process CommandLine", TEXT, "command line of a process"),
    ("Process ID", TEXT, "id of a process"),
    ("Parent Process Path", TEXT, "image of the parent process"),
    ("Parent Process Name", TEXT, "name of the parent process"),
    ("Parent Process ID", TEXT, "id of the parent process"),
    ("ScriptBlock Text", TEXT, "PowerShell script block"),
    ("File Path", TEXT, "path of a file"),
    ("Filename", TEXT, "name of a file"),
    ("File Hash", TEXT, "hash of a file"),
    ("SHA256 Hash", TEXT, "SHA-256 of a file"),
    ("SHA1 Hash", TEXT, "SHA-1 of a file"),
    ("MD5 Hash", TEXT, "MD5 of a file"),
    ("Registry Key", TEXT, "key of the Windows registry"),
    ("Sender", TEXT, "sender of a mail"),
    ("Recipient", TEXT, "recipient of a mail"),
    ("Subject", TEXT, "subject of a mail"),
    ("DNS Query", TEXT, "name asked for"),
    ("TLS Version", TEXT, "version of TLS"),
    ("Certificate Subject", TEXT, "subject of the server's certificate"),
    ("Certificate Issuer", TEXT, "issuer of the server's certificate"),
    ("Certificate Serial Number", TEXT, "serial of the server's certificate"),
    ("Certificate SHA256", TEXT, "SHA-256 of the server's certificate"),
    ("tls server name indication", TEXT, "server name of the ClientHello (QRadar Network Insights)"),
    ("tls ja3 hash", TEXT, "JA3 of the client (QRadar Network Insights)"),
    ("tls ja3s hash", TEXT, "JA3S of the server (QRadar Network Insights)"),
    (
        "suspect content descriptions",
        TEXT,
        "what is suspect, such as a self-signed certificate (QRadar Network Insights)",
    ),
)
"""Properties of IBM's content packs for what is read here. A console has them only where the pack is installed."""
