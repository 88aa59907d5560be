"""Ctrl-C, and being told to end, at moments that suit: never while something is half made or half taken away."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextlib.contextmanager
def unbroken() -> Iterator[None]:
    """What stands inside is done to its end; a signal that came meanwhile is a KeyboardInterrupt after it.

    Only the main thread of a process gets signals, so elsewhere this does nothing.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []
    before = {each: signal.signal(each, lambda number, _frame: came.append(number)) for each in _SIGNALS}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
    if came:
        raise KeyboardInterrupt


@contextlib.contextmanager
def ended_as_by_ctrl_c() -> Iterator[None]:
    """SIGTERM and SIGHUP end what stands inside as Ctrl-C does: with all clean-up."""

    def end(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = {each: signal.signal(each, end) for each in _SIGNALS[1:]}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
