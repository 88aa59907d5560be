"""The reader on hostile bytes: nothing raises, every input gives a row, and OpenSSL, where it still reads, agrees.

``corpus/x509/`` has every input that ever failed; the long campaign is ``benchmarks/nightly_mutants.py``.
"""

from __future__ import annotations

import itertools
import json
import sys
import warnings
from pathlib import Path
from typing import Any

import certifi
import pyarrow as pa
import pytest
from mutate import mutants  # type: ignore[import-not-found,unused-ignore]

from certhound.x509.certificate import read_certificate
from certhound.x509.containers import Found, extract_certificates, looks_like

HERE = Path(__file__).parent
sys.path.append(str(HERE.parent.parent / "benchmarks"))

from nightly_mutants import (  # type: ignore[import-not-found,unused-ignore]  # noqa: E402
    agree,
    openssl_fields,
    our_fields,
)

CORPUS = sorted((HERE / "corpus" / "x509").glob("*.der"))
COUNT = 3000


def seeds() -> list[bytes]:
    pem = Path(certifi.where()).read_bytes()
    return [found.der for found in extract_certificates(pem) if isinstance(found, Found)]


def check(der: bytes) -> dict[str, Any]:
    """What must hold for any bytes; returns the row in a form that Arrow takes."""
    certificate = read_certificate(der)
    row = certificate.row()
    json.dumps({key: value for key, value in row.items() if key != "der"}, default=str, allow_nan=False).encode("utf-8")
    row["field_errors"] = list((row["field_errors"] or {}).items())
    assert certificate.structure
    assert certificate.scts is not None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = openssl_fields(der)
    if theirs is not None:
        ours = our_fields(certificate)
        assert [field for field in theirs if not agree(ours, theirs[field], field)] == []
    return row


@pytest.mark.parametrize("path", CORPUS, ids=[path.name for path in CORPUS])
def test_inputs_that_once_failed(path: Path) -> None:
    check(path.read_bytes())


@pytest.mark.parametrize("seed", range(3))
def test_mutants(seed: int) -> None:
    rows = []
    for der in itertools.islice(mutants(seeds(), seed), COUNT // 3):
        rows.append(check(der))
        looks_like(der)
        assert list(extract_certificates(der))
    # One table of all of them: no column changes its type from one certificate to the next.
    assert pa.Table.from_pylist(rows).num_rows == COUNT // 3


def test_mutants_are_repeatable() -> None:
    first, again = (list(itertools.islice(mutants(seeds(), 5), 50)) for _ in range(2))
    assert first == again
    assert len(set(first)) > 30
