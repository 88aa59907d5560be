"""How far a run is: one line on a terminal's standard error, redrawn a few times a second; nothing anywhere else."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType

from certhound.cli.boundary import is_interrupt

_EVERY_S = 0.2
_CLEAR = "\r\x1b[K"


class Progress:
    """Call it as the engine does: bytes done, bytes in all (0: not known), and the file. A context manager."""

    def __init__(self, paths: Iterable[Path], *, quiet: bool = False) -> None:
        self._shown = not quiet and sys.stderr is not None and sys.stderr.isatty()
        self._paths = tuple(paths)
        self._done = self._total = 0
        self._file = ""
        self._started = time.monotonic()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def __call__(self, done: int, total: int, file: str) -> None:
        self._done, self._file = done, file
        self._total = total or self._total

    def __enter__(self) -> Progress:
        if self._shown:
            self._draw()
            self._thread = threading.Thread(target=self._run, daemon=True)
            self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
            sys.stderr.write(_CLEAR)
            sys.stderr.flush()
        if is_interrupt(error):
            raise KeyboardInterrupt(self.sentence()) from None

    def sentence(self) -> str:
        """What was done so far, in words."""
        from certhound.outputs.words import size

        of = f" of {size(self._total)}" if self._total else ""
        return f"{size(self._done)}{of} read in {time.monotonic() - self._started:.0f} s"

    def _run(self) -> None:
        self._total = self._total or _bytes_under(self._paths)
        while not self._stop.wait(_EVERY_S):
            self._draw()

    def _draw(self) -> None:
        from certhound.outputs.defuse import visible

        columns = os.get_terminal_size(sys.stderr.fileno()).columns if sys.stderr.isatty() else 80
        sys.stderr.write(_CLEAR + visible(self.line(time.monotonic() - self._started))[: max(20, columns - 1)])
        sys.stderr.flush()

    def line(self, seconds: float) -> str:
        """The line after that many seconds: share, bytes, rate, a rough time to go, and the file just read."""
        from certhound.outputs.words import size

        done, total = self._done, self._total
        if not done:
            return f"looking at {size(total)} …" if total else "looking …"
        rate = f"{size(int(done / seconds))}/s" if seconds > 0 else ""
        if total and done >= total:
            return f"read {size(done)} at {rate}; joining, judging, matching rules … {seconds:.0f} s"
        parts = [f"{min(99, 100 * done // total)} %"] if total else []
        parts += [f"{size(done)} of {size(total)}" if total else size(done), rate]
        if total and seconds > 2:
            parts.append(f"about {_rough(seconds * (total - done) / done)} to go")
        return "  ".join([*parts, Path(self._file).name])


def _rough(seconds: float) -> str:
    """A time that does not claim to be exact."""
    if seconds < 90:
        return f"{max(5, round(seconds / 5) * 5)} s"
    return f"{round(seconds / 60)} min"


def _bytes_under(paths: Iterable[Path]) -> int:
    """Bytes of all regular files under the paths, as far as they can be asked."""
    total = 0
    for path in paths:
        if path.is_file():
            total += path.stat().st_size
            continue
        for folder, _, names in os.walk(path):
            for name in names:
                try:
                    total += os.lstat(os.path.join(folder, name)).st_size  # noqa: PTH118 -- many files
                except OSError:
                    continue
    return total
