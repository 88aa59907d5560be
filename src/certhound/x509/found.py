"""What comes out of files that may hold certificates: bytes of one, or why there are none; and places in such files."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Found:
    """One certificate's bytes: offset of its record in the input, line from 1 (texts only), record number from 1.

    ``container`` is ``pem``, ``der``, ``base64``, ``pkcs7``, or the name of a store (:mod:`certhound.x509.stores`).
    """

    der: bytes
    container: str
    offset: int
    line: int | None
    record: int


@dataclass(frozen=True, slots=True)
class Reject:
    """What could not be read as a certificate, and why; places as in `Found`."""

    reason: str
    offset: int
    line: int | None
    record: int


class Lines:
    """Line numbers of offsets that are asked for in rising order, in linear time over all."""

    __slots__ = ("data", "line", "offset")

    def __init__(self, data: bytes) -> None:
        self.data, self.offset, self.line = data, 0, 1

    def at(self, offset: int) -> int:
        self.line += self.data.count(b"\n", self.offset, offset)
        self.offset = offset
        return self.line
