"""Correlation rules beside the rules that they name, and what the back ends that know correlations make of them."""

from __future__ import annotations

from sigma.exceptions import SigmaError

from certhound.techniques.correlations import convert, correlations, validation_config
from certhound.techniques.exports.base import Files, Material
from certhound.techniques.translated import installed, platforms

FOLDER = "correlations"
WHAT = "what one event cannot say: counts and orders over rules of `sigma/rules`, in the languages that can say it"
CHECKED = "run with their own sequences of events by pySigma's SQLite back end; `sigma check` over the Sigma files"

_README = """\
# Correlations

The rules themselves are in `sigma/rules/certhound/correlation`. The texts here are unverified: written by pySigma's
back ends, not run.

## Left out

| rule | platform | why |
|---|---|---|
{said}
"""


def files(material: Material) -> Files:  # noqa: ARG001 - the contract's signature
    yield "sigma/validation.yaml", validation_config()
    left_out = []
    for each in correlations():
        yield f"sigma/rules/certhound/correlation/{each.file}", each.text
        for platform, mapping in platforms().items():
            if not installed(platform):
                continue
            try:
                text = convert(each, platform)
            except SigmaError as error:
                left_out.append(f"| {each.name} | {mapping['name']} | {str(error).splitlines()[0]} |")
                continue
            yield f"{FOLDER}/{platform}/{each.name}.{mapping['suffix']}", f"{text}\n"
    yield f"{FOLDER}/README.md", _README.format(said="\n".join(left_out))
