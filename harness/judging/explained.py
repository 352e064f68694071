"""Known changes that a difference of a plain script has in common with the canonical scenarios.

The canonical scenarios were observed on the same two targets. A known change explains a difference
of a script if it explains one of theirs that agrees with it in the error, in the method that is
called, in the option of a layer, in the seeding of weights, or, for values, in the words of the
code. Pure.
"""

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass

from harness.base.words import listed
from harness.judging.changes import Change, ChangeKind, Gives
from harness.judging.diff import Diff
from harness.judging.differences import Difference, Sort
from harness.judging.divergence import Boundary, Divergence
from harness.judging.known import KnownChange
from harness.observing.records import Statement

METHOD = re.compile(r"\b\w+\.(?=\w+\()")  # `RNN.` in `RNN.reset_states() got ...`
CLASS = re.compile(r"\b\w+(?=' object )|(?<=passed to )\w+")  # `GRU` in `'GRU' object has ...`
WORD = re.compile(r"[A-Za-z_]\w*")
VALUES = ("None", "True", "False")
CUT = "..."  # the end of a text that was cut
FEWEST = 8  # words that two texts share of which one was cut
# ULP: half of the largest weight, which training from the same weights does not reach
DRAWN = 2.0**22
CALLS, CODE = "the statement calls", "the code has"
SAME, LIKE = "the same error", "a like error"
OF_A_CALL = (ChangeKind.SIGNATURE, ChangeKind.REMOVED, ChangeKind.NEW_RAISE)


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """A known change, and in words the thing that it has in common with the difference.

    A statement that calls a method that changed may raise for another reason, and so may one whose
    error is of another class; code with the words of a change may do nothing that changed: not
    `certain`.
    """

    known: KnownChange
    common: str
    certain: bool = True


def explanations(divergence: Divergence, between: Boundary, canonical: Diff) -> list[Explanation]:
    """The known changes for a statement that differs; empty if none is known to explain it.

    `canonical` is the diff of the canonical scenarios between the same targets.
    """
    found: dict[str, Explanation] = {}
    words = _words_of_code(divergence.statement, between)
    for each in canonical.changes:
        known = next((known for known in each.known if not known.general), None)
        if known is None or (known.title in found and found[known.title].certain):
            continue
        common = next(_in_common(divergence, between, each.change), "")
        met = known.met_by(words) if _gives_other_values(divergence, each.change) else []
        if met and not common:
            common = f"{CODE} {listed(met, len(met))}"
        certain = common != "" and not common.startswith((CALLS, LIKE, CODE))
        if common and (certain or known.title not in found):
            found[known.title] = Explanation(known=known, common=common, certain=certain)
    for error in (SAME, LIKE):
        if by_error := [each for each in found.values() if each.common.startswith(error)]:
            return by_error
    sure = [each for each in found.values() if not each.common.startswith(CODE)]
    return sure or list(found.values())


def _in_common(divergence: Divergence, between: Boundary, change: Change) -> Iterator[str]:
    sorts = {each.sort for each in divergence.differences}
    name = divergence.statement.name
    if Sort.ERROR in sorts:
        for side, said in ((between.after, change.after), (between.before, change.before)):
            result = side.results.get(name)
            raised = result.result.raised if result and result.result.error else ""
            if not raised or not change.scenario:
                continue
            if _alike(raised, said):
                yield f"{SAME} in the scenario {change.scenario}"
            elif _alike(CLASS.sub("", raised), CLASS.sub("", said)):
                yield f"{LIKE} in the scenario {change.scenario}"
        method = change.subject.rpartition(".")[2]
        within = divergence.raised.source if divergence.raised else ""
        called = f".{method}(" in f"{divergence.statement.source}\n{within}"
        if change.kind in OF_A_CALL and not change.scenario and called:
            yield f"{CALLS} {method}"
    if change.kind is ChangeKind.SEEDING and change.scenario:
        drawn = (each for each in divergence.differences if _is_drawn(each, name, between))
        if any(_goes_as(change, each, name, between) for each in drawn):
            yield f"weights that are drawn otherwise in the scenario {change.scenario}"
    if sorts & {Sort.VALUES, Sort.LAYOUT}:
        yield from _option(divergence, between, change)


def _gives_other_values(divergence: Divergence, change: Change) -> bool:
    """Whether both do without an error."""
    sorts = {each.sort for each in divergence.differences}
    kinds = (ChangeKind.SEMANTICS, ChangeKind.VALUES)
    return Sort.ERROR not in sorts and Sort.VALUES in sorts and change.kind in kinds


def _words_of_code(statement: Statement, between: Boundary) -> set[str]:
    """The words of a statement, and of those before with which it has variables in common."""
    every = between.after.statements
    earlier = itertools.takewhile(lambda each: each.name != statement.name, every)
    before = [each for each in earlier if not each.source.startswith(("import ", "from "))]
    imported = {name for each in every for name in each.binds}
    imported -= {name for each in (*before, statement) for name in each.binds}
    names, sources = {*statement.names} - imported, [statement.source]
    for each in reversed(before):
        own = {*each.names} - imported
        if names & own:
            names |= own
            sources.append(each.source)
    return set(WORD.findall("\n".join(sources)))


def _alike(one: str, other: str) -> bool:
    """Whether two errors are the same, apart from values and from the class of a method."""
    words, others = _words(one), _words(other)
    if len(words) == 1:  # a number or a sign, and no message
        return one == other
    if one.endswith(CUT) or other.endswith(CUT):
        most = min(len(words), len(others)) - 1  # the last word may have been cut
        return most >= FEWEST and words[:most] == others[:most]
    return words == others


def _words(raised: str) -> list[str]:
    """The type of an error, and the words of its message."""
    kind, _, message = METHOD.sub("", raised).partition(": ")
    return [kind, *(each for each in WORD.findall(message) if each not in VALUES)]


def _is_drawn(difference: Difference, statement: str, between: Boundary) -> bool:
    """Whether it is one of weights that are new in this statement, and no trained ones."""
    if ".weights[" not in difference.name:
        return False
    for name, result in between.after.results.items():
        if name == statement:
            break
        if difference.name in result.unsteady or difference.name in result.result.arrays:
            return False
    return difference.ulp is None or difference.ulp >= DRAWN


def _goes_as(change: Change, difference: Difference, name: str, between: Boundary) -> bool:
    """Whether what was and is reproducible of a difference was and is so in a change of seeding."""
    if difference.sort is Sort.VALUES:
        return change.before_gives is change.after_gives is Gives.VALUES
    if difference.sort is not Sort.STEADINESS:
        return False
    result = between.after.results.get(name)
    lost = result is not None and difference.name in result.unsteady
    gives = change.after_gives if lost else change.before_gives
    return gives is Gives.UNREPRODUCIBLE and change.before_gives is not change.after_gives


def _option(divergence: Divergence, between: Boundary, change: Change) -> Iterator[str]:
    """An option of a layer that the change names, and that a layer of the statement has."""
    old, new = (side.facts_before(divergence.statement) for side in (between.before, between.after))
    for fact, value in new.items():
        path, _, option = fact.rpartition(".")
        if not option or path.partition(".")[0].partition("[")[0] not in divergence.statement.names:
            continue
        layer = new.get(path, "").removeprefix("a ")
        if change.kind is ChangeKind.SEMANTICS and f"{option} {value}" in change.subject:
            yield f"{layer} with {option} {value}"
        default = change.kind is ChangeKind.DEFAULT and change.part == f"config {option}"
        if default and change.subject == layer and old.get(fact, value) != value:
            yield f"{layer} has another default of {option}"
