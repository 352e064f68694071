"""Windows: the last build without a finding, the first with it, and their differences."""

import datetime
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from harness.environments.targets import Target
from harness.judging.changes import Change, ChangeKind
from harness.judging.criteria import Criteria
from harness.judging.diff import ABSENT, diff
from harness.observing.numerics import Tolerances
from harness.observing.records import Record, Surroundings, started_at
from harness.observing.snapshots import Snapshot, from_record
from harness.upkeep.regressions import Difference, Window, fingerprint_of

log = logging.getLogger(__name__)

SOURCES, LINE = 5, 160  # internals that a window names, and characters of a line of their code
VECTORS = ("avx", "fma", "amx", "sse4")  # CPU features by which libraries select their kernels


@dataclass(frozen=True, kw_only=True)
class Build:
    """One night's build of a target, and the fingerprints of its differences from the baseline.

    `started` is None for the build of a baseline.
    """

    started: datetime.datetime | None
    observed: Snapshot
    machine: Mapping[str, str] = field(default_factory=dict)
    shown: frozenset[str] = frozenset()

    @property
    def began(self) -> datetime.datetime:
        """The start of a build of a night. Raises ValueError for the build of a baseline."""
        if self.started is None:
            raise ValueError("the build of a baseline has no start")
        return self.started


def earlier_builds(
    before: Snapshot, records: Iterator[Record], tolerances: Tolerances
) -> Iterator[Build]:
    """The builds of records, each compared with the baseline; an odd old record is left out."""
    for record in records:
        try:
            observed = from_record(record, tolerances)
            # without known changes, since a window needs all differences
            found = diff(before, observed, Criteria(tolerances=tolerances)).changes
        except Exception as error:  # noqa: BLE001 - the outer boundary of an old record
            log.warning("the record of %s is left out: %s", record.started, error)
            continue
        yield build_of(record, observed, frozenset(fingerprint_of(each.change) for each in found))


class Past:
    """The earlier builds of a target, read only as far back as needed.

    `before` is the baseline, `now` the build of tonight, `earlier` the builds of earlier nights,
    newest first.
    """

    def __init__(
        self,
        target: Target,
        before: Snapshot,
        now: Build,
        earlier: Iterator[Build],
        tolerances: Tolerances,
    ):
        self._target = target
        self._criteria = Criteria(tolerances=tolerances)
        self._before = before
        self._now = now
        self._unread = earlier
        self._read: list[Build] = []
        self._windows: dict[tuple[datetime.datetime | None, datetime.datetime], Window] = {}

    def window(self, change: Change) -> Window:
        """The window in which a change began.

        Walks back from tonight through the earlier builds:

        | the earlier build                        | meaning                            |
        | ---------------------------------------- | ---------------------------------- |
        | shows the change                         | it is the first bad build so far   |
        | does not show it, but could have         | it is the last good build: done    |
        | could not show it, since a step was lost | no evidence: skipped               |

        Without a good build the window begins at the baseline, but only without a lock: a
        locked target has the same packages as its baseline, so they cannot differ.
        """
        bad = self._now
        for build in self._earlier():
            if fingerprint_of(change) in build.shown:
                bad = build
            elif could_show(change, build.observed):
                return self._between(build, bad)
        if self._target.locked:
            return Window(target=self._target.name, good=None, bad=bad.began)
        # a baseline has no facts of its machine: assume the same machine, so that it never differs
        return self._between(Build(started=None, observed=self._before, machine=bad.machine), bad)

    def _between(self, good: Build, bad: Build) -> Window:
        moments = good.started, bad.began
        if moments not in self._windows:
            self._windows[moments] = _window(good, bad, self._criteria)
        return self._windows[moments]

    def _earlier(self) -> Iterator[Build]:
        """The earlier builds, newest first, each of which is made once."""
        yield from self._read
        for build in self._unread:
            self._read.append(build)
            yield build


def could_show(change: Change, observed: Snapshot) -> bool:
    """Whether a build would show a change: its step, or the internals, were observed."""
    pairs = [(change.scenario, variant) for variant in change.variants] or [("", "")]
    return all(observed.shows(pair, change.subject) for pair in pairs)


def build_of(record: Record, observed: Snapshot, shown: frozenset[str] = frozenset()) -> Build:
    return Build(
        started=started_at(record),
        observed=observed,
        machine=_machine(record.environment) if record.environment else {},
        shown=shown,
    )


def _window(good: Build, bad: Build, criteria: Criteria) -> Window:
    """The window between two builds of a target."""
    return Window(
        target=bad.observed.name,
        good=good.started,
        bad=bad.began,
        from_baseline=good.started is None,
        packages=_differences(good.observed.distributions, bad.observed.distributions),
        machine=_differences(good.machine, bad.machine),
        sources=tuple(_sources(good.observed, bad.observed, criteria)),
    )


def _sources(good: Snapshot, bad: Snapshot, criteria: Criteria) -> Iterator[Difference]:
    """The first SOURCES internals whose code differs, each with its first differing line."""
    found = diff(good, bad, criteria).changes
    bodies = [each.change for each in found if each.change.kind is ChangeKind.BODY]
    for change in bodies[:SOURCES]:
        good_line, bad_line = (" ".join(side[:1])[:LINE].strip() for side in change.differing_lines)
        yield Difference(name=change.subject, good=good_line, bad=bad_line)


def _differences(good: Mapping[str, str], bad: Mapping[str, str]) -> tuple[Difference, ...]:
    return tuple(
        Difference(name=name, good=good.get(name, ABSENT), bad=bad.get(name, ABSENT))
        for name in sorted(good.keys() | bad.keys())
        if good.get(name) != bad.get(name)
    )


def _machine(where: Surroundings) -> dict[str, str]:
    """The facts that no lock fixes: processor, system, interpreter, image of the runner."""
    flags = where.cpu.get("flags")
    vectors = [f for f in flags if f.startswith(VECTORS)] if isinstance(flags, list) else []
    facts = {
        "CPU": str(where.cpu.get("model")),
        "CPU features": " ".join(vectors),
        "processors": str(where.cpu.get("count")),
        "system": where.platform,
        "Python": where.python,
    }
    image = " ".join(v for k, v in where.variables.items() if k.startswith("Image"))
    return {**facts, "runner image": image} if image else facts
