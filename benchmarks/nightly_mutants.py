"""A campaign against the certificate reader: very many structure-aware mutants, and OpenSSL as the judge.

    python benchmarks/nightly_mutants.py [COUNT] [--seed N] [--keep DIR]

For each of COUNT mutants (1,000,000 unless told): the reader must not raise, must not take over 50 ms of CPU time, and
must give a row. An input that took longer is read three times more, and both kinds are counted: always slow (a broken
limit), and slow in some readings only. Where OpenSSL's own loader (in process, through pyOpenSSL) still reads the
mutant, serial, names and validity have to agree; for a sample the command ``openssl x509`` is asked as well. Failing
inputs are written to DIR, to become files of the regression corpus. Exit code 1 when a limit was broken.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import certifi
from OpenSSL import crypto

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT / "tests" / "fuzz"), str(ROOT / "benchmarks")]

from mutate import mutants  # type: ignore[import-not-found,unused-ignore]  # noqa: E402
from x509_reader import corpus  # type: ignore[import-not-found,unused-ignore]  # noqa: E402

from certhound.x509.certificate import Certificate, read_certificate  # noqa: E402
from certhound.x509.containers import Found, extract_certificates  # noqa: E402
from certhound.x509.dn_text import parse_name  # noqa: E402
from certhound.x509.oids import NAME_OIDS  # noqa: E402
from certhound.x509.strings import MAX_VALUE_BYTES  # noqa: E402

LIMIT_S = 0.05
AGREEMENT = 0.999
SAMPLE = 5000
FIELDS = ("serial", "subject", "issuer", "not_before", "not_after")


Components = list[tuple[str, bytes]]


def openssl_fields(der: bytes) -> dict[str, object] | None:
    """What OpenSSL reads of a mutant, or None where it refuses.

    Names are OpenSSL's own list of (type, raw value), so that no code of the reader under test takes part in it.
    """
    try:
        loaded = crypto.load_certificate(crypto.FILETYPE_ASN1, der)
    except crypto.Error:
        return None
    return {
        "serial": format(loaded.get_serial_number(), "x"),
        "subject": _components(loaded.get_subject()),
        "issuer": _components(loaded.get_issuer()),
        "not_before": _time(loaded.get_notBefore),
        "not_after": _time(loaded.get_notAfter),
    }


def _components(name: crypto.X509Name) -> Components:
    return [(kind.decode("ascii", "replace"), value) for kind, value in name.get_components()]


def _time(get: Callable[[], bytes | None]) -> datetime | None:
    """A time as pyOpenSSL hands it out: the generalised form, with the offset and fraction that the bytes had."""
    try:
        raw = (get() or b"").decode("ascii").replace("Z", "+0000")
        form = "%Y%m%d%H%M%S.%f%z" if "." in raw else "%Y%m%d%H%M%S%z"
        return datetime.strptime(raw, form).astimezone(UTC)
    except (ValueError, OverflowError, crypto.Error):
        return None


def our_fields(certificate: Certificate) -> dict[str, object]:
    """The fields as we read them; a name is compared as text with the command and as attributes with the library."""
    return {field: getattr(certificate, field) for field in FIELDS} | {
        "subject attributes": certificate.subject_name.attributes if certificate.subject_name else None,
        "issuer attributes": certificate.issuer_name.attributes if certificate.issuer_name else None,
    }


def same_components(ours: object, theirs: Components) -> bool:
    """As many attributes, of the same known types, whose values are the raw bytes in some character set."""
    if not isinstance(ours, tuple) or len(ours) != len(theirs):
        return False
    for attribute, (kind, raw) in zip(ours, theirs, strict=True):
        if kind in NAME_OIDS and attribute.type != kind:
            return False
        read = {raw.decode(codec, "replace") for codec in ("utf-8", "latin-1", "utf-16-be", "utf-32-be")}
        dumped = attribute.value.startswith("#") and attribute.value.endswith(raw.hex().upper())
        if attribute.value not in read and not dumped and len(raw) <= MAX_VALUE_BYTES:
            return False
    return True


def command_line(der: bytes) -> dict[str, object] | None:
    """The same by the command, names as RFC 2253 text with UTF-8 kept."""
    options = (
        "-inform DER -noout -serial -subject -issuer -nameopt RFC2253,-esc_msb,utf8 -dates -dateopt iso_8601".split()
    )
    done = subprocess.run(["openssl", "x509", *options], input=der, capture_output=True, timeout=20, check=False)
    if done.returncode:
        return None
    # Long serials are printed over several lines with a backslash at the end of each but the last.
    lines = done.stdout.decode("utf-8", "replace").replace("\\\n", "").split("\n")
    said = dict(line.split("=", 1) for line in lines if "=" in line)
    serial = said["serial"].lower()
    sign = "-" if serial.startswith("-") else ""
    return {
        "serial": sign + (serial.lstrip("-").lstrip("0") or "0"),
        "subject": said["subject"],
        "issuer": said["issuer"],
        **{
            ours: _iso(said.get(theirs, ""))
            for ours, theirs in (("not_before", "notBefore"), ("not_after", "notAfter"))
        },
    }


def _iso(text: str) -> datetime | None:
    try:
        return datetime.strptime(text, "%Y-%m-%d %H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError:
        return None


def agree(fields: dict[str, object], theirs: object, field: str) -> bool:
    """Whether our reading of a field is that of a judge.

    A time that OpenSSL calls bad is no reading. Names from the command have the names of all of OpenSSL's identifiers
    and cut long dotted ones, so types that are no attributes of names count as equal.
    """
    ours = fields[field]
    if isinstance(theirs, list):
        return same_components(fields[f"{field} attributes"], theirs)
    if ours == theirs or (theirs is None and field in ("not_before", "not_after")):
        return True
    if field in ("subject", "issuer") and isinstance(ours, str) and isinstance(theirs, str):
        return _comparable(ours) == _comparable(theirs)
    return False


def _comparable(text: str) -> list[tuple[str, str]]:
    text = re.sub(r"(?<![^,+])\d\.[\d.]{70,}=", "1.1=", text)
    attributes = parse_name(text, most_specific_first=True).attributes
    return [(a.type if a.type in NAME_OIDS else "?", a.value) for a in attributes]


class Campaign:
    """Counts, and the inputs that broke a rule."""

    def __init__(self, keep: Path | None, sample: int) -> None:
        self.keep, self.sample = keep, sample
        self.counts: Counter[str] = Counter()
        self.slowest = 0.0

    def failed(self, why: str, der: bytes, detail: str) -> None:
        self.counts[why] += 1
        if self.counts[why] <= 10:
            print(f"{why}: {detail}", flush=True)
            if self.keep is not None:
                self.keep.mkdir(parents=True, exist_ok=True)
                (self.keep / f"{why}-{sha256(der).hexdigest()[:16]}.der").write_bytes(der)

    def try_one(self, der: bytes) -> None:
        self.counts["mutants"] += 1
        began = time.process_time()
        try:
            certificate = read_certificate(der)
            took = time.process_time() - began
            certificate.row()
        except Exception:  # noqa: BLE001 - whatever escapes the reader is what this campaign looks for
            self.failed("raised", der, traceback.format_exc())
            return
        if took > LIMIT_S:
            self._judge_slow(der, took)
        self.slowest = max(self.slowest, took)
        self.counts["without an error"] += not certificate.field_errors
        theirs = openssl_fields(der)
        if theirs is not None:
            self.compare("library", der, certificate, theirs)
        if self.counts["mutants"] <= self.sample and (said := command_line(der)) is not None:
            self.compare("command", der, certificate, said)

    def _judge_slow(self, der: bytes, took: float) -> None:
        """Slow by nature or by accident (a collection of garbage, a busy machine): both are counted, and told apart."""
        again = [self._again(der) for _ in range(3)]
        why = "slow" if min(again) > LIMIT_S else "slow-once"
        readings = ", ".join(f"{seconds * 1000:.1f}" for seconds in (took, *again))
        self.failed(why, der, f"{readings} ms in four readings of {len(der)} bytes")

    def _again(self, der: bytes) -> float:
        began = time.process_time()
        read_certificate(der)
        return time.process_time() - began

    def compare(self, judge: str, der: bytes, certificate: Certificate, theirs: dict[str, object]) -> None:
        self.counts[f"{judge} reads"] += 1
        ours = our_fields(certificate)
        wrong = [field for field in FIELDS if not agree(ours, theirs[field], field)]
        if wrong:
            detail = "; ".join(f"{field}: ours {ours[field]!r:.200}, theirs {theirs[field]!r:.200}" for field in wrong)
            self.failed(f"{judge}-disagrees", der, detail)


def seeds() -> list[bytes]:
    pem = Path(certifi.where()).read_bytes()
    made: list[bytes] = corpus(300, 7)
    return [found.der for found in extract_certificates(pem) if isinstance(found, Found)] + made


def stream(count: int, seed: int) -> Iterator[bytes]:
    source = mutants(seeds(), seed)
    for _ in range(count):
        yield next(source)


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    arguments.add_argument("count", nargs="?", type=int, default=1_000_000)
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--keep", type=Path, default=None)
    arguments.add_argument("--sample", type=int, default=SAMPLE, help="mutants that the command is asked about")
    given = arguments.parse_args()
    warnings.simplefilter("ignore")
    campaign = Campaign(given.keep, given.sample)
    for der in stream(given.count, given.seed):
        campaign.try_one(der)
    counts = campaign.counts
    print(f"{counts['mutants']:,} mutants, seed {given.seed}: {counts['raised']} raised")
    print(f"over 50 ms: {counts['slow']} in each of four readings, {counts['slow-once']} only in some")
    print(f"slowest {campaign.slowest * 1000:.1f} ms; {counts['without an error']:,} read without a field error")
    broken = bool(counts["raised"] or counts["slow"])
    for judge in ("library", "command"):
        reads, differs = counts[f"{judge} reads"], counts[f"{judge}-disagrees"]
        if not reads:
            print(f"OpenSSL's {judge} was not asked, or read nothing: no statement about agreement")
            continue
        share = 1 - differs / reads
        print(f"OpenSSL's {judge} still reads {reads:,}: serial, names and validity agree on {share:.4%}")
        broken |= share < AGREEMENT
    return int(broken)


if __name__ == "__main__":
    sys.exit(main())
