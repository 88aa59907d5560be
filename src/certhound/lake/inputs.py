"""What lies under the paths that a user named: recognised files with their plans, and everything that was not taken."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from certhound.model.zones import NO_ZONES, Zones
from certhound.query.plan import Rejected
from certhound.sources import recognise
from certhound.sources.contract import CertificateFound, NotMine, Recognised
from certhound.sources.files import InputFile, Unreadable, open_inputs, walk


@dataclass(slots=True)
class Inputs:
    """Everything under some paths, sorted by what it was taken for."""

    recognised: list[tuple[InputFile, Recognised]] = field(default_factory=list)
    unrecognised: list[tuple[str, str]] = field(default_factory=list)
    unreadable: list[Unreadable] = field(default_factory=list)

    @property
    def size(self) -> int:
        """Bytes on disk of all recognised files."""
        return sum(file.size for file, _ in self.recognised)

    def certificates(self) -> Iterator[CertificateFound | Rejected]:
        """The certificates that files hold as such."""
        for _, taken in self.recognised:
            if taken.certificates is not None:
                yield from taken.certificates


def collect(paths: Iterable[Path], zones: Zones = NO_ZONES) -> Inputs:
    """Ask the sources about every file under the paths. An empty file is neither read nor a riddle.

    ``zones`` are those of sources whose times state none.
    """
    inputs = Inputs()
    for path in walk(list(paths)):
        if isinstance(path, Unreadable):
            inputs.unreadable.append(path)
            continue
        for file in open_inputs(path):
            if isinstance(file, Unreadable):
                inputs.unreadable.append(file)
            elif not file.head:
                inputs.unrecognised.append((file.path, "an empty file"))
            else:
                _sort(inputs, file, recognise(replace(file, zones=zones)))
    return inputs


def _sort(inputs: Inputs, file: InputFile, answer: Recognised | NotMine) -> None:
    if isinstance(answer, Recognised):
        inputs.recognised.append((file, answer))
    else:
        inputs.unrecognised.append((file.path, answer.guess or "no format that is known here"))
