"""The processes that read, and what happens when one of them dies."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from types import TracebackType

import msgspec

from certhound.lake.store.worker import Answer, Job, Worker

MEMORY = "700MB"
"""What the engine in each process takes at most, beside the blocks."""

COMMAND = (sys.executable, "-m", "certhound.lake.store.worker", MEMORY)

_KEPT_MEMORY = {
    "MALLOC_MMAP_THRESHOLD_": str(1 << 30),
    "MALLOC_TRIM_THRESHOLD_": str(1 << 30),
    "OPENBLAS_NUM_THREADS": "1",
}
"""For the environment of such a process, which has one thread. Block after block it needs as much memory again: a C
library that gives it back between them costs a tenth of the reading (mallopt(3); others know no such variables)."""


class DiedError(Exception):
    """A process ended while it read. ``unwritten``: numbers of the files whose rows went with it."""

    def __init__(self, how: str, unwritten: Sequence[int]) -> None:
        super().__init__(how)
        self.how = how
        self.unwritten = tuple(unwritten)


@dataclass(slots=True)
class _Process:
    """One process, and the files whose rows it holds."""

    command: Sequence[str]
    running: subprocess.Popen[bytes] | None = None
    holds: list[int] = field(default_factory=list)

    def ask(self, job: Job) -> Answer:
        running = self.running = self.running or subprocess.Popen(
            self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=_KEPT_MEMORY | dict(os.environ)
        )
        if job.work != "flush":
            self.holds.append(job.number)
        line = b""
        if running.stdin is not None and running.stdout is not None:
            with suppress(BrokenPipeError):
                running.stdin.write(msgspec.json.encode(job) + b"\n")
                running.stdin.flush()
                line = running.stdout.readline()
        if not line.endswith(b"\n"):
            raise self._died()
        answer = msgspec.json.decode(line, type=Answer)
        if answer.errno:
            raise OSError(answer.errno, answer.failed)
        waits = job.work == "block" and not job.alone and not answer.doubt and not answer.failed
        if job.work == "flush" or (waits and answer.written):
            self.holds.clear()  # rows that are written cannot get lost any more
        elif not waits and job.number in self.holds:
            self.holds.remove(job.number)
        return answer

    def _died(self) -> DiedError:
        holds, self.holds = self.holds, []
        running, self.running = self.running, None
        code = running.wait() if running is not None else 0
        if running is not None and running.stdin is not None:
            with suppress(OSError):
                running.stdin.close()
        name = signal.Signals(-code).name if code < 0 else f"exit code {code}"
        return DiedError(f"reading it ended the process ({name})", holds)

    def stop(self) -> None:
        running, self.running = self.running, None
        if running is None:
            return
        for stream in (running.stdin, running.stdout):
            if stream is not None:
                with suppress(OSError):
                    stream.close()
        with suppress(subprocess.TimeoutExpired):
            running.wait(2)
            return
        running.kill()
        running.wait()


class _Here(_Process):
    """The same work in this process: for tests, which have many small lakes."""

    def ask(self, job: Job) -> Answer:
        with _HERE_LOCK:
            return _here().do(job)

    def stop(self) -> None:
        """Nothing was started."""


_HERE_LOCK = threading.Lock()


@cache
def _here() -> Worker:
    return Worker(MEMORY)


class Crew:
    """Some processes that do jobs as they come, started when there is something to do.

    Without a ``command`` all is done in this process, which then has no protection from what it reads.
    """

    def __init__(self, size: int | None = None, command: Sequence[str] = COMMAND) -> None:
        self.size = size or max(1, min(4, os.cpu_count() or 1))
        self._command = tuple(command)
        self._pool = ThreadPoolExecutor(self.size)
        # The one that was last at work is the next one: what is little is done by one.
        self._idle: queue.LifoQueue[_Process] = queue.LifoQueue()
        self._all = [self._new() for _ in range(self.size if command else 1)]
        for each in reversed(self._all):
            self._idle.put(each)
        self._room = threading.BoundedSemaphore(2 * self.size)

    def _new(self) -> _Process:
        return _Process(self._command) if self._command else _Here(())

    def submit(self, job: Job, done: Callable[[], None] | None = None) -> Future[Answer]:
        """Do a job as soon as a process is free; waits while many are waiting. ``done`` is called behind it."""
        self._room.acquire()
        return self._pool.submit(self._do, job, done)

    def _do(self, job: Job, done: Callable[[], None] | None) -> Answer:
        process = self._idle.get()
        try:
            return process.ask(job)
        finally:
            self._idle.put(process)
            self._room.release()
            if done is not None:
                done()

    def alone(self, job: Job) -> Answer:
        """Do a job in a process of its own."""
        process = self._new()
        try:
            return process.ask(job)
        finally:
            process.stop()

    def flush(self, job: Job) -> list[Answer]:
        """Have all processes write what they hold. Nothing else may be under way."""
        answers: list[Answer] = []
        lost: list[int] = []
        how = ""
        for each in self._all:
            if (each.running is not None and each.holds) or isinstance(each, _Here):
                try:
                    answers.append(each.ask(job))
                except DiedError as error:
                    lost += error.unwritten
                    how = error.how
        if lost:
            raise LostError(how, lost, answers)
        return answers

    def __enter__(self) -> Crew:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            for each in self._all:
                if each.running is not None:
                    each.running.kill()
        self._pool.shutdown(wait=True, cancel_futures=True)
        for each in self._all:
            each.stop()


class LostError(DiedError):
    """A process ended while it wrote; the others wrote theirs."""

    def __init__(self, how: str, lost: Sequence[int], answers: list[Answer]) -> None:
        super().__init__(how, lost)
        self.answers = answers
