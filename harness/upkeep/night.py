"""A night: the differences of each target from its baseline, and the conclusion."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from harness.base.errors import UsageError
from harness.base.loading import Layout, refuse_odd_moments
from harness.judging.known import Knowledge
from harness.judging.verdicts import Standing
from harness.report.model import STALE
from harness.upkeep.causes import Cause
from harness.upkeep.issues import Deed
from harness.upkeep.regressions import Regression, Sighting

SCHEMA_VERSION = 2


@dataclass(frozen=True, kw_only=True)
class Seen:
    """The part of a night on one target.

    `standing` is the judge's standing of the target. `started` and `distributions` are empty if the
    target was not observed; `failure` then has the reason. `wrong` are the verdicts of steps that
    disagree with the oracle or a published figure, which no baseline can accept. `lost` are the
    parts of an observed target that could not be checked. `findings` is the number of findings by
    how much is known of them; the unknown ones are the `sightings`. If the target was run twice,
    `earlier` is the result of the first try and `once` are the findings of only one try. `seconds`
    is the duration of all tries. `causes` are what searches found, of the worst finding each.
    """

    target: str
    standing: Standing = Standing.NOT_RUN
    started: datetime.datetime | None = None
    distributions: Mapping[str, str] = field(default_factory=dict)
    sightings: tuple[Sighting, ...] = ()
    wrong: tuple[str, ...] = ()
    findings: Mapping[Knowledge, int] = field(default_factory=dict)
    known: tuple[str, ...] = ()  # titles of known changes that show and explain
    covered: tuple[str, ...] = ()  # titles of general entries where no other one explains
    lost: tuple[str, ...] = ()
    failure: str = ""
    earlier: str = ""
    once: tuple[str, ...] = ()
    seconds: float = 0.0
    causes: tuple[Cause, ...] = ()

    def __post_init__(self) -> None:
        refuse_odd_moments(self.started)

    @property
    def checked(self) -> bool:
        """Whether the whole target was checked."""
        return not self.failure and not self.lost

    @property
    def clean(self) -> bool:
        """Whether a finding that is not shown is gone: all was checked, and both tries agree."""
        return self.checked and not self.once


@dataclass(frozen=True, kw_only=True)
class Night:
    """A night: its start and its targets.

    `whole` is true if the night wanted all targets of the project that an earlier night wanted.
    `fresh` is the start of the last whole night that checked all of its targets, or that of the
    first night if there is none. `scripts` are the paths of the scripts that were checked, by the
    names that findings have as scenarios; empty for a night of the project's scenarios.
    """

    began: datetime.datetime
    seen: tuple[Seen, ...]
    fresh: datetime.datetime
    whole: bool = True
    scripts: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        refuse_odd_moments(self.began, self.fresh)

    @property
    def sightings(self) -> list[Sighting]:
        return [sighting for each in self.seen for sighting in each.sightings]

    @property
    def wrong(self) -> dict[str, tuple[str, ...]]:
        """The steps of each target that disagree with the oracle or a published figure."""
        return {each.target: each.wrong for each in self.seen if each.wrong}

    @property
    def checked(self) -> tuple[str, ...]:
        return tuple(each.target for each in self.seen if each.checked)

    @property
    def clean(self) -> tuple[str, ...]:
        return tuple(each.target for each in self.seen if each.clean)

    @property
    def unchecked(self) -> tuple[Seen, ...]:
        return tuple(each for each in self.seen if not each.checked)

    @property
    def stale(self) -> bool:
        """Whether an alarm is due; a night of some targets never raises one."""
        return self.whole and self.began - self.fresh > STALE


@dataclass(frozen=True, kw_only=True)
class IssueOutcome:
    """The deed done on the issue of a regression, and the address of the issue if it has one."""

    deed: Deed
    link: str = ""

    def __str__(self) -> str:
        return f"{self.deed}: {self.link}" if self.link else str(self.deed)


@dataclass(frozen=True, kw_only=True)
class Conclusion:
    """The conclusion of a night, as stored in `results/night.json`.

    `issues` has the issue of each regression by fingerprint; `dismissed` are the fingerprints of
    regressions whose issue a person closed as not planned; `troubles` are failures of the tracker.
    """

    schema_version: int = SCHEMA_VERSION
    night: Night
    regressions: tuple[Regression, ...]
    issues: Mapping[str, IssueOutcome] = field(default_factory=dict)
    dismissed: tuple[str, ...] = ()
    troubles: tuple[str, ...] = ()

    @property
    def exit_code(self) -> int:
        """1 if anything differs that nobody dismissed, 3 if a check or an issue failed, else 0.

        A fixed step differs too: its baseline is no longer true.
        """
        reported = [each for each in self.regressions if each.fingerprint not in self.dismissed]
        if reported or self.night.wrong:
            return 1
        return 3 if self.night.unchecked or self.night.stale or self.troubles else 0


def load_conclusion(path: Path) -> Conclusion:
    """Read the conclusion of the last night. Raises UsageError if there is no readable one."""
    return LAYOUT.load(path)


LAYOUT = Layout(
    content=Conclusion,
    title="a night",
    error=UsageError,
    way_out="`nox -s nightly` writes it, and a run of the nightly workflow has it in its artifact "
    "`night`",
    version=SCHEMA_VERSION,
)
