"""The cause of a new finding, as a search has found it: `results/TARGET/cause.json`."""

from dataclasses import dataclass

from harness.base.errors import HarnessError, UncheckedError
from harness.base.loading import Layout
from harness.running.results import TargetFiles

SCHEMA_VERSION = 1


@dataclass(frozen=True, kw_only=True)
class Cause:
    """What a search has found of the worst new finding of a target.

    `finding` is its kind and place, `fingerprint` what identifies it. `found` is the answer, in
    lines for people; `reason` says why there is no more.
    """

    schema_version: int = SCHEMA_VERSION
    fingerprint: str
    finding: str
    found: str = ""
    reason: str = ""


LAYOUT = Layout(
    content=Cause,
    title="a cause",
    error=UncheckedError,
    way_out="run the target again",
    version=SCHEMA_VERSION,
)


def cause_of(files: TargetFiles) -> Cause | None:
    """What was found of a target; None if nothing was searched."""
    if not files.cause.exists():
        return None
    try:
        return LAYOUT.load(files.cause)
    except HarnessError as error:
        return Cause(fingerprint="", finding="", reason=str(error))
