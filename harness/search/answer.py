"""The answer of a search, and how people and programs read it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from harness.base.words import counted, listed
from harness.environments.targets import Target
from harness.search.attribution import (
    Attribution,
    attribution_document,
    attribution_lines,
)
from harness.search.narrowing import Sighting

SCHEMA_VERSION = 1
MOST = 12  # differences and packages that the text names
SIGNS = "abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, kw_only=True)
class Found:
    """A window: its sides, how they differ, and the packages that differ between them.

    `unknown` are the candidates between the sides that told nothing, each with the reason. `doubt`
    says why the window is not sure. `attribution` says which packages are to blame; without it,
    `unattributed` says why nobody knows.
    """

    last_old: Target
    first_new: Target
    differences: tuple[str, ...]
    packages: tuple[str, ...]
    unknown: tuple[tuple[Target, str], ...] = ()
    doubt: str = ""
    attribution: Attribution | None = None
    unattributed: str = ""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """All that a search found: its windows, and what each candidate that ran has shown.

    `seen` is by the number of the candidate; `probes` counts the candidates that ran, the ends
    too, `repeats` the runs that confirmed. Together these runs took `running` seconds; the whole
    search took `seconds`, with the making of environments.
    """

    subject: str
    candidates: tuple[Target, ...]
    found: tuple[Found, ...]
    seen: Mapping[int, Sighting]
    probes: int
    repeats: int
    running: float
    seconds: float


def answer_text(answer: Answer) -> str:
    """The answer for a terminal."""
    return "\n".join(_lines(answer)) + "\n"


def answer_document(answer: Answer) -> dict[str, Any]:
    """The answer as JSON."""
    return {
        "schema_version": SCHEMA_VERSION,
        "subject": answer.subject,
        "candidates": [each.name for each in answer.candidates],
        "windows": [
            {
                "last_old": each.last_old.name,
                "first_new": each.first_new.name,
                "sure": not each.doubt,
                "doubt": each.doubt,
                "differences": list(each.differences),
                "packages": list(each.packages),
                "unknown": {target.name: reason for target, reason in each.unknown},
                "attribution": each.attribution and attribution_document(each.attribution),
                "unattributed": each.unattributed,
            }
            for each in answer.found
        ],
        "seen": {
            answer.candidates[number].name: {
                "behaviour": each.behaviour,
                "reason": each.reason,
                "doubt": each.doubt,
                "baseline": each.accepted,
            }
            for number, each in answer.seen.items()
        },
        "probes": answer.probes,
        "repeats": answer.repeats,
        "running_seconds": round(answer.running, 1),
        "seconds": round(answer.seconds, 1),
    }


def _lines(answer: Answer) -> Iterator[str]:
    yield f"{answer.subject}: {answer.candidates[0].name} to {answer.candidates[-1].name}"
    for each in answer.found:
        yield ""
        yield from _window(each)
    yield ""
    yield "What the candidates that ran show (a: as the first, b: as the last, ?: not told):"
    for number, sighting in answer.seen.items():
        sign = "?" if sighting.behaviour is None else SIGNS[min(sighting.behaviour, 25)]
        said = sighting.doubt or _first_line(sighting.reason)
        said = said or ("as its baseline has it" if sighting.accepted else "")
        yield f"  {sign}  {answer.candidates[number].name}{f'  ({said})' if said else ''}"
    yield ""
    yield (
        f"{counted(answer.probes, 'probe')} of {counted(len(answer.candidates), 'candidate')}, "
        f"{counted(answer.repeats, 'confirming run')}, {answer.seconds:.0f} s; the runs alone took "
        f"{answer.running:.0f} s, added up. Neighbours of the same sign were not searched: a "
        "change between them that was undone again does not show."
    )


def _window(found: Found) -> Iterator[str]:
    old, new = found.last_old, found.first_new
    yield f"{'likely' if found.doubt else 'sure'}: it changes from {old.name} to {new.name}"
    if found.doubt:
        yield f"  not sure: {found.doubt}"
    else:
        yield "  both sides ran again in environments made anew, and showed the same"
    for each in found.differences[:MOST]:
        yield f"  {each}"
    if len(found.differences) > MOST:
        yield f"  and {len(found.differences) - MOST} more differences"
    yield f"  packages that differ: {listed(found.packages, MOST) or 'none'}"
    if found.attribution:
        yield from (f"  {line}" for line in attribution_lines(found.attribution))
    elif found.unattributed:
        yield f"  which of them is to blame could not be told: {_first_line(found.unattributed)}"
    for target, reason in found.unknown:
        yield f"  could not be narrowed at {target.name}: {_first_line(reason)}"


def _first_line(text: str) -> str:
    return next(iter(text.splitlines()), "")
