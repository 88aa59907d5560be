"""``certhound ingest``: take logs and certificates into a lake."""

from __future__ import annotations

from certhound.cli.lake_words import Lake, say_ingested, waiting
from certhound.cli.options import Config, Paths, Quiet, TimeZones, profile_of
from certhound.cli.progress import Progress
from certhound.model.errors import ExitCode

SECTION = "Lake"


def ingest(*paths: Paths, lake: Lake, config: Config = None, time_zone: TimeZones = (), quiet: Quiet = False) -> int:
    """Take logs and certificate files into a lake, each record exactly once.

    A file is known by its content: one that was taken in before adds nothing, whatever its name, folder or compression;
    one that has grown adds what is new. Stopped or failed, the same command goes on where it was.
    """
    profile = profile_of(config, quiet=quiet, time_zones=time_zone)
    with Progress(paths, quiet=quiet) as progress:
        from certhound.lake.store.ingest import ingest as run

        done = run(
            paths,
            lake,
            progress=lambda size, file: progress(size, 0, file),
            waiting=waiting(quiet),
            zones=profile.zones,
        )
    say_ingested(done, quiet=quiet)
    return ExitCode.OK if done.recognised else ExitCode.UNREADABLE


COMMAND = ingest
