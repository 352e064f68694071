"""A night: what each target did against what is accepted, and what was concluded from it."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from harness.errors import UsageError
from harness.regressions import Regression, Sighting

SCHEMA_VERSION = 1
STALE = datetime.timedelta(days=3)  # after this long without a complete night there is an alarm


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What a night saw of one target.

    `started` and `distributions` are empty where nothing was observed, and `failure` then says why;
    `lost` says what could not be checked of a target that was. `earlier` is how a first try ended,
    where there was a second, and `once` what only one of the two showed; `seconds` is what both
    took.
    """

    target: str
    started: str = ""
    distributions: Mapping[str, str] = field(default_factory=dict)
    sightings: tuple[Sighting, ...] = ()
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
class Conclusion:
    """What a night came to, as `results/night.json` has it.

    `issues` says what became of the issue of each regression, by fingerprint, and where that is;
    `dismissed` are those that a person does not want to hear of; `troubles` is what kept an issue
    from being seen to.
    """

    schema_version: int = SCHEMA_VERSION
    night: Night
    regressions: tuple[Regression, ...]
    issues: Mapping[str, str] = field(default_factory=dict)
    dismissed: tuple[str, ...] = ()
    troubles: tuple[str, ...] = ()

    @property
    def exit_code(self) -> int:
        """1 if anything regressed that somebody wants to hear of, 3 if not all could be done."""
        heard = [each for each in self.regressions if each.fingerprint not in self.dismissed]
        if any(not each.welcome for each in heard):
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
