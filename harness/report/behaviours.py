"""From when to when each behaviour works, as data for others: `behaviours.json`. Pure.

`resources/behaviours.schema.json` is the schema. The form is that of browser compatibility data:
for each behaviour and family statements with the target that first has it and the one that lost it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal, NamedTuple

from harness.judging.causes import Cause
from harness.judging.oracle.matching import VARIANT
from harness.judging.upgrade import Need
from harness.observing.results import Result
from harness.observing.snapshots import Snapshot
from harness.report.model import Behaviour, Comparison, Note, Report, Statement

SCHEMA_VERSION = 1
Works = Literal["yes", "partly", "no"]
Place = tuple[str, str, str]  # scenario, variant, step
Caused = Mapping[str, Mapping[Place, Sequence[Cause]]]  # the causes at each target, by place


class _At(NamedTuple):
    """A behaviour at one target: whether it works, and the causes that changed it there."""

    target: str
    works: Works
    causes: tuple[Cause, ...]


def behaviours(
    families: Mapping[str, Sequence[Snapshot]],
    comparisons: Sequence[Comparison],
    needs: Sequence[Need],
) -> Iterator[Behaviour]:
    """Each step in the variant `fixed`, or else in all its variants, then each need.

    A step works if it gives values, and works in part if they are not reproducible. A need works
    if all its steps do, and in part if some do.
    """
    caused = _caused(comparisons)
    observed = [each for sides in families.values() for each in sides]
    for place in _places(observed):
        scenario, variant, step = place
        support = {
            family: _statements(_followed(sides, [place], caused))
            for family, sides in families.items()
        }
        yield Behaviour(
            name=f"{scenario} / {step} ({variant})",
            steps=(f"{scenario} / {step}",),
            variant=variant,
            support={family: found for family, found in support.items() if found},
        )
    for need in needs:
        places: list[Place] = []
        for each in need.steps:
            scenario, _, step = each.partition(" / ")
            places.append((scenario, VARIANT, step))
        support = {
            family: _statements(_followed(sides, places, caused))
            for family, sides in families.items()
        }
        if found := {family: its for family, its in support.items() if its}:
            yield Behaviour(
                name=need.name,
                steps=need.steps,
                variant=VARIANT,
                portable=need.portable,
                support=found,
            )


def behaviours_document(report: Report) -> dict[str, Any]:
    """The behaviours of a report as plain data."""
    return {
        "schema_version": SCHEMA_VERSION,
        "made": report.made.isoformat(),
        "targets": {
            family: [{"name": name, **versions} for name, versions in members.items()]
            for family, members in report.releases.items()
        },
        "behaviours": [
            {
                "name": each.name,
                "need": each.portable is not None,
                "steps": list(each.steps),
                "variant": each.variant,
                "portable": each.portable,
                "support": {
                    family: [_statement(found) for found in statements]
                    for family, statements in each.support.items()
                },
            }
            for each in report.behaviours
        ],
    }


def releases(families: Mapping[str, Sequence[Snapshot]]) -> dict[str, dict[str, dict[str, Any]]]:
    """The observed targets of each family, oldest first, with their releases."""
    packages = ("tensorflow", "keras")
    return {
        family: {each.name: {name: each.version(name) for name in packages} for each in sides}
        for family, sides in families.items()
    }


def _statement(found: Statement) -> dict[str, Any]:
    return {
        "version_added": found.added or False,
        "version_last": found.last,
        "version_removed": found.removed,
        "partial_implementation": found.partial,
        "notes": [
            {
                "at": note.at,
                "text": note.text,
                "effect": note.effect,
                "knowledge": note.knowledge,
                "link": note.link,
            }
            for note in found.notes
        ],
    }


def _caused(comparisons: Sequence[Comparison]) -> dict[str, dict[Place, list[Cause]]]:
    found: dict[str, dict[Place, list[Cause]]] = {}
    for comparison in comparisons:
        at = found.setdefault(comparison.after, {})
        for cause in comparison.diff.causes:
            for each in cause.changes:
                change = each.change
                for variant in change.variants if change.scenario else ():
                    at.setdefault((change.scenario, variant, change.subject), []).append(cause)
    return found


def _places(observed: Sequence[Snapshot]) -> Iterator[Place]:
    variants: dict[tuple[str, str], dict[str, None]] = {}
    for each in observed:
        for (scenario, variant), steps in each.steps.items():
            for step in steps:
                variants.setdefault((scenario, step), {})[variant] = None
    for (scenario, step), found in variants.items():
        for variant in [VARIANT] if VARIANT in found else found:
            yield scenario, variant, step


def _followed(sides: Sequence[Snapshot], places: Sequence[Place], caused: Caused) -> Iterator[_At]:
    """A behaviour at each target of a family that observed its places.

    Of a target that observed only some of them, it is told if that is enough to tell.
    """
    for side in sides:
        shown = [place for place in places if side.shows(place[:2], place[2])]
        if shown:
            its = caused.get(side.name, {})
            causes = {cause.title: cause for place in shown for cause in its.get(place, ())}
            works = _works([side.steps.get(place[:2], {}).get(place[2]) for place in shown])
            if len(shown) == len(places) or works == "partly":
                yield _At(target=side.name, works=works, causes=tuple(causes.values()))


def _works(results: Sequence[Result | None]) -> Works:
    working = [found for found in results if found and not found.error]
    if not working:
        return "no"
    whole = len(working) == len(results) and all(found.reproducible for found in working)
    return "yes" if whole else "partly"


def _statements(followed: Iterator[_At]) -> tuple[Statement, ...]:
    """The statements on a behaviour in a family, the newest first.

    A statement ends where the behaviour stops working, works otherwise than before, or changes.
    """
    found: list[Statement] = []
    never: Statement | None = None  # with the reason why the first target does not have it
    last: _At | None = None
    for at in followed:
        notes = tuple(_note(at.target, cause) for cause in at.causes)
        if last is None or last.works != at.works or notes:
            if last and last.works != "no":
                why = notes if at.works == "no" else ()
                notes_of_both = (*found[-1].notes, *why)
                found[-1] = replace(
                    found[-1], last=last.target, removed=at.target, notes=notes_of_both
                )
            if at.works != "no":
                found.append(Statement(added=at.target, partial=at.works == "partly", notes=notes))
            never = never or Statement(notes=notes)
        last = at
    if last and last.works != "no":
        found[-1] = replace(found[-1], last=last.target)
    return tuple(reversed(found)) or ((never,) if never else ())


def _note(target: str, cause: Cause) -> Note:
    return Note(
        at=target,
        text=cause.title,
        effect=cause.effect,
        knowledge=cause.knowledge,
        link=cause.known.link if cause.known else None,
    )
