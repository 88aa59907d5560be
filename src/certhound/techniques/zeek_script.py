"""A Zeek script from the list of certificates that tools make by default: a notice where a name or a hash says it all.

The same entries as in the rules for Suricata. Zeek sees a certificate only where the handshake shows it: not under
TLS 1.3. The script is read by an independent grammar in the tests; it was not loaded into a Zeek here.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

_SHA1 = re.compile(r"[0-9a-f]{40}")
_PLAIN = re.compile(r"[\w .,@=/'&()-]{2,120}")
_KNOWN = {"tool", "what", "strength", "checked", "references", "subject", "issuer", "sha1"}

_SCRIPT = """\
##! Certificates that command-and-control software makes by default. Made by certhound; not loaded into a Zeek here.

@load base/frameworks/notice
@load base/files/x509

module Certhound;

export {{
	redef enum Notice::Type += {{
		## A server outside showed a certificate that such software makes by default.
		Default_Certificate
	}};

	## What a name must hold, all of it.
	type Sign: record {{
		tool: string;
		subject: vector of string;
		issuer: vector of string;
	}};

	## Tools by the SHA-1 of the certificate.
	const fingerprints: table[string] of string = {{
{fingerprints}
	}} &redef;

	## Tools by parts of subject and issuer.
	const signs: vector of Sign = vector(
{signs}
	) &redef;
}}

function holds(whole: string, parts: vector of string): bool
	{{
	for ( i in parts )
		{{
		if ( parts[i] !in whole )
			return F;
		}}
	return T;
	}}

function raise(f: fa_file, tool: string, cert: X509::Certificate)
	{{
	NOTICE([$note=Default_Certificate,
		$msg=fmt("default certificate of %s", tool),
		$sub=fmt("subject %s, issuer %s, serial %s", cert$subject, cert$issuer, cert$serial),
		$f=f,
		$identifier=cat(tool, cert$serial)]);
	}}

event x509_certificate(f: fa_file, cert_ref: opaque of x509, cert: X509::Certificate)
	{{
	local digest = sha1_hash(x509_get_certificate_string(cert_ref));
	if ( digest in fingerprints )
		{{
		raise(f, fingerprints[digest], cert);
		return;
		}}
	for ( i in signs )
		{{
		if ( holds(cert$subject, signs[i]$subject) && holds(cert$issuer, signs[i]$issuer) )
			{{
			raise(f, signs[i]$tool, cert);
			return;
			}}
		}}
	}}
"""


def zeek_script() -> str:
    """The whole script."""
    text = files("certhound").joinpath("content", "lists", "c2_certificates.toml").read_text("utf-8")
    entries = [each for each in tomllib.loads(text)["entry"] if each.get("strength") == "strong"]
    hashes = dict(pair for entry in entries for pair in _hashes(entry))
    signs = dict.fromkeys(sign for entry in entries if (sign := _sign(entry)))
    return _SCRIPT.format(
        fingerprints=",\n".join(f"\t\t[{_quoted(digest)}] = {_quoted(tool)}" for digest, tool in hashes.items()),
        signs=",\n".join(f"\t\t{sign}" for sign in signs),
    )


def _hashes(entry: dict[str, Any]) -> Iterator[tuple[str, str]]:
    return ((digest, str(entry["tool"])) for digest in entry.get("sha1", ()) if _SHA1.fullmatch(digest))


def _sign(entry: dict[str, Any]) -> str:
    """An entry's names as a record; empty where a part of the entry cannot be said."""
    sides = {side: dict(entry.get(side, {})) for side in ("subject", "issuer")}
    values = [value for names in sides.values() for value in names.values()]
    if (
        not values
        or set(entry) - _KNOWN
        or not all(isinstance(each, str) and _PLAIN.fullmatch(each) for each in values)
    ):
        return ""
    parts = {
        side: ", ".join(_quoted(f"{name}={value}") for name, value in names.items()) for side, names in sides.items()
    }
    names = ", ".join(f"${side}=vector({each})" for side, each in parts.items())
    return f"Sign($tool={_quoted(str(entry['tool']))}, {names})"


def _quoted(text: str) -> str:
    return json.dumps(text)
