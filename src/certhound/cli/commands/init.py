"""``certhound init``: a profile from a few questions."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from certhound.cli.boundary import tell
from certhound.cli.options import Quiet
from certhound.cli.sink import check_targets
from certhound.model.errors import Place, UsageError

SECTION = "Start here"

Texts = tuple[str, ...]


def init(
    *paths: Annotated[Path, Parameter(help="Logs of yours, to propose answers from what they show.")],
    output: Annotated[Path, Parameter(help="The file to write.")] = Path("certhound.toml"),
    name: Annotated[str | None, Parameter(help="Name of the organisation.")] = None,
    network: Annotated[Texts, Parameter(help="Own network; may be repeated.")] = (),
    domain: Annotated[Texts, Parameter(help="Own domain; may be repeated.")] = (),
    brand: Annotated[Texts, Parameter(help="Name that impostors would imitate; may be repeated.")] = (),
    expected_issuer: Annotated[Texts, Parameter(help="CA from which you buy; may be repeated.")] = (),
    internal_ca: Annotated[Texts, Parameter(help="PEM or DER file of an own CA; may be repeated.")] = (),
    inspection_ca: Annotated[Texts, Parameter(help="The same of a device that re-signs TLS; may be repeated.")] = (),
    inspection_issuer: Annotated[
        Texts, Parameter(help="Issuer's name of such a device, with * and ?; may be repeated.")
    ] = (),
    yes: Annotated[bool, Parameter(name=("--yes", "-y"), help="Ask nothing: flags, else what is proposed.")] = False,
    force: Annotated[bool, Parameter(help="Replace a file that is there.")] = False,
    quiet: Quiet = False,
) -> None:
    """Write certhound.toml: who is inside, whom you trust. Asks a few questions.

    Every answer is also a flag; what a flag answers is not asked. Without a terminal nothing is asked. With paths the
    defaults come from the data.
    """
    if output.exists() and not force:
        raise UsageError("is there already", check="file-exists", place=Place(str(output)), advice="--force")
    check_targets(output)
    from certhound.cli.interview import Flags, answers_for, is_terminal

    flags = Flags(name, network, domain, brand, expected_issuer, internal_ca, inspection_ca, inspection_issuer)
    answers = answers_for(flags, paths, ask=not yes and is_terminal(), folder=output.parent, quiet=quiet)
    from certhound.model.profile_write import profile_text
    from certhound.outputs.files import atomic_text

    with atomic_text(output) as stream:
        stream.write(profile_text(answers))
    if not quiet:
        tell(f"wrote {output}\nnext: certhound scan {shlex.join(map(str, paths)) or 'PATH'}")


COMMAND = init
