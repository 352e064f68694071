"""What an upgrade means for what people do with hidden state: what breaks, what to write."""

import itertools
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import msgspec

from harness.base.errors import UsageError
from harness.environments.targets import Target, followed, named
from harness.judging.criteria import Criteria
from harness.judging.diff import step_changes
from harness.judging.known import AttributedChange
from harness.judging.oracle.matching import VARIANT
from harness.observing.catalogue import portable_script
from harness.observing.snapshots import Snapshot


class Need(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Something that people do, the steps ("SCENARIO / STEP") that show it, and how to do it
    on every target: the name of a portable scenario.
    """

    name: str
    steps: tuple[str, ...]
    portable: str

    @property
    def script(self) -> Path:
        return portable_script(self.portable)


@dataclass(frozen=True, kw_only=True)
class Event:
    """What happens to a step at the first target that does it otherwise than the one before."""

    target: str
    attributed: AttributedChange


@dataclass(frozen=True, kw_only=True)
class Outlook:
    """What happens to a need on the way: its events in the order of the targets; none: nothing."""

    need: Need
    events: tuple[Event, ...]
    raises: tuple[str, ...]  # the steps that raise at the end of the way


@dataclass(frozen=True, kw_only=True)
class Upgrade:
    """All needs on the way from one target to another."""

    targets: tuple[str, ...]
    outlooks: tuple[Outlook, ...]


def load_needs(path: Path) -> tuple[Need, ...]:
    """Every need, in the order of the file. Raises UsageError, which names the file."""
    try:
        needs = msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), _File).need
    except (OSError, ValueError, msgspec.ValidationError) as error:
        raise UsageError(f"{path}: not the needs as this harness reads them: {error}") from error
    for need in needs:
        if not need.script.exists():
            raise UsageError(f"{path}: need {need.name!r}: no scenario {need.portable!r}")
        for step in need.steps:
            if " / " not in step:
                raise UsageError(f"{path}: need {need.name!r}: {step!r} is not 'SCENARIO / STEP'")
    return needs


def way(targets: Sequence[Target], start: str, end: str) -> list[Target]:
    """The targets from `start` to `end`, named as such or by release ("2.9", "3.5").

    All between them, where one came before the other, be it in another family; else those two.
    Raises UsageError.
    """
    first, last = (named(targets, name) for name in (start, end))
    if first is last:
        raise UsageError(
            f"from {first.name} to {last.name} there is no way to go: name two targets"
        )
    there, back = _descent(targets, last), _descent(targets, first)
    if first in there:
        return there[there.index(first) :]
    return back[back.index(last) :][::-1] if last in back else [first, last]


def upgrade(
    observed: Sequence[Snapshot],
    needs: Sequence[Need],
    criteria: Criteria,
) -> Upgrade:
    """What happens to each need over targets in a row."""
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


def _descent(targets: Sequence[Target], target: Target) -> list[Target]:
    """All that came before a target, oldest first, and the target itself.

    What has no lock came after the target with a lock that asks for the same.
    """
    twins = [each for each in targets if each.locked and each.requirements == target.requirements]
    if twins and not target.locked:
        return [*_descent(targets, twins[0]), target]
    family = [each for each in targets if each.family == target.family]
    before = followed(family[0], targets)
    return [*(_descent(targets, before) if before else ()), *family[: family.index(target) + 1]]


class _File(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    schema_version: Literal[1]
    need: tuple[Need, ...]
