"""The page about developing: its vendor source works as it stands there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from docs_pages import DOCS

from certhound.query.plan import RawBatch
from certhound.sources.envelopes.framing import Framer
from certhound.sources.envelopes.gather import Gatherer
from certhound.sources.envelopes.reader import Dispatch
from certhound.sources.envelopes.record import Record
from certhound.sources.envelopes.stream import Chunk


def _blocks() -> tuple[str, str]:
    page = (Path(DOCS) / "develop.md").read_text(encoding="utf-8")
    section = page.partition("## Adding a vendor\n")[2].partition("\n## ")[0]
    [code] = re.findall(r"```python\n(.*?)```", section, re.DOTALL)
    [log] = re.findall(r"```text\n(.*?)```", section, re.DOTALL)
    return code, log


def test_the_example_of_a_vendor() -> None:
    code, log = _blocks()
    names: dict[str, Any] = {}
    exec(compile(code, "develop.md", "exec", dont_inherit=True), names)
    dispatch = Dispatch.over("example", Gatherer(), (names["VENDOR"],))
    items: list[object] = []
    for found in Framer("example").feed(Chunk(1, log.rstrip("\n").split("\n"))):
        assert isinstance(found, Record)
        items.extend(dispatch.feed(found))
    items.extend(dispatch.rest())
    web, tls = items
    assert isinstance(web, RawBatch)
    assert isinstance(tls, RawBatch)
    assert (web.shape.source, tls.shape.source) == ("examplegw.web", "examplegw.tls")
    assert web.raw["dst_host"] == ["www.example.org"]
    assert web.raw["outcome"] == ["allow"]
    assert web.fields == [{"risk": "3"}]
    assert tls.raw["tls_state"] == ["resigned"]
    assert tls.raw["cert_issuer"] == ["CN=Inspection CA,O=House"]
    assert tls.raw["certificate_id"] == ["sha1:aabbccddeeff00112233445566778899aabbccdd"]
    assert [*web.problems, *tls.problems] == [None, None]
