"""Taking files into a lake: exactly once by their content, in commits that are whole or not there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path

import msgspec
import pyarrow as pa

from certhound.lake.store.blocks import Block, Reading, Spare, blocks
from certhound.lake.store.crew import COMMAND, Crew, DiedError, LostError
from certhound.lake.store.disk import Disk, told
from certhound.lake.store.engine import FILE
from certhound.lake.store.identity import Identity, Match, Register, SeenFiles, Stamp, stamp_of
from certhound.lake.store.journal import CACHE, EVENTS, REJECTS, Change, Journal, Stored, Waiting, Writer
from certhound.lake.store.manifest import Commit, EventsFile, Known, TableFile, Tail
from certhound.lake.store.settle import Anew, merged_rejects, schema_file
from certhound.lake.store.worker import REJECT_SCHEMA, Answer, Job, Written, packed, write_parquet
from certhound.model.zones import NO_ZONES, Zones
from certhound.sources import recognise
from certhound.sources.contract import Recognised
from certhound.sources.files import InputFile, Unreadable, open_input, walk

COMMIT_BYTES = 1 << 30
COMMIT_FILES = 2_000
"""A commit is made when so much has been read since the last one."""

Progress = Callable[[int, str], None]
"""Told after each file: bytes on disk done so far, and the file."""


@dataclass(slots=True)
class Ingested:
    """What an ingest did, file by file."""

    new: list[Known] = field(default_factory=list)
    grown: list[Known] = field(default_factory=list)
    unchanged: int = 0
    changed: list[str] = field(default_factory=list)
    unreadable: list[Unreadable] = field(default_factory=list)
    unrecognised: list[Known] = field(default_factory=list)
    rows: int = 0
    rejected: int = 0
    commits: int = 0
    seconds: float = 0.0
    seen: list[int] = field(default_factory=list)

    @property
    def recognised(self) -> bool:
        """Whether anything was there that a source takes, now or before."""
        return bool(self.new or self.grown or self.unchanged)


@dataclass(slots=True)
class _Attempt:
    """One file on its way into the lake."""

    path: Path
    file: InputFile
    taken: Recognised
    number: int
    before: Known | None
    stamp: Stamp | None
    reading: Reading
    first_line: int
    first_record: int
    by_lines: bool
    careful: Future[Answer] | None = None
    settled: bool = False
    jobs: list[tuple[Block, Future[Answer]]] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)


def ingest(
    paths: Iterable[Path],
    folder: Path,
    *,
    progress: Progress | None = None,
    waiting: Waiting | None = None,
    disk: Disk | None = None,
    command: Sequence[str] = COMMAND,
    commit_files: int = COMMIT_FILES,
    zones: Zones = NO_ZONES,
) -> Ingested:
    """Take everything under the paths into the lake in a folder, which is made where there is none.

    ``zones`` are those of sources whose times state none. Raises LakeError where it cannot be written; what
    was committed before is whole, and the same call goes on from there.
    """
    with (
        closing(Spare()) as spare,
        Journal(folder, disk).writing(waiting) as writer,
        told(folder),
        Crew(command=command) as crew,
    ):
        return _Ingest(writer, crew, spare, progress or _quiet, commit_files, zones).run(paths)


def _quiet(done: int, file: str) -> None:
    """Nobody watches."""


class _Ingest:
    def __init__(
        self, writer: Writer, crew: Crew, spare: Spare, progress: Progress, commit_files: int, zones: Zones
    ) -> None:
        self.commit_files = commit_files
        self.zones = zones
        self.zone_names = {source: str(zone) for source, zone in zones.by_source.items()}
        self.writer = writer
        self.crew = crew
        self.progress = progress
        self.register = Register(writer.state.files.values())
        self.seen_files = SeenFiles(writer.folder / CACHE / "files.json")
        self.done = Ingested()
        self.number = self.register.next_number
        self.attempts: list[_Attempt] = []
        self.change = Change(Commit.INGEST)
        self.said: list[Written] = []
        self.rejects: list[Written] = []
        self.maybe_changed: list[tuple[str, set[int]]] = []
        self.bytes_done = self.bytes_waiting = 0
        self.spare = spare
        self._staging: Path | None = None

    def run(self, paths: Iterable[Path]) -> Ingested:
        for path in walk(list(paths)):
            if isinstance(path, Unreadable):
                self.done.unreadable.append(path)
            else:
                self._take(path)
            if self.bytes_waiting > COMMIT_BYTES or len(self.attempts) >= self.commit_files:
                self._commit()
        self._commit()
        self._tell_changed()
        self.seen_files.save()
        return self.done

    @property
    def staging(self) -> Path:
        if self._staging is None:
            self._staging = self.writer.staging()
        return self._staging

    # --- one file --------------------------------------------------------------------------------------------------

    def _take(self, path: Path) -> None:
        content = self.seen_files.content_of(path)
        known = self.register.of_content(*content) if content is not None else None
        if known is not None and known.source:
            self._unchanged(known)
            return
        stamp = stamp_of(path)
        file = open_input(path)
        if isinstance(file, Unreadable):
            self.done.unreadable.append(file)
            return
        answer = recognise(replace(file, zones=self.zones)) if file.head else None
        if isinstance(answer, Recognised):
            self._recognised(path, file, answer, stamp)
        else:
            self._unrecognised(file, answer.guess or "no format that is known here" if answer else "an empty file")
        self.bytes_done += file.size
        self.progress(self.bytes_done, file.path)

    def _unchanged(self, known: Known) -> None:
        self.done.unchanged += 1
        self.done.seen.append(known.number)

    def _unrecognised(self, file: InputFile, guess: str) -> None:
        """Remembered by its head only: it is looked at anew each time."""
        identity = Identity()
        identity.feed(file.head)
        known = self._known(file, self.number, "", "", identity, guess=guess)
        before = self.register.named(file.path)
        old = next((each for each in before if not each.source and each.digest == known.digest), None)
        self.done.unrecognised.append(old or known)
        if old is None or old.guess != guess:
            known = msgspec.structs.replace(known, number=old.number) if old else known
            self.register.add(known)
            self.change.files.append(known)
            self.number += old is None

    def _recognised(self, path: Path, file: InputFile, taken: Recognised, stamp: Stamp | None) -> None:
        if any(file.head.startswith(each.head) for each in self._pending()):
            self._commit()  # it may be a file of this run once more, which is only known when that is in the lake
        match = self.register.match(file.opened, file.compression, file.head)
        if match is not None and match.is_all:
            self.seen_files.add(path, stamp, match.known.length, match.known.digest)
            self._unchanged(match.known)
            return
        attempt = self._attempt(path, file, taken, match if match and match.known.source else None, stamp)
        self._read(attempt)
        self.attempts.append(attempt)
        self.bytes_waiting += file.size

    def _pending(self) -> Iterator[Identity]:
        return (each.reading.identity for each in self.attempts)

    def _attempt(
        self, path: Path, file: InputFile, taken: Recognised, match: Match | None, stamp: Stamp | None
    ) -> _Attempt:
        by_lines = taken.certificates is None and any(
            each.segment is not None or each.shape.source.startswith("zeek.") for each in taken.plans
        )
        if match is None:
            self.number += 1
            return _Attempt(path, file, taken, self.number - 1, None, stamp, Reading(Identity(), 0, 0), 0, 1, by_lines)
        known, tail = match.known, match.known.tail
        lines, records = (tail.lines, tail.records) if tail else (known.lines, known.records)
        reading = Reading(match.identity, lines, match.identity.length)
        return _Attempt(path, file, taken, known.number, known, stamp, reading, lines, records + 1, by_lines)

    def _read(self, attempt: _Attempt) -> None:
        """Cut the file into blocks and have them read; the answers come later."""
        plans = attempt.taken.plans
        segment = plans[0].segment if len(plans) == 1 and attempt.by_lines else None
        skip = max(0, segment.first_line - 1 - attempt.reading.lines) if segment else 0
        record = attempt.first_record
        for block in blocks(attempt.file.opened, attempt.file.compression, attempt.reading, self.spare, skip=skip):
            if segment is None or (attempt.jobs and attempt.jobs[0][1].done() and _is_doubtful(attempt.jobs[0][1])):
                block.close()
                segment = None
                continue
            alone = block.is_tail or bool(attempt.jobs) or block.size >= _LARGE
            job = Job("block", packed(attempt.file.opened), attempt.number, block.path, block.line, record, alone=alone,
                      is_tail=block.is_tail, zones=self.zone_names, staging=str(self.staging))  # fmt: skip
            attempt.jobs.append((block, self.crew.submit(job, block.close)))
            record += block.lines

    # --- answers ---------------------------------------------------------------------------------------------------

    def _settle(self) -> None:
        """Wait for all answers; have read carefully what is doubtful, and once more what went with a process."""
        for attempt in self.attempts:
            if not attempt.settled:
                self._wait(attempt)
        for attempt in self.attempts:
            if attempt.careful is not None:
                self._take_careful(attempt)
        for _ in range(len(self.attempts) + 1):
            try:
                flushed = self.crew.flush(Job("flush", staging=str(self.staging))) if self.attempts else []
            except LostError as lost:
                self._keep_shared(lost.answers)
                self._lost(lost)
            else:
                self._keep_shared(flushed)
                return

    def _wait(self, attempt: _Attempt) -> None:
        attempt.settled = True
        doubtful: Block | None = None
        for block, future in attempt.jobs:
            try:
                answer = future.result()
            except DiedError as died:
                self._lost(died)
                return
            if doubtful is None and not answer.doubt and not answer.failed:
                attempt.answers.append(answer)
            elif doubtful is None:
                doubtful = block
        if doubtful is not None or not attempt.jobs or attempt.reading.problem is not None:
            attempt.careful = self.crew.submit(self._careful_job(attempt, doubtful))

    def _careful_job(self, attempt: _Attempt, doubtful: Block | None) -> Job:
        """The rest of a file line by line, from the first doubtful block on."""
        reading = attempt.reading
        after = reading.lines if attempt.answers else attempt.first_line
        if doubtful is not None:
            after = doubtful.line - 1
        if not attempt.by_lines:
            return Job("careful", packed(attempt.file.opened), attempt.number, tail=0, zones=self.zone_names,
                       staging=str(self.staging))  # fmt: skip
        tail = reading.lines if _is_unfinished(reading) else None
        return Job("careful", packed(attempt.file.opened), attempt.number, after=after, tail=tail,
                   zones=self.zone_names, staging=str(self.staging))  # fmt: skip

    def _take_careful(self, attempt: _Attempt) -> None:
        future, attempt.careful = attempt.careful, None
        try:
            answer = future.result() if future is not None else Answer()
        except DiedError as died:
            self._lost(died)
            return
        self._accept(attempt, answer)

    def _accept(self, attempt: _Attempt, answer: Answer) -> None:
        if answer.failed or answer.doubt:
            self._put_aside(attempt, answer.failed or answer.doubt)
        else:
            attempt.answers.append(answer)

    def _lost(self, died: DiedError) -> None:
        """Files whose rows went with a process: each is read again, with care, in a process of its own."""
        suspects = set(died.unwritten)
        for attempt in self.attempts:
            if attempt.number not in suspects:
                continue
            attempt.settled, attempt.careful = True, None
            attempt.answers.clear()
            try:
                self._accept(attempt, self.crew.alone(self._careful_job(attempt, None)))
            except DiedError as again:
                self._put_aside(attempt, again.how)

    def _put_aside(self, attempt: _Attempt, reason: str) -> None:
        """A file that nobody can read is one reject, and its content known."""
        attempt.answers.clear()
        path = self.staging / f"aside-{attempt.number}.parquet"
        row = {
            "origin_file": attempt.file.path, "reason": f"the whole file is put aside: {reason}", "sample": "",
            FILE: attempt.number,
        }  # fmt: skip
        write_parquet(pa.Table.from_pylist([row], REJECT_SCHEMA), path)
        attempt.answers.append(Answer(rejected=1, written=[Written("rejects", str(path), 1)]))

    # --- commits ---------------------------------------------------------------------------------------------------

    def _commit(self) -> None:
        """Make all of what has been read visible at once."""
        self._settle()
        for attempt in self.attempts:
            self._keep(attempt)
        if self.said:
            self.change.certificates += Anew(self.writer, self.staging).add(self.said)
        if self.rejects:
            self.change.rejects += merged_rejects(self.writer, self.staging, self.rejects)
        if not self.change.is_empty:
            if not self.writer.state.commits:
                self.change.events.append(schema_file(self.writer, self.staging))
            self.writer.commit(self.change)
            self.done.commits += 1
        for attempt in self.attempts:
            self._remember(attempt)
        self.change, self.attempts, self.said, self.rejects = Change(Commit.INGEST), [], [], []
        self.bytes_waiting = 0

    def _keep(self, attempt: _Attempt) -> None:
        """What was read of a file, as a part of the commit."""
        tails: list[str] = []
        for answer in attempt.answers:
            for written in answer.written:
                tails += self._place(written)
        known = self._known_after(attempt, tuple(tails))
        before = attempt.before
        if before is not None and before.tail is not None:
            self.change.removed += before.tail.paths
        (self.done.new if before is None else self.done.grown).append(known)
        self.done.seen.append(known.number)
        self.done.rows += known.rows - (before.rows if before else 0)
        self.done.rejected += known.rejected - (before.rejected if before else 0)
        self.register.add(known)
        self.change.files.append(known)
        if before is None:
            self._look_changed(known)

    def _keep_shared(self, answers: Sequence[Answer]) -> None:
        """Files with the rows of several inputs."""
        for answer in answers:
            for written in answer.written:
                self._place(written)

    def _place(self, written: Written) -> list[str]:
        """Give a file its place; the paths that belong to an unfinished end."""
        staged = Path(written.path)
        if written.table == "events" and written.shape is not None:
            size = staged.stat().st_size
            path = self.writer.place(staged, f"{EVENTS}/day={written.day}")
            file = EventsFile(path, written.day, written.rows, size, 0, written.first, written.last)
            self.change.events.append(Stored(file, written.shape))
            return [path] if written.is_tail else []
        if written.is_tail:
            if written.table == "rejects":
                made = [TableFile(self.writer.place(staged, REJECTS), written.rows, 0)]
                self.change.rejects += made
            else:
                made = Anew(self.writer, self.staging).add([written])
                self.change.certificates += made
            return [each.path for each in made]
        (self.rejects if written.table == "rejects" else self.said).append(written)
        return []

    def _known_after(self, attempt: _Attempt, tails: tuple[str, ...]) -> Known:
        reading, before, answers = attempt.reading, attempt.before, attempt.answers
        old_tail = before.tail if before else None
        rows = sum(each.rows for each in answers) + (before.rows - (old_tail.rows if old_tail else 0) if before else 0)
        rejected = sum(each.rejected for each in answers)
        rejected += before.rejected - (old_tail.rejected if old_tail else 0) if before else 0
        blocks_of_tail = sum(answer.rows for answer in answers if any(each.is_tail for each in answer.written))
        tail_rows = sum(each.tail_rows for each in answers)
        tail_rejected = sum(each.tail_rejected for each in answers)
        records = max((each.record for each in answers if not any(w.is_tail for w in each.written)), default=0)
        records = max(records, attempt.first_record - 1)
        tail = None
        if not attempt.by_lines:
            tail = Tail(0, 0, 0, tail_rows, tail_rejected, tails)
        elif _is_unfinished(reading):
            tail = Tail(reading.line_end, reading.lines, records, tail_rows + blocks_of_tail, tail_rejected, tails)
        plan = attempt.taken.plans[0].shape if attempt.taken.plans else None
        known = self._known(
            attempt.file, attempt.number, attempt.taken.source, plan.category if plan else "", reading.identity
        )
        return msgspec.structs.replace(
            known, lines=reading.lines, records=records, rows=rows + tail_rows, rejected=rejected + tail_rejected,
            tail=tail,
            certificates=None if attempt.taken.certificates is None else sum(each.certificates for each in answers),
        )  # fmt: skip

    @staticmethod
    def _known(file: InputFile, number: int, source: str, category: str, identity: Identity, guess: str = "") -> Known:
        return Known(
            number, file.path, source, category, file.size, identity.length, identity.digest, identity.head_digest,
            len(identity.head), guess=guess,
        )  # fmt: skip

    def _remember(self, attempt: _Attempt) -> None:
        identity = attempt.reading.identity
        self.seen_files.add(attempt.path, attempt.stamp, identity.length, identity.digest)

    def _look_changed(self, known: Known) -> None:
        others = [each for each in self.register.named(known.name) if each.number != known.number and each.source]
        if others:
            self.maybe_changed.append((known.name, {each.number for each in others}))

    def _tell_changed(self) -> None:
        """Paths whose former content was met nowhere in this run: neither rotated nor copied, but changed."""
        met = set(self.done.seen)
        self.done.changed += [name for name, others in self.maybe_changed if not others & met]


def _is_unfinished(reading: Reading) -> bool:
    return reading.problem is not None or reading.line_end != reading.identity.length


def _is_doubtful(future: Future[Answer]) -> bool:
    return future.exception() is not None or bool(future.result().doubt or future.result().failed)


_LARGE = 4 * 1024 * 1024
"""Blocks from this size on are written by themselves."""
