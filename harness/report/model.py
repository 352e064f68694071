"""The content of a report, the same for all renderers. Pure."""

import datetime
import functools
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from packaging.version import Version

from harness.base.words import counted
from harness.environments.targets import FAMILIES, Target
from harness.judging.causes import EFFECTS, Cause, harm
from harness.judging.changes import ChangeKind
from harness.judging.diff import Diff
from harness.judging.eras import Era
from harness.judging.history import Stretch
from harness.judging.known import Effect, Knowledge, KnownChange
from harness.judging.verdicts import UNCHECKED, Axis, Outcome, Standing, Verdict, exit_code
from harness.observing.records import Error, Surroundings
from harness.report.outcomes import most_important

KINDS = list(ChangeKind)
STALE = datetime.timedelta(days=3)  # after this long without a run a report is out of date


@dataclass(frozen=True, kw_only=True, eq=False)
class ReportedVerdict:
    """A verdict, with the means of the arrays of its step, and the error.

    `oracle` is the verdict of the oracle on the same arrays, if the oracle has the step. Targets
    with the same have one object, so that a renderer looks at it once.
    """

    verdict: Verdict
    means: Mapping[str, float | None] = field(default_factory=dict)
    error: Error | None = None
    oracle: Verdict | None = None

    @property
    def outcome(self) -> Outcome:
        return self.verdict.outcome

    @functools.cached_property
    def row(self) -> tuple[Axis, str, str]:
        """The row of the matrix in which it is: its axis and its heading."""
        return (self.verdict.axis, *self.verdict.heading)

    @property
    def script(self) -> str | None:
        """The scenario whose script gives this step; None for an internal."""
        return self.verdict.scenario or None


@dataclass(frozen=True, kw_only=True)
class TargetReport:
    """The results of one target; `reason` is the reason why it could not be checked, or empty.

    Where its last run left out a part, `reason` says what, and `partial` is true.
    """

    target: Target
    standing: Standing
    observations: tuple[ReportedVerdict, ...] = ()
    environment: Surroundings | None = None
    keras: str | None = None
    started: datetime.datetime | None = None
    seconds: float | None = None
    reason: str = ""
    partial: bool = False

    @property
    def name(self) -> str:
        return self.target.name

    @functools.cached_property
    def outcomes(self) -> Counter[Outcome]:
        """The number of observations with each outcome."""
        return Counter([each.outcome for each in self.observations])

    @functools.cached_property
    def matrix(self) -> Mapping[tuple[Axis, str, str], Outcome]:
        """The most important outcome in each row of the matrix."""
        rows: dict[tuple[Axis, str, str], list[Outcome]] = {}
        for each in self.observations:
            rows.setdefault(each.row, []).append(each.outcome)
        return {row: most_important(outcomes) for row, outcomes in rows.items()}

    @property
    def tensorflow(self) -> str | None:
        return self.environment.tensorflow if self.environment else None


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """The diff of a target and the next one, and its source: records or baselines.

    `as_of` is the day of the later target, None if it is resolved anew in each run.
    """

    diff: Diff
    family: str  # that of the later target
    source: str  # "records" or "baselines"
    as_of: datetime.date | None = None

    @property
    def before(self) -> str:
        return self.diff.before.name

    @property
    def after(self) -> str:
        return self.diff.after.name


@dataclass(frozen=True, kw_only=True)
class Explained:
    """A known change that is a cause, and the comparisons that have this cause."""

    known: KnownChange
    seen: tuple[tuple[Comparison, Cause], ...]

    @property
    def effect(self) -> Effect:
        """The most harmful effect that it has in a comparison."""
        return min((cause.effect for _, cause in self.seen), key=EFFECTS.index)

    @property
    def knowledge(self) -> Knowledge:
        return self.seen[0][1].knowledge

    @property
    def at(self) -> tuple[str, ...]:
        """The later target of each comparison."""
        return tuple(comparison.after for comparison, _ in self.seen)

    @property
    def findings(self) -> int:
        return sum(len(cause.changes) for _, cause in self.seen)


@dataclass(frozen=True, kw_only=True)
class Note:
    """A cause that changed a behaviour at a target; `link` is that of a known change."""

    at: str
    text: str
    effect: Effect
    knowledge: Knowledge
    link: str | None


@dataclass(frozen=True, kw_only=True)
class Statement:
    """A stretch of targets of one family in which a behaviour works and does not change.

    It works from `added` to `last`, and `removed` is the next target, at which it is otherwise or
    gone; without `added` it never works. `partial` if it only works in part.
    """

    added: str | None = None
    last: str | None = None
    removed: str | None = None
    partial: bool = False
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Behaviour:
    """A step in a variant, or a need, with its statements by family, the newest first.

    `portable` is the scenario that does the same on every target; only a need has one.
    """

    name: str
    steps: tuple[str, ...]
    variant: str
    support: Mapping[str, tuple[Statement, ...]]
    portable: str | None = None


@dataclass(frozen=True, kw_only=True)
class History:
    """The stretches of one internal in one family, oldest first."""

    name: str
    why: str
    family: str
    stretches: tuple[Stretch, ...]


@dataclass(frozen=True, kw_only=True)
class Curve:
    """The mean of a step on each target; None where the step has no mean."""

    scenario: str
    variant: str
    step: str
    means: Mapping[str, float | None]


@dataclass(frozen=True, kw_only=True)
class Numbers:
    """The data of the plots: means, distances from the oracle in ULP, eras, and equal bits.

    `bits` has for each step of the variant `fixed` a number for each target: targets with the same
    number give the same bits; -1 means that the step raises.
    """

    curves: tuple[Curve, ...] = ()
    distances: Mapping[str, float] = field(default_factory=dict)
    eras: Mapping[str, tuple[Era, ...]] = field(default_factory=dict)
    bits: Mapping[str, Mapping[str, int]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class NightCount:
    """A night in numbers: its targets by standing, and how many were checked as a whole."""

    began: datetime.datetime
    wanted: int
    checked: int
    standings: Mapping[Standing, int] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Flake:
    """A step that gave another result than the night before in `differing` of `nights` nights,
    with the same packages.
    """

    target: str
    scenario: str
    variant: str
    step: str
    differing: int
    nights: int


@dataclass(frozen=True, kw_only=True)
class Trend:
    """The nights of an archive, oldest first, and the steps that are not stable over them."""

    nights: tuple[NightCount, ...]
    flakes: tuple[Flake, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Report:
    """A report. `refused` are files that could not be read, each with the reason.

    `releases` are the observed targets of each family, oldest first, with their releases.
    """

    made: datetime.datetime
    targets: tuple[TargetReport, ...]
    comparisons: tuple[Comparison, ...] = ()
    uncompared: tuple[tuple[str, str, str], ...] = ()  # before, after, why
    expired: tuple[KnownChange, ...] = ()
    histories: tuple[History, ...] = ()
    numbers: Numbers = field(default_factory=Numbers)
    behaviours: tuple[Behaviour, ...] = ()
    trend: Trend | None = None
    releases: Mapping[str, Mapping[str, Mapping[str, str | None]]] = field(default_factory=dict)
    refused: tuple[str, ...] = ()

    @property
    def lost(self) -> list[tuple[str, str, str]]:
        """The parts that could not be compared, as target before, target after, and reason."""
        return [(c.before, c.after, why) for c in self.comparisons for why in c.diff.lost]

    @functools.cached_property
    def causes(self) -> tuple[tuple[Comparison, Cause], ...]:
        """The causes of all comparisons, the most harmful first."""
        found = [(each, cause) for each in self.comparisons for cause in each.diff.causes]
        return tuple(sorted(found, key=lambda pair: harm(pair[1])))

    @property
    def unknown(self) -> list[tuple[Comparison, Cause]]:
        """The causes of which nothing is known."""
        return [pair for pair in self.causes if pair[1].knowledge is Knowledge.UNKNOWN]

    @functools.cached_property
    def explained(self) -> tuple[Explained, ...]:
        """The known changes among the causes, the most harmful first."""
        seen: dict[str, list[tuple[Comparison, Cause]]] = {}
        known: dict[str, KnownChange] = {}
        for comparison in self.comparisons:
            for cause in comparison.diff.causes:
                if cause.known:
                    known[cause.title] = cause.known
                    seen.setdefault(cause.title, []).append((comparison, cause))
        found = [Explained(known=known[title], seen=tuple(its)) for title, its in seen.items()]
        return tuple(sorted(found, key=lambda each: min(harm(cause) for _, cause in each.seen)))

    @property
    def span(self) -> tuple[datetime.datetime, datetime.datetime] | None:
        """The earliest and the latest start of a target."""
        started = [each.started for each in self.targets if each.started]
        return (min(started), max(started)) if started else None

    @property
    def exit_code(self) -> int:
        """1 if a target differs from its baseline, else 3 if anything is unchecked, else 0."""
        code = exit_code(outcome for each in self.targets for outcome in each.outcomes)
        unsure = any(each.standing in UNCHECKED for each in self.targets)
        return code or (3 if unsure or self.refused or not self.targets else 0)


@dataclass(frozen=True, kw_only=True)
class Totals:
    """The counts of a report: observations and targets by standing, changes by kind, findings
    by what is known of them, and causes.
    """

    observations: Mapping[Standing, int]
    targets: Mapping[Standing, int]
    kinds: Mapping[ChangeKind, int]
    knowledge: Mapping[Knowledge, int]
    causes: int

    @property
    def changes(self) -> int:
        return sum(self.kinds.values())

    @property
    def findings(self) -> int:
        return sum(self.knowledge.values())

    @property
    def in_words(self) -> str:
        """The changes in one sentence, the same in all renderings."""
        known = ", ".join(f"{count:,} {each}" for each, count in self.knowledge.items())
        return (
            f"{counted(self.changes, 'change')} between neighbouring targets, of which "
            f"{counted(self.findings, 'finding')} from {counted(self.causes, 'cause')}: {known}"
        )


def totals(report: Report) -> Totals:
    standings: Counter[Standing] = Counter()
    for target in report.targets:
        for outcome, count in target.outcomes.items():
            standings[outcome.standing] += count
    targets = Counter(each.standing for each in report.targets)
    changes = [each for comparison in report.comparisons for each in comparison.diff.changes]
    kinds = Counter(each.change.kind for each in changes)
    return Totals(
        observations={standing: standings[standing] for standing in Standing},
        targets={standing: targets[standing] for standing in Standing},
        kinds={kind: kinds[kind] for kind in ChangeKind},
        knowledge={
            each: sum(len(c.changes) for _, c in report.causes if c.knowledge is each)
            for each in Knowledge
        },
        causes=len(report.causes),
    )


def moment(when: datetime.datetime) -> str:
    """A point in time as text in UTC, to the minute."""
    return when.astimezone(datetime.UTC).strftime("%Y-%m-%d %H:%M UTC")


def span(names: Sequence[str]) -> str:
    """The first and the last name, or the only one."""
    return " … ".join(dict.fromkeys((names[0], names[-1])))


def families(targets: Sequence[TargetReport]) -> Iterator[tuple[str, list[TargetReport]]]:
    """The targets of each family that has any."""
    for family in FAMILIES:
        if members := [each for each in targets if each.target.family == family]:
            yield family, members


def oldest_first(found: Iterable[Explained]) -> list[str]:
    """The titles of known changes, by the TensorFlow at which they first show."""

    def age(each: Explained) -> tuple[Version, Version]:
        first = each.seen[0][0].diff.after.version("tensorflow") or "0"
        return Version(first), Version(each.known.since)

    return [each.known.title for each in sorted(found, key=age)]
