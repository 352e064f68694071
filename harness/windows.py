"""Windows: the last build without a finding, the first with it, and what differs between both."""

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from harness.changes import Change, ChangeKind
from harness.diff import diff
from harness.numerics import Tolerances
from harness.observed import Observed, from_record
from harness.records import Record, Surroundings
from harness.regressions import ABSENT, ACCEPTED, Difference, Window, fingerprint_of
from harness.targets import Target

log = logging.getLogger(__name__)

SOURCES, LINE = 5, 160  # internals that a window names, and characters of a line of their code
VECTORS = ("avx", "fma", "amx", "sse4")  # the CPU's features that libraries choose their code by


@dataclass(frozen=True, kw_only=True)
class Build:
    """One night's build of a target, and the fingerprints of all in which it differs."""

    started: str
    observed: Observed
    machine: Mapping[str, str] = field(default_factory=dict)
    shown: frozenset[str] = frozenset()


class Past:
    """What the archive tells of a target, read as far back as anybody asks."""

    def __init__(self, target: Target, before: Observed, now: Build, records: Iterator[Record]):
        self._target = target
        self._before = before
        self._now = now
        self._records = records
        self._read: list[Build] = []
        self._windows: dict[tuple[str, str], Window] = {}

    def window(self, change: Change) -> Window:
        """From the last build without a change to the first of those, up to now, that show it."""
        bad = self._now
        for build in self._earlier():
            if fingerprint_of(change) in build.shown:
                bad = build
            elif tells_of(change, build.observed):
                return self._between(build, bad)
        if self._target.locked:  # the same packages, but nobody knows on which machine
            return Window(target=self._target.name, good=None, bad=bad.started)
        # nor is it known here, so that the machine is taken to be the same
        accepted = Build(started=ACCEPTED, observed=self._before, machine=bad.machine)
        return self._between(accepted, bad)

    def _between(self, good: Build, bad: Build) -> Window:
        moments = good.started, bad.started
        if moments not in self._windows:
            self._windows[moments] = _window(good, bad)
        return self._windows[moments]

    def _earlier(self) -> Iterator[Build]:
        """The builds, newest first."""
        yield from self._read
        for record in self._records:
            try:
                observed = from_record(record, Tolerances())
                found = diff(self._before, observed, (), Tolerances()).findings
            except Exception as error:  # noqa: BLE001 - the rim: an old record is no fault of tonight
                log.warning("what is kept from %s is left out: %s", record.started, error)
                continue
            shown = frozenset(fingerprint_of(each.change) for each in found)
            self._read.append(build_of(record, observed, shown))
            yield self._read[-1]


def tells_of(change: Change, observed: Observed) -> bool:
    """Whether a change would show: not if the part in which it is could not be observed."""
    places = [f"{change.scenario} / {variant}" for variant in change.variants] or ["internals"]
    return not any(why.startswith(f"{place}: ") for place in places for why in observed.lost)


def build_of(record: Record, observed: Observed, shown: frozenset[str] = frozenset()) -> Build:
    return Build(
        started=record.started,
        observed=observed,
        machine=_machine(record.environment) if record.environment else {},
        shown=shown,
    )


def _window(good: Build, bad: Build) -> Window:
    """What differs between two builds of a target."""
    return Window(
        target=bad.observed.name,
        good=good.started,
        bad=bad.started,
        packages=_differences(good.observed.distributions, bad.observed.distributions),
        machine=_differences(good.machine, bad.machine),
        sources=tuple(_sources(good.observed, bad.observed)),
    )


def _sources(good: Observed, bad: Observed) -> Iterator[Difference]:
    """The first internals whose code differs, and the first lines in which it does."""
    found = diff(good, bad, (), Tolerances()).findings
    bodies = [each.change for each in found if each.change.kind is ChangeKind.BODY]
    for change in bodies[:SOURCES]:
        lines = {
            sign: [line[1:] for line in change.diff()[2:] if line.startswith(sign)] for sign in "-+"
        }
        good_line, bad_line = (" ".join(lines[sign][:1])[:LINE].strip() for sign in "-+")
        yield Difference(name=change.subject, good=good_line, bad=bad_line)


def _differences(good: Mapping[str, str], bad: Mapping[str, str]) -> tuple[Difference, ...]:
    return tuple(
        Difference(name=name, good=good.get(name, ABSENT), bad=bad.get(name, ABSENT))
        for name in sorted(good.keys() | bad.keys())
        if good.get(name) != bad.get(name)
    )


def _machine(where: Surroundings) -> dict[str, str]:
    """What can move under a lock: processor, system, interpreter, the image of a runner."""
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
