"""Builders of certificates, authorities and chains, from fixed seeds; import them from here.

``KeyRing(seed)`` makes keys, ``build_ca`` and ``issue`` a hierarchy, ``tools`` what adversaries' tools make,
``appliances`` what devices make by themselves.
"""

from certhound.lab.certificates.build import (
    Authority,
    Certificate,
    Extension,
    LogKeys,
    Name,
    Spec,
    authority_key,
    basic_constraints,
    build_ca,
    extended_key_usage,
    issue,
    key_usage,
    pem,
    random_serial,
    self_signed,
    subject_alt_names,
    subject_key,
)
from certhound.lab.certificates.keys import Key, KeyRing
from certhound.lab.certificates.tools import junk_subject, metasploit_subject, sliver_subject

__all__ = [
    "Authority",
    "Certificate",
    "Extension",
    "Key",
    "KeyRing",
    "LogKeys",
    "Name",
    "Spec",
    "authority_key",
    "basic_constraints",
    "build_ca",
    "extended_key_usage",
    "issue",
    "junk_subject",
    "key_usage",
    "metasploit_subject",
    "pem",
    "random_serial",
    "self_signed",
    "sliver_subject",
    "subject_alt_names",
    "subject_key",
]
