"""A night: what each target did against what is accepted, and what was concluded from it."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from harness.base.errors import UsageError
from harness.judging.verdicts import Standing
from harness.report.model import STALE
from harness.upkeep.issues import Deed
from harness.upkeep.regressions import Regression, Sighting

SCHEMA_VERSION = 2


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What a night saw of one target.

    `standing` is that of the target for the judge. `started` and `distributions` are empty where
    nothing was observed, and `failure` then says why. `wrong` are the verdicts of steps that
    disagree with the oracle or a published figure, which no baseline can accept; `lost` are the
    parts of an observed target that could not be checked. `earlier` is how a first try ended, where
    there was a second, and `once` are the findings that only one of the two showed; `seconds` is
    what both took.
    """

    target: str
    standing: Standing = Standing.NOT_RUN
    started: datetime.datetime | None = None
    distributions: Mapping[str, str] = field(default_factory=dict)
    sightings: tuple[Sighting, ...] = ()
    wrong: tuple[str, ...] = ()
    known: tuple[str, ...] = ()  # titles of known changes that show
    lost: tuple[str, ...] = ()
    failure: str = ""
    earlier: str = ""
    once: tuple[str, ...] = ()
    seconds: float = 0.0

    @property
    def checked(self) -> bool:
        """Whether all of it was checked."""
        return not self.failure and not self.lost

    @property
    def clean(self) -> bool:
        """Whether what it does not show is gone: it was checked, and showed the same every time."""
        return self.checked and not self.once


@dataclass(frozen=True, kw_only=True)
class Night:
    """All that a night saw.

    `whole` says whether it was to see all targets that there are, as far as earlier nights know of
    them. `fresh` is when the last whole night checked all of its targets, or the first night if
    none ever did.
    """

    began: datetime.datetime
    seen: tuple[Seen, ...]
    fresh: datetime.datetime
    whole: bool = True

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
        """Whether it is time for an alarm; a night of a few targets says nothing about that."""
        return self.whole and self.began - self.fresh > STALE


@dataclass(frozen=True, kw_only=True)
class IssueOutcome:
    """What became of the issue of a regression, and the address of the issue if it has one."""

    deed: Deed
    link: str = ""

    def __str__(self) -> str:
        return f"{self.deed}: {self.link}" if self.link else str(self.deed)


@dataclass(frozen=True, kw_only=True)
class Conclusion:
    """What a night came to, as `results/night.json` has it.

    `issues` are the issues of the regressions, by fingerprint; `dismissed` are the regressions that
    a person does not want to hear of; `troubles` kept an issue from being written.
    """

    schema_version: int = SCHEMA_VERSION
    night: Night
    regressions: tuple[Regression, ...]
    issues: Mapping[str, IssueOutcome] = field(default_factory=dict)
    dismissed: tuple[str, ...] = ()
    troubles: tuple[str, ...] = ()

    @property
    def exit_code(self) -> int:
        """1 if anything differs that nobody dismissed, a fixed step included, since its baseline is
        not true any more; 3 if not all could be done.
        """
        heard = [each for each in self.regressions if each.fingerprint not in self.dismissed]
        if heard or self.night.wrong:
            return 1
        return 3 if self.night.unchecked or self.night.stale or self.troubles else 0


def load_conclusion(path: Path) -> Conclusion:
    """Read what the last night came to. Raises UsageError, since somebody has to run one first."""
    try:
        found = msgspec.json.decode(path.read_bytes(), type=Conclusion)
    except (OSError, ValueError, msgspec.MsgspecError) as error:
        raise UsageError(
            f"{path}: cannot be read: {error}; `nox -s nightly` writes it, and a run of the "
            "nightly workflow has it in its artifact `night`"
        ) from error
    if found.schema_version != SCHEMA_VERSION:
        raise UsageError(
            f"{path}: schema version {found.schema_version}, this harness reads {SCHEMA_VERSION}; "
            "`nox -s nightly` writes it anew"
        )
    return found
