"""Which packages brought a change: the answer, and how people and programs read it."""

import enum
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.base.words import counted, listed
from harness.environments.targets import Target
from harness.search.where import Where, where_document, where_lines

SCHEMA_VERSION = 1
MOST = 12  # names in a line of the text


class Shows(enum.StrEnum):
    """What a mix of two environments does."""

    OLD = "as the old side"
    NEW = "as the new side"
    NEITHER = "as neither side"
    NOT_TOLD = "not told"


@dataclass(frozen=True, kw_only=True)
class Mixed:
    """A mix that ran, or could not: what was new in it, by name, and what it showed.

    `against` are the requirements of its packages that it does not meet, as uv states them.
    """

    new: tuple[str, ...]
    shows: Shows
    reason: str = ""
    against: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Culprit:
    """Packages that together bring the change into the old environment, or take it away.

    `needed` are those without which the mix does not tell anything, so that nobody knows whether
    they have a share. If there are only such, none of them is to blame.
    """

    packages: tuple[str, ...]
    needed: tuple[str, ...]
    mix: Mixed


@dataclass(frozen=True, kw_only=True)
class Switched:
    """Both sides with a switch: whether they still differ, and what each of them does.

    `differ` is None if that could not be told.
    """

    switch: str
    differ: bool | None
    old: Shows
    new: Shows
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Truth:
    """The verdict of the oracle on a step, on each side."""

    step: str
    old: str
    new: str


@dataclass(frozen=True, kw_only=True)
class Attribution:
    """All that was found between two environments. Packages are named as `keras 2.15.0 → 3.0.5`.

    `limited` says that mixes were wanted beyond the number that may run, and told nothing.
    """

    subject: str
    old: Target
    new: Target
    differences: tuple[str, ...]
    differing: tuple[str, ...]
    brings: tuple[Culprit, ...]
    takes_away: tuple[Culprit, ...]
    untold: tuple[tuple[str, ...], ...]
    mixes: tuple[Mixed, ...]
    limited: bool
    switches: tuple[Switched, ...]
    where: Where
    truth: tuple[Truth, ...]
    seconds: float

    @property
    def ran(self) -> int:
        """The number of mixes that ran."""
        return sum(each.shows is not Shows.NOT_TOLD for each in self.mixes)


def attribution_text(found: Attribution) -> str:
    """The answer for a terminal."""
    return "\n".join(_lines(found)) + "\n"


def attribution_lines(found: Attribution) -> Iterator[str]:
    """The answer without its head and its evidence."""
    yield from culprit_lines(found)
    for each in found.truth[:MOST]:
        yield f"  {each.step}: {found.old.name} {each.old}; {found.new.name} {each.new}"
    yield from (f"  {line}" for line in where_lines(found.where))


def culprit_lines(found: Attribution) -> Iterator[str]:
    """The packages to blame in both directions."""
    old, new = found.old.name, found.new.name
    if len(found.differing) == 1:
        yield f"because of {found.differing[0]}: nothing else differs between {old} and {new}"
        return
    for each in found.brings:
        if not each.packages:
            names = listed([_name(e) for e in each.needed], MOST)
            yield f"which of {names} is to blame could not be told: no mix of them tells anything"
            continue
        yield (
            f"because of {listed(each.packages, MOST)}: the new version brings the change into "
            f"{old}{_circumstances(each)}"
        )
    if len(found.brings) > 1:
        yield "  each of these alone suffices"
    elif any(len(each.packages) > 1 for each in found.brings):
        yield "  only together"
    for each in found.takes_away:
        if len(each.packages) == len(found.differing):
            continue  # all of them old is the old side
        yield (
            f"  the old version of {listed([_name(e) for e in each.packages], MOST)} takes the "
            f"change away from {new}{_circumstances(each)}"
        )
    if found.untold:
        sets = [" with ".join(map(_name, untold)) for untold in found.untold]
        yield (
            f"  whether the old version of {listed(sets, MOST)} takes the change away from {new} "
            "could not be told"
        )
    if found.limited:
        yield (
            f"  only {len(found.mixes)} mixes may run: a package that could not be left out was "
            "perhaps not tried"
        )


def _circumstances(found: Culprit) -> str:
    needed = listed([_name(each) for each in found.needed], MOST)
    together = f", together with {needed}, which could not be left out" if needed else ""
    against = f", although {'; '.join(found.mix.against[:2])}" if found.mix.against else ""
    return together + against


def _name(package: str) -> str:
    return package.split(maxsplit=1)[0]


def _lines(found: Attribution) -> Iterator[str]:
    yield f"{found.subject}: {found.old.name} to {found.new.name}"
    for each in found.differences[:MOST]:
        yield f"  {each}"
    if len(found.differences) > MOST:
        yield f"  and {len(found.differences) - MOST} more differences"
    yield ""
    yield from attribution_lines(found)
    if found.mixes:
        yield ""
        yield f"Mixes, all else as in {found.old.name}:"
        for mix in found.mixes:
            said = next(iter(mix.reason.splitlines()), "") or "; ".join(mix.against)
            yield f"  {mix.shows}: {listed(mix.new, MOST)}{f'  ({said})' if said else ''}"
    if found.switches:
        yield ""
        yield "Both sides with a switch:"
        for switched in found.switches:
            yield f"  {switched.switch}: {_switched(switched)}"
    yield ""
    yield f"{counted(found.ran, 'mixed environment')} ran, {found.seconds:.0f} s."


def _switched(found: Switched) -> str:
    if found.differ is None:
        return f"not told ({next(iter(found.reason.splitlines()), '')})"
    sides = (found.old, found.new)
    if found.differ and sides == (Shows.OLD, Shows.NEW):
        return "they differ as without it"
    does = f"the old side does {found.old}, and the new side {found.new}"
    return f"{'they differ' if found.differ else 'the difference is gone'}: {does}"


def attribution_document(found: Attribution) -> dict[str, Any]:
    """The answer as JSON."""
    return {
        "schema_version": SCHEMA_VERSION,
        "subject": found.subject,
        "old": found.old.name,
        "new": found.new.name,
        "differences": list(found.differences),
        "differing": list(found.differing),
        "brings": [_culprit(each) for each in found.brings],
        "takes_away": [_culprit(each) for each in found.takes_away],
        "untold": [list(each) for each in found.untold],
        "mixes": [_mix(each) for each in found.mixes],
        "limited": found.limited,
        "switches": [
            {
                "switch": each.switch,
                "differ": each.differ,
                "old": each.old,
                "new": each.new,
                "reason": each.reason,
            }
            for each in found.switches
        ],
        "truth": [{"step": e.step, "old": e.old, "new": e.new} for e in found.truth],
        "where": where_document(found.where),
        "seconds": round(found.seconds, 1),
    }


def _culprit(found: Culprit) -> Mapping[str, Sequence[str]]:
    return {
        "packages": list(found.packages),
        "needed": list(found.needed),
        "against": list(found.mix.against),
    }


def _mix(mix: Mixed) -> Mapping[str, Any]:
    return {
        "new": list(mix.new),
        "shows": mix.shows,
        "reason": mix.reason,
        "against": list(mix.against),
    }
