"""Known changes that a difference of a plain script has in common with the canonical scenarios.

The canonical scenarios were observed on the same two targets. A known change explains a difference
of a script if it explains one of theirs that agrees with it in the error, in the method that is
called, in the option of a layer, or in the seeding of weights. Pure.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from harness.judging.changes import Change, ChangeKind
from harness.judging.diff import Diff
from harness.judging.divergence import Boundary, Divergence, Sort
from harness.judging.known import KnownChange

CLASS = re.compile(r"\b\w+\.(?=\w+\()")  # `RNN.` in `RNN.reset_states() got ...`
CALLS = "the statement calls"
OF_A_CALL = (ChangeKind.SIGNATURE, ChangeKind.REMOVED, ChangeKind.NEW_RAISE)


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """A known change, and in words the thing that it has in common with the difference.

    A statement that calls a method that changed may raise for another reason: not `certain`.
    """

    known: KnownChange
    common: str
    certain: bool = True


def explanations(divergence: Divergence, between: Boundary, canonical: Diff) -> list[Explanation]:
    """The known changes for a statement that differs; empty if none is known to explain it.

    `canonical` is the diff of the canonical scenarios between the same targets.
    """
    found: dict[str, Explanation] = {}
    for each in canonical.changes:
        known = next((known for known in each.known if not known.general), None)
        if known is None or known.title in found:
            continue
        common = next(_in_common(divergence, between, each.change), None)
        if common:
            certain = not common.startswith(CALLS)
            found[known.title] = Explanation(known=known, common=common, certain=certain)
    by_error = [each for each in found.values() if each.common.startswith("the same error")]
    return by_error or list(found.values())


def _in_common(divergence: Divergence, between: Boundary, change: Change) -> Iterator[str]:
    sorts = {each.sort for each in divergence.differences}
    name = divergence.statement.name
    if Sort.ERROR in sorts:
        for side, said in ((between.after, change.after), (between.before, change.before)):
            result = side.results.get(name)
            if result and result.result.error and change.scenario:
                raised = result.result.raised
                if CLASS.sub("", raised) == CLASS.sub("", said):
                    yield f"the same error in the scenario {change.scenario}"
        method = change.subject.rpartition(".")[2]
        called = f".{method}(" in divergence.statement.source
        if change.kind in OF_A_CALL and not change.scenario and called:
            yield f"{CALLS} {method}"
    weights = {each.sort for each in divergence.differences if ".weights[" in each.name}
    steady = {Sort.VALUES: True, Sort.STEADINESS: False}
    seeding = change.kind is ChangeKind.SEEDING and change.scenario
    if seeding and any(steady.get(each) is _stays_steady(change) for each in weights):
        yield f"weights that are drawn otherwise in the scenario {change.scenario}"
    if sorts & {Sort.VALUES, Sort.LAYOUT}:
        yield from _option(divergence, between, change)


def _stays_steady(change: Change) -> bool:
    """Whether other numbers come from the same seed, instead of other numbers in each run."""
    return change.before_gives is change.after_gives


def _option(divergence: Divergence, between: Boundary, change: Change) -> Iterator[str]:
    """An option of a layer that the change names, and that a layer of the statement has."""
    names = {*divergence.statement.reads, *divergence.statement.binds}
    old, new = (side.facts_before(divergence.statement) for side in (between.before, between.after))
    for fact, value in new.items():
        path, _, option = fact.rpartition(".")
        if not option or path.partition(".")[0].partition("[")[0] not in names:
            continue
        layer = new.get(path, "").removeprefix("a ")
        if change.kind is ChangeKind.SEMANTICS and f"{option} {value}" in change.subject:
            yield f"{layer} with {option} {value}"
        default = change.kind is ChangeKind.DEFAULT and change.part == f"config {option}"
        if default and change.subject == layer and old.get(fact, value) != value:
            yield f"{layer} has another default of {option}"
