"""Compares two descriptions of an internal; each difference is a change of one kind. Pure."""

from collections.abc import Iterator

from harness.judging.changes import Change, ChangeKind
from harness.observing.internals import Described
from harness.observing.sources import below_signature, normalise_source

FACT_KINDS = {
    "config": ChangeKind.DEFAULT,
    "config kept by from_config": ChangeKind.DEFAULT,
    "build": ChangeKind.WEIGHTS_LAYOUT,
    "weights": ChangeKind.WEIGHTS_LAYOUT,
    "states before build": ChangeKind.STATE_LAYOUT,
    "states after build": ChangeKind.STATE_LAYOUT,
    "states after a call": ChangeKind.STATE_LAYOUT,
    "returned": ChangeKind.STATE_LAYOUT,
}


def compare_internals(name: str, before: Described, after: Described) -> Iterator[Change]:
    """The changes of one internal; none if the descriptions are equal."""
    for kind, old, new in _differences(before, after):
        yield Change(kind=kind, subject=name, before=old, after=new)


def _differences(before: Described, after: Described) -> Iterator[tuple[ChangeKind, str, str]]:
    if not before.present or not after.present:
        if after.present:
            yield ChangeKind.ADDED, "absent", str(after)
        if before.present:
            yield ChangeKind.REMOVED, str(before), "absent"
        return
    if before.kind != after.kind:
        yield ChangeKind.KIND, str(before.kind), str(after.kind)
    if before.owner != after.owner:
        yield ChangeKind.MOVED, str(before.owner), str(after.owner)
    if before.parameters != after.parameters:
        same_names = _without_defaults(before) == _without_defaults(after)
        kind = ChangeKind.DEFAULT if same_names else ChangeKind.SIGNATURE
        yield kind, before.signature, after.signature
    if before.calls != after.calls:
        yield ChangeKind.CALL_PROTOCOL, "\n".join(before.calls), "\n".join(after.calls)
    yield from _differing_facts(before, after)
    if before.body != after.body:  # perhaps only because another Python normalised one of them
        old, new = normalise_source(before.body), normalise_source(after.body)
        if below_signature(old) != below_signature(new):
            yield ChangeKind.BODY, old, new


def _differing_facts(before: Described, after: Described) -> Iterator[tuple[ChangeKind, str, str]]:
    for kind in dict.fromkeys(FACT_KINDS.values()):
        old, new = _facts_of(kind, before), _facts_of(kind, after)
        if old != new:
            yield kind, old, new


def _facts_of(kind: ChangeKind, described: Described) -> str:
    lines = [
        f"{fact}: {line}"
        for fact, lines in described.facts.items()
        if FACT_KINDS.get(fact, ChangeKind.STATE_LAYOUT) is kind
        for line in lines
    ]
    # a config is a mapping: the order of its entries has no meaning
    return "\n".join(sorted(lines) if kind is ChangeKind.DEFAULT else lines)


def _without_defaults(described: Described) -> list[str]:
    return [parameter.split("=", 1)[0] for parameter in described.parameters or ()]
