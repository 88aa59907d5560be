"""A process that reads pieces of a file for another one: ``python -m certhound.sources.envelopes.worker``.

Over its standard input come a line of JSON about the file, then pieces: a line with the number of the first line and
the length, and the bytes. Each is answered by a line with the rejects, the count of records and the lengths of Arrow
streams, and these. Nothing else goes over the pipes, and nothing is unpickled.
"""

from __future__ import annotations

import gc
import json
import sys
from datetime import datetime
from typing import BinaryIO

from certhound.model.zones import Zones, zone_of
from certhound.query.plan import RawBatch, Rejected
from certhound.sources.envelopes.arrow import name_of, to_bytes, to_line, to_table
from certhound.sources.envelopes.framing import Framer
from certhound.sources.envelopes.gather import Gatherer
from certhound.sources.envelopes.outline import Candidates
from certhound.sources.envelopes.reader import Dispatch
from certhound.sources.envelopes.record import Form
from certhound.sources.envelopes.stream import chunk_of
from certhound.sources.envelopes.tables import Columns
from certhound.sources.envelopes.times import Clock
from certhound.sources.vendors import vendors


def main(source: BinaryIO, sink: BinaryIO) -> None:
    """Answer until the input ends."""
    about = json.loads(source.readline())
    zones = Zones({name: zone for name, text in about["zones"].items() if (zone := zone_of(text)) is not None})
    clock = Clock(None, datetime.fromisoformat(about["written"]))
    candidates = Candidates.among(vendors())
    gc.disable()  # records hold no cycles, and looking for some costs a third of the time
    while line := source.readline():
        asked = json.loads(line)
        data = source.read(asked["bytes"])
        columns = None
        if about["columns"] is not None:
            names, separator, form = about["columns"]
            columns = Columns(names, separator, Form(form))
        dispatch = Dispatch(about["path"], Gatherer(zones, clock), candidates)
        items: list[RawBatch | Rejected] = []
        framer = Framer(about["path"], columns)
        for found in framer.feed(chunk_of(asked["line"], data)):
            items.extend(dispatch.take(found))
        for found in framer.rest():
            items.extend(dispatch.take(found))
        alone = not (dispatch.assemblers or dispatch.sinks)
        items.extend(dispatch.rest())
        _answer(sink, items, dispatch.number, alone=alone)


def _answer(sink: BinaryIO, items: list[RawBatch | Rejected], count: int, *, alone: bool) -> None:
    rejected = [[each.reason, each.line, each.record, each.sample] for each in items if isinstance(each, Rejected)]
    batches = [each for each in items if isinstance(each, RawBatch)]
    names = [name_of(each) for each in batches]
    if not alone or None in names:  # something here needs the records before or behind it
        sink.write(to_line({"alone": False}))
    else:
        parts = [to_bytes(to_table(batch, name or "")) for batch, name in zip(batches, names, strict=True)]
        sizes = [part.size for part in parts]
        sink.write(to_line({"alone": True, "records": count, "rejected": rejected, "batches": sizes}))
        for part in parts:
            sink.write(part)
    sink.flush()


if __name__ == "__main__":
    main(sys.stdin.buffer, sys.stdout.buffer)
