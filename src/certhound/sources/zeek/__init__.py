"""Zeek: TSV and JSON, rotated, concatenated, compressed, in every spelling of its field names."""

from __future__ import annotations

from pathlib import PurePath

from certhound.sources.contract import NotMine, Recognised
from certhound.sources.files import InputFile, decode
from certhound.sources.zeek import jsonl, tsv
from certhound.sources.zeek.logs import OTHER_LOGS, logs


class Zeek:
    """Recognises Zeek's logs by header (TSV) or by keys (JSON); the file's name only ever breaks a tie."""

    name = "zeek"

    def recognise(self, file: InputFile) -> Recognised | NotMine:
        head = decode(file.head)[0].removeprefix("\ufeff")
        if head.lstrip().startswith("{"):
            return self._json(file, head)
        header, count = tsv.read_header(head)
        if not header.columns:
            return NotMine("", 0)
        log = tsv.log_of(header)
        if log is None:
            known = header.path in OTHER_LOGS
            return NotMine(
                f"Zeek's {header.path} log, which states nothing about TLS"
                if known
                else f"a Zeek TSV file of an unknown log ({header.path or 'no path'})",
                90,
            )
        return Recognised(f"zeek.{log.path}", (tsv.plan(file, header, count, log),))

    def _json(self, file: InputFile, head: str) -> Recognised | NotMine:
        records = jsonl.sample(head)
        if not records:
            return NotMine()
        plans = jsonl.plans(file, records)
        if plans:
            return Recognised(plans[0].shape.source, tuple(plans))
        names = {jsonl.log_name(record) for record in records}
        known = sorted(name for name in names if name in OTHER_LOGS)
        if known:
            return NotMine(f"Zeek's {known[0]} log (JSON), which states nothing about TLS", 90)
        stem = PurePath(file.path).name.split(".")[0]
        near = stem in logs() or stem in OTHER_LOGS
        return NotMine(
            "JSON lines" + (f" named like Zeek's {stem} log but without its keys" if near else ""), 40 + near
        )


SOURCE = Zeek()
