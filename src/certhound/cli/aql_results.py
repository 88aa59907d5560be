"""Results of ``certhound aql`` on their way out, in each format, as they come from the engine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from certhound.cli.sink import bytes_sink, text_sink, width

if TYPE_CHECKING:
    from certhound.qradar.running.run import Prepared
    from certhound.qradar.running.session import Loaded


def write_result(loaded: Loaded, prepared: Prepared, format: str, output: Path | None) -> int:
    """Write the result of a query; the number of its rows."""
    from certhound.qradar.running.run import json_result

    batches = _Counted(loaded.batches(prepared))
    if format == "json":
        with text_sink(output) as stream:
            for piece in json_result(prepared, batches):
                stream.write(piece)
        return batches.count
    from certhound.outputs.rows import write_rows
    from certhound.qradar.running.session import result_table, shown_batches

    columns = [column.name for column in prepared.columns]
    with bytes_sink(output, binary=format == "parquet") as binary:
        rows = shown_batches(prepared, batches)
        write_rows(rows, binary, format, result_table(prepared), columns=columns, width=width())
    return batches.count


class _Counted:
    """Batches on their way, their rows counted."""

    def __init__(self, batches: Iterator[Any]) -> None:
        self.batches = batches
        self.count = 0

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        batch = next(self.batches)
        self.count += batch.num_rows
        return batch
