"""The effects of an upgrade on common uses of hidden states, with portable replacements."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from harness.base.errors import UsageError
from harness.base.loading import FilePart, Layout, Name
from harness.environments.targets import Target, followed, named
from harness.judging.criteria import Criteria
from harness.judging.diff import step_changes
from harness.judging.known import AttributedChange
from harness.judging.oracle.matching import VARIANT
from harness.observing.catalogue import scenario_script
from harness.observing.snapshots import Snapshot


class Need(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A common use of hidden states.

    `steps` ("SCENARIO / STEP") show the use; `portable` is the name of the scenario that does the
    same on every target.
    """

    name: Name
    steps: tuple[str, ...]
    portable: FilePart

    @property
    def script(self) -> Path:
        return scenario_script(self.portable)


@dataclass(frozen=True, kw_only=True)
class Event:
    """A change of a step at `target`, compared with the target before."""

    target: str
    attributed: AttributedChange


@dataclass(frozen=True, kw_only=True)
class Outlook:
    """The events of a need in an upgrade, by step, then in the order of the targets."""

    need: Need
    events: tuple[Event, ...]
    raises: tuple[str, ...]  # the steps that raise at the last target


@dataclass(frozen=True, kw_only=True)
class Upgrade:
    """The outlooks of all needs in an upgrade over consecutive targets."""

    targets: tuple[str, ...]
    outlooks: tuple[Outlook, ...]


def load_needs(path: Path) -> tuple[Need, ...]:
    """Every need, in the order of the file. Raises UsageError, which names the file."""
    needs = LAYOUT.load(path).need
    for need in needs:
        if not need.script.exists():
            raise UsageError(f"{path}: need {need.name!r}: no scenario {need.portable!r}")
        for step in need.steps:
            if " / " not in step:
                raise UsageError(f"{path}: need {need.name!r}: {step!r} is not 'SCENARIO / STEP'")
    return needs


def route(targets: Sequence[Target], start: str, end: str) -> list[Target]:
    """The targets from `start` to `end`, which are names or releases ("2.9", "3.5").

    With all targets between, if one is a predecessor of the other, also across families; otherwise
    only the two. Raises UsageError.
    """
    first, last = (named(targets, name) for name in (start, end))
    if first is last:
        raise UsageError(
            f"from {first.name} to {last.name} there is no upgrade: name two different targets"
        )
    upwards, downwards = _predecessors(targets, last), _predecessors(targets, first)
    if first in upwards:
        return upwards[upwards.index(first) :]
    if last in downwards:
        return downwards[downwards.index(last) :][::-1]
    return [first, last]


def upgrade(
    observed: Sequence[Snapshot],
    needs: Sequence[Need],
    criteria: Criteria,
) -> Upgrade:
    """The events of each need over consecutive targets."""
    happened: dict[str, list[Event]] = {}
    for before, after in itertools.pairwise(observed):
        for attributed in step_changes(before, after, criteria):
            if attributed.change.finding and VARIANT in attributed.change.variants:
                event = Event(target=after.name, attributed=attributed)
                happened.setdefault(attributed.change.where, []).append(event)
    return Upgrade(
        targets=tuple(each.name for each in observed),
        outlooks=tuple(
            Outlook(
                need=need,
                events=tuple(event for step in need.steps for event in happened.get(step, [])),
                raises=tuple(step for step in need.steps if _raises(observed[-1], step)),
            )
            for need in needs
        ),
    )


def _raises(observed: Snapshot, where: str) -> bool:
    scenario, step = where.split(" / ", 1)
    result = observed.steps.get((scenario, VARIANT), {}).get(step)
    return result is not None and result.error is not None


def _predecessors(targets: Sequence[Target], target: Target) -> list[Target]:
    """All predecessors of a target, oldest first, and the target itself.

    A target without a lock comes after the target with a lock and the same requirements.
    """
    twins = [each for each in targets if each.locked and each.requirements == target.requirements]
    if twins and not target.locked:
        return [*_predecessors(targets, twins[0]), target]
    family = [each for each in targets if each.family == target.family]
    before = followed(family[0], targets)
    return [
        *(_predecessors(targets, before) if before else ()),
        *family[: family.index(target) + 1],
    ]


class _File(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    schema_version: int
    need: tuple[Need, ...]


LAYOUT = Layout(
    content=_File,
    title="a file of needs",
    error=UsageError,
    way_out="compare it with harness/resources/needs.toml of the harness",
    version=1,
    toml=True,
)
