"""What an upgrade means for what people do with hidden state: what breaks, what to write."""

import itertools
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import msgspec

from harness.diff import Finding, step_findings
from harness.errors import UsageError
from harness.known import KnownChange, portable_path
from harness.numerics import Tolerances
from harness.observed import Observed
from harness.paths import RESOURCES
from harness.targets import Target, followed
from harness.truth import VARIANT


class Need(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Something that people do, the steps ("SCENARIO / STEP") that show it, and how to do it
    on every target: the name of a portable scenario.
    """

    name: str
    steps: tuple[str, ...]
    portable: str

    @property
    def script(self) -> Path:
        return portable_path(self.portable)


@dataclass(frozen=True, kw_only=True)
class Event:
    """What happens to a step at the first target that does it otherwise than the one before."""

    target: str
    finding: Finding


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


def load_needs(path: Path = RESOURCES / "needs.toml") -> tuple[Need, ...]:
    """Every need, in the order of the file. Raises UsageError, which names the file."""
    try:
        return msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), _File).need
    except (OSError, ValueError, msgspec.ValidationError) as error:
        raise UsageError(f"{path}: not the needs as this harness reads them: {error}") from error


def way(targets: Sequence[Target], start: str, end: str) -> list[Target]:
    """The targets from `start` to `end`, named as such or by release ("2.9", "3.5").

    Within a family all between them, and so to one that follows one of the family; from one family
    to another else those two. Raises UsageError.
    """
    first, last = (_named(targets, name) for name in (start, end))
    if first is last:
        raise UsageError(
            f"from {first.name} to {last.name} there is no way to go: name two targets"
        )
    members = [target for target in targets if target.family == first.family]
    before = followed(last, members)
    if before in members and members.index(before) >= members.index(first):
        members = [*members[: members.index(before) + 1], last]
    if last not in members:
        return [first, last]
    at, to = members.index(first), members.index(last)
    return members[at : to + 1] if at <= to else members[to : at + 1][::-1]


def upgrade(
    observed: Sequence[Observed],
    needs: Sequence[Need],
    known: tuple[KnownChange, ...],
    tolerances: Tolerances,
) -> Upgrade:
    """What happens to each need over targets in a row."""
    happened: dict[str, list[Event]] = {}
    for before, after in itertools.pairwise(observed):
        for finding in step_findings(before, after, known, tolerances):
            if finding.change.finding and VARIANT in finding.change.variants:
                event = Event(target=after.name, finding=finding)
                happened.setdefault(finding.change.where, []).append(event)
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


def _raises(observed: Observed, where: str) -> bool:
    scenario, step = where.split(" / ", 1)
    accepted = observed.steps.get((scenario, VARIANT), {}).get(step)
    return accepted is not None and accepted.error is not None


def _named(targets: Sequence[Target], name: str) -> Target:
    for target in targets:
        if name in (
            target.name,
            target.name.removeprefix("tf-"),
            target.name.removeprefix("keras-"),
        ):
            return target
    raise UsageError(
        f"there is no target {name!r}; a release such as 2.9 or 3.5, or one of: "
        f"{', '.join(target.name for target in targets)}"
    )


class _File(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    schema_version: Literal[1]
    need: tuple[Need, ...]
