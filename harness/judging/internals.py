"""Compares two descriptions of an internal; each difference is a change of one kind. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from harness.base.words import instead, listed
from harness.judging.bodies import body_differences
from harness.judging.changes import Change, ChangeKind
from harness.observing.internals import Described
from harness.observing.sources import below_signature, normalise_source

CONFIG, KEPT = "config", "config kept by from_config"
FACT_KINDS = {
    "build": ChangeKind.WEIGHTS_LAYOUT,
    "weights": ChangeKind.WEIGHTS_LAYOUT,
    "states before build": ChangeKind.STATE_LAYOUT,
    "states after build": ChangeKind.STATE_LAYOUT,
    "states after a call": ChangeKind.STATE_LAYOUT,
    "returned": ChangeKind.STATE_LAYOUT,
}
STRETCHES = 2  # stretches of calls that a change names


def compare_internals(name: str, before: Described, after: Described) -> Iterator[Change]:
    """The changes of one internal; none if the descriptions are equal."""
    if before == after:
        return
    if not before.present or not after.present:
        if after.present:
            yield Change(kind=ChangeKind.ADDED, subject=name, before="absent", after=str(after))
        if before.present:
            yield Change(kind=ChangeKind.REMOVED, subject=name, before=str(before), after="absent")
        return
    for kind, old, new in _differences(before, after):
        yield Change(kind=kind, subject=name, before=old, after=new)
    yield from _signatures(name, before, after)
    yield from _calls(name, before.calls, after.calls)
    yield from _facts(name, before.facts, after.facts)
    for kind, old, new in _bodies(before, after):
        yield Change(kind=kind, subject=name, before=old, after=new)


def with_inherited(internals: Mapping[str, Described]) -> dict[str, Described]:
    """The internals, in which an inherited one has the parameters of the one that it inherits."""
    return {
        name: replace(each, parameters=internals[origin].parameters)
        if each.parameters is None and (origin := each.inherited) in internals
        else each
        for name, each in internals.items()
    }


def _differences(before: Described, after: Described) -> Iterator[tuple[ChangeKind, str, str]]:
    if before.kind != after.kind:
        yield ChangeKind.KIND, str(before.kind), str(after.kind)
    if before.owner != after.owner:
        yield ChangeKind.MOVED, str(before.owner), str(after.owner)


def _bodies(before: Described, after: Described) -> Iterator[tuple[ChangeKind, str, str]]:
    """The differences of the source that users meet, then those of the source as a whole."""
    if before.body != after.body:  # perhaps only because another Python normalised one of them
        old, new = normalise_source(before.body), normalise_source(after.body)
        if below_signature(old) != below_signature(new):
            yield from body_differences(old, new)
            yield ChangeKind.BODY, old, new


def _signatures(name: str, before: Described, after: Described) -> Iterator[Change]:
    """The change of the parameters; none where both are inherited, since their origin tells it."""
    if before.parameters == after.parameters or (before.inherited and after.inherited):
        return
    old, new = (_by_name(each.parameters or ()) for each in (before, after))
    yield Change(
        kind=ChangeKind.DEFAULT if list(old) == list(new) else ChangeKind.SIGNATURE,
        subject=name,
        before=before.signature,
        after=after.signature,
        reason="; ".join(_parameters(old, new)) if old and new else "",
    )


def _parameters(old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[str]:
    """The parameters that differ, by name."""
    if come := [new[key] for key in new if key not in old]:
        yield f"takes {', '.join(come)}"
    if gone := [old[key] for key in old if key not in new]:
        yield f"no longer takes {', '.join(gone)}"
    for key in old:
        if key in new and old[key] != new[key]:
            yield instead(new[key], old[key])
    if [key for key in old if key in new] != [key for key in new if key in old]:
        yield f"in the order {', '.join(new)}"


def _by_name(parameters: Sequence[str]) -> dict[str, str]:
    return {parameter.split("=", 1)[0]: parameter for parameter in parameters}


def _calls(name: str, before: Sequence[str], after: Sequence[str]) -> Iterator[Change]:
    if before == after:
        return
    old, new = _by_stretch(before), _by_stretch(after)
    differing = [key for key in dict.fromkeys([*old, *new]) if old.get(key) != new.get(key)]
    told = [
        f"{key}: {instead(new.get(key, 'no call'), old.get(key, 'no call'))}"
        for key in differing[:STRETCHES]
    ]
    yield Change(
        kind=ChangeKind.CALL_PROTOCOL,
        subject=name,
        before="\n".join(before),
        after="\n".join(after),
        reason=listed([*told, *differing[STRETCHES:]], STRETCHES, "situation"),
    )


def _by_stretch(calls: Sequence[str]) -> dict[str, str]:
    """The calls of each situation, such as `stateless, first call`, as one text."""
    found: dict[str, str] = {}
    for line in calls:
        situation, _, call = line.partition(": ")
        found[situation] = f"{found[situation]}; {call}" if situation in found else call
    return found


def _facts(
    name: str, before: Mapping[str, tuple[str, ...]], after: Mapping[str, tuple[str, ...]]
) -> Iterator[Change]:
    """A change for each entry of the config, and for each other fact, that differs."""
    old, new = (_entries(facts) for facts in (before, after))
    for part in dict.fromkeys([*old, *new]):
        sides = [side.get(part, "nothing") for side in (old, new)]
        if sides[0] != sides[1]:
            kind = FACT_KINDS.get(part, ChangeKind.STATE_LAYOUT)
            if part.startswith(CONFIG):
                kind = ChangeKind.DEFAULT
            yield Change(kind=kind, subject=name, part=part, before=sides[0], after=sides[1])


def _entries(facts: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    """The facts by part. Each entry of a config is a part, and says whether a copy keeps it."""
    found = {}
    kept = facts.get(KEPT)
    for line in facts.get(CONFIG, ()):
        key, equals, value = line.partition(" = ")
        gone = equals and kept is not None and key not in kept
        lost = " (not kept by from_config)" if gone else ""
        found[f"{CONFIG} {key}" if equals else CONFIG] = f"{value or line}{lost}"
    if kept and not set(kept) - {"name"} <= {key.removeprefix(f"{CONFIG} ") for key in found}:
        found[KEPT] = "\n".join(kept)  # an error in place of a list of keys
    rest = {fact: "\n".join(lines) for fact, lines in facts.items() if fact not in (CONFIG, KEPT)}
    return found | rest
