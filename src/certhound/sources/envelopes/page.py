"""What a page of ``docs/sources/`` says of a vendor source besides what its mapping tells by itself."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Page:
    """A vendor module's ``PAGE``; ``scripts/build_sources_pages.py`` makes the page of it and of the ``VENDOR``.

    ``recognise``: how its records are told from others. ``options``: what to switch on at the vendor so that what
    certhound asks for arrives at all. ``gaps``: what the format cannot say, or says otherwise than one would think.
    ``references``: where the vendor documents it. ``unconfirmed``: what no public source confirmed. All are sentences
    in Markdown.
    """

    recognise: tuple[str, ...]
    options: tuple[str, ...] = ()
    gaps: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    unconfirmed: tuple[str, ...] = ()
