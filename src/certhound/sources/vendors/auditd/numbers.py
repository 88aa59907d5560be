"""Numbers that stand in audit records for names: record types and system calls.

Sources: the kernel's ``include/uapi/linux/audit.h`` and its system call tables; libaudit's ``audit-records.h``.
"""

from __future__ import annotations

TYPES: dict[int, str] = {
    1006: "LOGIN", 1100: "USER_AUTH", 1101: "USER_ACCT", 1102: "USER_MGMT", 1103: "CRED_ACQ", 1104: "CRED_DISP",
    1105: "USER_START", 1106: "USER_END", 1107: "USER_AVC", 1108: "USER_CHAUTHTOK", 1109: "USER_ERR",
    1110: "CRED_REFR", 1111: "USYS_CONFIG", 1112: "USER_LOGIN", 1113: "USER_LOGOUT", 1114: "ADD_USER",
    1115: "DEL_USER", 1116: "ADD_GROUP", 1117: "DEL_GROUP", 1118: "DAC_CHECK", 1119: "CHGRP_ID", 1120: "TEST",
    1121: "TRUSTED_APP", 1122: "USER_SELINUX_ERR", 1123: "USER_CMD", 1124: "USER_TTY", 1125: "CHUSER_ID",
    1126: "GRP_AUTH", 1127: "SYSTEM_BOOT", 1128: "SYSTEM_SHUTDOWN", 1129: "SYSTEM_RUNLEVEL", 1130: "SERVICE_START",
    1131: "SERVICE_STOP", 1132: "GRP_MGMT", 1133: "GRP_CHAUTHTOK", 1134: "MAC_CHECK", 1135: "ACCT_LOCK",
    1136: "ACCT_UNLOCK", 1137: "USER_DEVICE", 1138: "SOFTWARE_UPDATE", 1200: "DAEMON_START", 1201: "DAEMON_END",
    1202: "DAEMON_ABORT", 1203: "DAEMON_CONFIG", 1205: "DAEMON_ROTATE", 1206: "DAEMON_RESUME", 1207: "DAEMON_ACCEPT",
    1208: "DAEMON_CLOSE", 1300: "SYSCALL", 1302: "PATH", 1303: "IPC", 1304: "SOCKETCALL", 1305: "CONFIG_CHANGE",
    1306: "SOCKADDR", 1307: "CWD", 1309: "EXECVE", 1311: "IPC_SET_PERM", 1312: "MQ_OPEN", 1313: "MQ_SENDRECV",
    1314: "MQ_NOTIFY", 1315: "MQ_GETSETATTR", 1316: "KERNEL_OTHER", 1317: "FD_PAIR", 1318: "OBJ_PID", 1319: "TTY",
    1320: "EOE", 1321: "BPRM_FCAPS", 1322: "CAPSET", 1323: "MMAP", 1324: "NETFILTER_PKT", 1325: "NETFILTER_CFG",
    1326: "SECCOMP", 1327: "PROCTITLE", 1328: "FEATURE_CHANGE", 1329: "REPLACE", 1330: "KERN_MODULE",
    1331: "FANOTIFY", 1332: "TIME_INJOFFSET", 1333: "TIME_ADJNTPVAL", 1334: "BPF", 1335: "EVENT_LISTENER",
    1336: "URINGOP", 1337: "OPENAT2", 1338: "DM_CTRL", 1339: "DM_EVENT", 1400: "AVC", 1401: "SELINUX_ERR",
    1402: "AVC_PATH", 1403: "MAC_POLICY_LOAD", 1404: "MAC_STATUS", 1405: "MAC_CONFIG_CHANGE",
    1700: "ANOM_PROMISCUOUS", 1701: "ANOM_ABEND", 1702: "ANOM_LINK", 1800: "INTEGRITY_DATA",
    1801: "INTEGRITY_METADATA", 1802: "INTEGRITY_STATUS", 1803: "INTEGRITY_HASH", 1804: "INTEGRITY_PCR",
    1805: "INTEGRITY_RULE", 2100: "ANOM_LOGIN_FAILURES", 2101: "ANOM_LOGIN_TIME", 2102: "ANOM_LOGIN_SESSIONS",
    2103: "ANOM_LOGIN_ACCT", 2104: "ANOM_LOGIN_LOCATION", 2400: "CRYPTO_TEST_USER", 2401: "CRYPTO_PARAM_CHANGE_USER",
    2402: "CRYPTO_LOGIN", 2403: "CRYPTO_LOGOUT", 2404: "CRYPTO_KEY_USER", 2405: "CRYPTO_FAILURE_USER",
    2406: "CRYPTO_REPLAY_USER", 2407: "CRYPTO_SESSION", 2408: "CRYPTO_IKE_SA", 2409: "CRYPTO_IPSEC_SA",
    2500: "VIRT_CONTROL", 2501: "VIRT_RESOURCE", 2502: "VIRT_MACHINE_ID",
}  # fmt: skip

_X86_64 = {
    2: "open", 42: "connect", 43: "accept", 44: "sendto", 46: "sendmsg", 49: "bind", 50: "listen", 56: "clone",
    57: "fork", 58: "vfork", 59: "execve", 62: "kill", 76: "truncate", 77: "ftruncate", 82: "rename", 83: "mkdir",
    84: "rmdir", 85: "creat", 86: "link", 87: "unlink", 88: "symlink", 90: "chmod", 91: "fchmod", 92: "chown",
    93: "fchown", 94: "lchown", 101: "ptrace", 159: "adjtimex", 165: "mount", 175: "init_module", 188: "setxattr",
    257: "openat", 258: "mkdirat", 260: "fchownat", 263: "unlinkat", 264: "renameat", 265: "linkat", 266: "symlinkat",
    268: "fchmodat", 288: "accept4", 305: "clock_adjtime", 307: "sendmmsg", 313: "finit_module", 316: "renameat2",
    322: "execveat", 435: "clone3", 437: "openat2", 452: "fchmodat2",
}  # fmt: skip
_I386 = {
    2: "fork", 5: "open", 8: "creat", 9: "link", 10: "unlink", 11: "execve", 15: "chmod", 38: "rename", 39: "mkdir",
    83: "symlink", 92: "truncate", 94: "fchmod", 95: "fchown", 102: "socketcall", 120: "clone", 182: "chown",
    190: "vfork", 212: "chown32", 295: "openat", 296: "mkdirat", 298: "fchownat", 301: "unlinkat", 302: "renameat",
    303: "linkat", 304: "symlinkat", 306: "fchmodat", 353: "renameat2", 358: "execveat", 361: "bind", 362: "connect",
    364: "accept4", 369: "sendto", 370: "sendmsg", 437: "openat2",
}  # fmt: skip
_AARCH64 = {
    34: "mkdirat", 35: "unlinkat", 36: "symlinkat", 37: "linkat", 38: "renameat", 45: "truncate", 52: "fchmod",
    53: "fchmodat", 54: "fchownat", 55: "fchown", 56: "openat", 105: "init_module", 117: "ptrace", 200: "bind",
    201: "listen", 202: "accept", 203: "connect", 206: "sendto", 211: "sendmsg", 220: "clone", 221: "execve",
    242: "accept4", 273: "finit_module", 276: "renameat2", 281: "execveat", 435: "clone3", 437: "openat2",
    452: "fchmodat2",
}  # fmt: skip

_ARCHITECTURES = {
    "c000003e": _X86_64, "x86_64": _X86_64, "40000003": _I386, "i386": _I386, "i686": _I386, "c00000b7": _AARCH64,
    "aarch64": _AARCH64,
}  # fmt: skip


def syscall_name(arch: str | None, number: str) -> str | None:
    """The name of a system call of an architecture (an AUDIT_ARCH number in hex, or a name); None if not known."""
    calls = _ARCHITECTURES.get(arch or "")
    return calls.get(int(number)) if calls is not None and number.isdecimal() else None


PROCESS = frozenset(("execve", "execveat", "fork", "vfork", "clone", "clone3"))
INCOMING = frozenset(("accept", "accept4"))
FILE = frozenset(
    "open openat openat2 creat rename renameat renameat2 unlink unlinkat link linkat symlink symlinkat chmod fchmod "
    "fchmodat fchmodat2 chown fchown lchown chown32 fchownat mkdir mkdirat rmdir truncate ftruncate setxattr".split()
)
