"""Names of PAN-OS' fields; first the columns of its CSV, by position, as the vendor's pages of 8.1 to 12.1 name them.

https://docs.paloaltonetworks.com/pan-os/11-0/pan-os-admin/monitoring/use-syslog-for-monitoring/syslog-field-descriptions
Later versions append, so one list serves all; cells beyond it are kept under ``#n``.
"""

from __future__ import annotations

from typing import NamedTuple

_START = "future_use receive_time serial type subtype config_version time_generated"
_SESSION = (
    f"{_START} src dst natsrc natdst rule srcuser dstuser app vsys from to inbound_if outbound_if logset time_logged "
    "sessionid repeatcnt sport dport natsport natdport flags proto action"
)
_GROUPS = "dg_hier_level_1 dg_hier_level_2 dg_hier_level_3 dg_hier_level_4 vsys_name device_name"

_TEXTS: dict[str, str] = {
    "TRAFFIC": (
        f"{_SESSION} bytes bytes_sent bytes_received packets start elapsed category future_use_2 seqno actionflags "
        f"srcloc dstloc future_use_3 pkts_sent pkts_received session_end_reason {_GROUPS} action_source src_uuid "
        "dst_uuid tunnelid monitortag parent_session_id parent_start_time tunnel assoc_id chunks chunks_sent "
        "chunks_received rule_uuid http2_connection"
    ),
    "THREAT": (
        f"{_SESSION} misc threatid category severity direction seqno actionflags srcloc dstloc future_use_2 "
        "contenttype pcap_id filedigest cloud url_idx user_agent filetype xff referer sender subject recipient "
        f"reportid {_GROUPS} future_use_3 src_uuid dst_uuid http_method tunnel_id monitortag parent_session_id "
        "parent_start_time tunnel thr_category contentver future_use_4 assoc_id ppid http_headers url_category_list "
        "rule_uuid http2_connection dynusergroup_name"
    ),
    "TUNNEL": (
        f"{_SESSION} severity seqno actionflags srcloc dstloc {_GROUPS} tunnelid monitortag parent_session_id "
        "parent_start_time tunnel bytes bytes_sent bytes_received packets pkts_sent pkts_received max_encap "
        "unknown_proto strict_check tunnel_fragment sessions_created sessions_closed session_end_reason action_source "
        "start elapsed tunnel_insp_rule remote_user_ip remote_user_id rule_uuid pcap_id dynusergroup_name"
    ),
    "DECRYPTION": (
        f"{_SESSION} tunnel future_use_2 future_use_3 src_uuid dst_uuid rule_uuid hs_stage_c2f hs_stage_f2s "
        "tls_version tls_keyxchg tls_enc tls_auth policy_name ec_curve err_index root_status chain_status proxy_type "
        "cert_serial fingerprint notbefore notafter cert_ver cert_size cn_len issuer_len rootcn_len sni_len "
        "cert_flags cn issuer_cn root_cn sni error container_id pod_namespace pod_name src_edl dst_edl src_dag "
        "dst_dag"
    ),
    "SYSTEM": (
        f"{_START} vsys eventid object future_use_2 future_use_3 module severity opaque seqno actionflags {_GROUPS}"
    ),
    "CONFIG": f"{_START} host vsys cmd admin client result path before_change_detail after_change_detail seqno",
    "HIPMATCH": (
        f"{_START} srcuser vsys machinename os src matchname repeatcnt matchtype future_use_2 future_use_3 seqno "
        f"actionflags {_GROUPS}"
    ),
    "USERID": (
        f"{_START} vsys src srcuser datasourcename eventid repeatcnt timeout beginport endport datasource "
        f"datasourcetype seqno actionflags {_GROUPS}"
    ),
    "GLOBALPROTECT": (
        f"{_START} vsys eventid stage auth_method tunnel_type srcuser srcregion machinename src public_ipv6 "
        "private_ip private_ipv6 hostid serialnumber client_ver client_os client_os_ver repeatcnt reason error "
        "opaque status location login_duration connect_method error_code portal seqno actionflags"
    ),
    "AUTHENTICATION": (
        f"{_START} vsys src srcuser normalize_user object authpolicy repeatcnt authid vendor logset serverprofile "
        f"desc clienttype eventid factorno seqno actionflags {_GROUPS}"
    ),
    "": f"{_START}",
}
NAMES: dict[str, tuple[str, ...]] = {kind: tuple(names.split()) for kind, names in _TEXTS.items()}
"""Names of columns by type; "" for types without a list of their own."""

TYPES = frozenset(
    "TRAFFIC THREAT URL DECRYPTION SYSTEM CONFIG HIPMATCH HIP-MATCH USERID USER-ID GLOBALPROTECT AUTHENTICATION AUTH "
    "DATA WILDFIRE CORRELATION TUNNEL START END GTP SCTP IPTAG FILE AUDIT SDWAN DNS".split()
)
"""Types of records."""


class Keys(NamedTuple):
    """Names of one field: in PAN-OS' CSV, in CEF, in LEEF, in JSON of the cloud, in the console's export."""

    csv: str
    cef: str = ""
    leef: str = ""
    json: str = ""
    export: str = ""


FIELDS: dict[str, Keys] = {
    "src": Keys("src", "src", "src", "SourceAddress SourceIP", "Source address"),
    "dst": Keys("dst", "dst", "dst", "DestinationAddress DestinationIP", "Destination address"),
    "sport": Keys("sport", "spt", "srcPort", "SourcePort", "Source Port"),
    "dport": Keys("dport", "dpt", "dstPort", "DestinationPort", "Destination Port"),
    "natsrc": Keys("natsrc", "sourceTranslatedAddress", "srcPostNAT", "NATSource", "NAT Source IP"),
    "natdst": Keys("natdst", "destinationTranslatedAddress", "dstPostNAT", "NATDestination", "NAT Destination IP"),
    "srcuser": Keys(
        "srcuser admin",
        "suser suser0 PanOSSourceUserName duser",
        "usrName SourceUser",
        "SourceUser SourceUserName",
        "Source User",
    ),
    "dstuser": Keys("dstuser", "duser duser0", "DestinationUser", "DestinationUser", "Destination User"),
    "app": Keys("app", "app", "Application", "Application", "Application"),
    "session": Keys("sessionid", "cn1", "SessionID", "SessionID", "Session ID"),
    "proto": Keys("proto", "proto", "proto", "Protocol", "IP Protocol"),
    "action": Keys("action", "act", "action Action", "Action", "Action"),
    "subtype": Keys("subtype", "PanOSSubtype", "Subtype SubType", "Subtype SubType", "Threat/Content Type"),
    "type": Keys("type", "", "cat LogType", "LogType", "Type"),
    "sent": Keys("bytes_sent", "out", "srcBytes BytesSent", "BytesSent", "Bytes Sent"),
    "received": Keys("bytes_received", "in", "dstBytes BytesReceived", "BytesReceived", "Bytes Received"),
    "elapsed": Keys(
        "elapsed", "cn3", "ElapsedTime TotalTimeElapsed", "TotalTimeElapsed SessionDuration", "Elapsed Time (sec)"
    ),
    "device": Keys(
        "device_name", "dvchost PanOSDeviceName", "DeviceName LogSourceName", "DeviceName LogSourceName", "Device Name"
    ),
    "misc": Keys("misc", "request PanOSURL", "Miscellaneous URL url", "URL URLDomain", "URL/Filename"),
    "file": Keys("misc", "fname filePath", "FileName Miscellaneous", "FileName", "URL/Filename"),
    "threat": Keys(
        "threatid", "cat PanOSThreatID", "ThreatID ThreatName", "ThreatName ThreatID", "Threat/Content Name"
    ),
    "category": Keys("category", "cs2", "URLCategory", "URLCategory", "Category"),
    "method": Keys("http_method", "requestMethod", "RequestMethod HTTPMethod", "HTTPMethod", "HTTP Method"),
    "agent": Keys("user_agent", "requestClientApplication PanOSUserAgent", "UserAgent", "UserAgent", "User Agent"),
    "referer": Keys("referer", "requestContext PanOSReferer", "Referer", "Referer", "Referer"),
    "version": Keys("tls_version", "PanOSTLSVersion", "TLSVersion", "TLSVersion", "TLS Version"),
    "exchange": Keys(
        "tls_keyxchg", "PanOSTLSKeyExchange", "TLSKeyExchange", "TLSKeyExchange", "Key Exchange Algorithm"
    ),
    "encryption": Keys(
        "tls_enc",
        "PanOSTLSEncryptionAlgorithm",
        "TLSEncryptionAlgorithm",
        "TLSEncryptionAlgorithm",
        "Encryption Algorithm",
    ),
    "hash": Keys("tls_auth", "PanOSTLSAuth", "TLSAuth", "TLSAuth", "Hash Algorithm"),
    "index": Keys("err_index", "PanOSErrorIndex", "ErrorIndex", "ErrorIndex", "Error Index"),
    "root": Keys("root_status", "PanOSRootStatus", "RootStatus", "RootStatus", "Root Status"),
    "chain": Keys("chain_status", "PanOSChainStatus", "ChainStatus", "ChainStatus", "Chain Status"),
    "proxy": Keys("proxy_type", "PanOSProxyType", "ProxyType", "ProxyType", "Proxy Type"),
    "serial": Keys(
        "cert_serial", "PanOSCertificateSerial", "CertificateSerial", "CertificateSerial", "Certificate Serial Number"
    ),
    "fingerprint": Keys("fingerprint", "PanOSFingerprint", "Fingerprint", "Fingerprint", "Certificate Fingerprint"),
    "before": Keys("notbefore", "PanOSTimeNotBefore", "TimeNotBefore", "TimeNotBefore", "Certificate Start Date"),
    "after": Keys("notafter", "PanOSTimeNotAfter", "TimeNotAfter", "TimeNotAfter", "Certificate End Date"),
    "cn": Keys("cn", "PanOSCommonName", "CommonName", "CommonName", "Subject Common Name"),
    "issuer": Keys("issuer_cn", "PanOSIssuerCommonName", "IssuerCommonName", "IssuerCommonName", "Issuer Common Name"),
    "sni": Keys(
        "sni", "PanOSServerNameIndication", "ServerNameIndication", "ServerNameIndication", "Server Name Indication"
    ),
    "error": Keys("error", "PanOSErrorMessage", "ErrorMessage", "ErrorMessage", "Error"),
    "event": Keys(
        "eventid cmd", "PanOSEventIDValue PanOSEventID", "EventID EventName", "EventName EventIDValue", "Event"
    ),
    "machine": Keys(
        "machinename", "PanOSEndpointDeviceName shost", "EndpointDeviceName", "EndpointDeviceName", "Machine Name"
    ),
    "public": Keys(
        "src client", "PanOSPublicIPv4 src", "PublicIPv4 src", "PublicIPv4 SourceIP SourceAddress", "Public IP"
    ),
}
"""Fields by our own short names; several spellings of one are separated by blanks (but in the export)."""
