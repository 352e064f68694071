"""The causes of the changes between two targets, the most harmful first. Pure.

A cause is a known change, or, for changes that nobody has looked at, the function in which they
show. Every finding belongs to one cause.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from harness.base.words import counted
from harness.judging.changes import Change, ChangeKind
from harness.judging.known import AttributedChange, Effect, Knowledge, KnownChange
from harness.observing.snapshots import Snapshot

EFFECTS = list(Effect)
# the effect of a kind of change on code of users; other kinds are Effect.TEXTS
_EFFECTS = {
    ChangeKind.SEMANTICS: Effect.RESULTS,
    ChangeKind.NOT_FINITE: Effect.RESULTS,
    ChangeKind.VALUES: Effect.RESULTS,
    ChangeKind.LAYOUT: Effect.RESULTS,
    ChangeKind.SEEDING: Effect.RESULTS,
    ChangeKind.DEFAULT: Effect.RESULTS,
    ChangeKind.BODY_DEFAULT: Effect.RESULTS,
    ChangeKind.NEWLY_RAISES: Effect.RAISES,
    ChangeKind.STEP: Effect.RAISES,
    ChangeKind.REMOVED: Effect.RAISES,
    ChangeKind.NEW_RAISE: Effect.RAISES,
    ChangeKind.OTHER_EXCEPTION: Effect.RAISES,
    ChangeKind.SIGNATURE: Effect.RAISES,
    ChangeKind.CALL_PROTOCOL: Effect.INTERNALS,
    ChangeKind.STATE_LAYOUT: Effect.INTERNALS,
    ChangeKind.WEIGHTS_LAYOUT: Effect.INTERNALS,
    ChangeKind.KIND: Effect.INTERNALS,
    ChangeKind.WORKS: Effect.WORKS,
    ChangeKind.ADDED: Effect.WORKS,
    ChangeKind.REMOVED_RAISE: Effect.WORKS,
}
# the article's own code first, then common layers, then rare ones; private names come last
_ARTICLE = ("stateful", "reset", "override")
_IN_ARTICLE = ("get_initial_state", "reset_states", "states")
_COMMON = ("RNN", "LSTM", "Model", "LSTMCell")
_LESS_COMMON = ("GRU", "SimpleRNN", "Bidirectional", "GRUCell", "SimpleRNNCell")


@dataclass(frozen=True, kw_only=True)
class Cause:
    """Findings that have one cause, the most harmful first.

    `known` is the known change, None for findings that nobody has looked at; `release` is what it
    came with, such as `keras 3.0`, or the packages that differ.
    """

    title: str
    release: str
    knowledge: Knowledge
    effect: Effect
    changes: tuple[AttributedChange, ...]
    known: KnownChange | None = None

    @property
    def steps(self) -> int:
        return sum(bool(each.change.scenario) for each in self.changes)

    @property
    def internals(self) -> int:
        return len({each.change.subject for each in self.changes if not each.change.scenario})

    @property
    def extent(self) -> str:
        """The number of steps and of internals that show it."""
        parts = ((self.steps, "step"), (self.internals, "internal"))
        return ", ".join(counted(count, noun) for count, noun in parts if count)


def causes(
    changes: Iterable[AttributedChange], before: Snapshot, after: Snapshot
) -> tuple[Cause, ...]:
    """The causes of the findings among the changes between two sides, the most harmful first.

    They are sorted by their effect, then by the place where they hurt most (`_rarity`), then by
    the number of findings.
    """
    findings = [each for each in changes if each.change.finding]
    bodies = {
        each.change.subject: each.change.after
        for each in changes
        if each.change.kind is ChangeKind.BODY
    }
    groups: dict[str, list[AttributedChange]] = {}
    for each in findings:
        title = each.known[0].title if each.known else _place(each.change, bodies)
        groups.setdefault(title, []).append(each)
    packages = _packages(before, after)
    found = [_cause(title, group, packages) for title, group in groups.items()]
    return tuple(sorted(found, key=harm))


def _cause(title: str, group: Sequence[AttributedChange], packages: str) -> Cause:
    known = group[0].known[0] if group[0].known else None
    changes = tuple(sorted(group, key=lambda each: severity(each.change)))
    effect = known.effect if known and known.effect else effect_of(changes[0].change)
    return Cause(
        title=title if known else f"{title}: {changes[0].change.kind}",
        release=f"{known.package} {known.since}" if known else packages,
        knowledge=group[0].knowledge,
        effect=effect,
        changes=changes,
        known=known,
    )


def effect_of(change: Change) -> Effect:
    """The effect of a change on code of users, by its kind; of private names by their use."""
    effect = _EFFECTS.get(change.kind, Effect.TEXTS)
    if _private(change) and effect is Effect.RAISES:
        return Effect.INTERNALS
    return effect


def _place(change: Change, bodies: Mapping[str, str]) -> str:
    """The place in which changes that nobody has looked at are one cause.

    That of a step is its scenario, that of an internal the first watched function with
    the same new source. A changed call belongs to the function that calls, if its source differs.
    """
    if change.scenario:
        return change.scenario
    if change.kind is ChangeKind.CALL_PROTOCOL:
        callers = [name for name in bodies if f": by {name} (" in change.after]
        if callers:
            return callers[0]
    body = bodies.get(change.subject)
    return next((name for name in bodies if body and bodies[name] == body), change.subject)


def _packages(before: Snapshot, after: Snapshot) -> str:
    """The packages among TensorFlow and Keras that differ, with both versions."""
    sides = [(name, before.version(name), after.version(name)) for name in ("keras", "tensorflow")]
    return ", ".join(f"{name} {old} → {new}" for name, old, new in sides if old != new and new)


def severity(change: Change) -> tuple[int, int, int, str]:
    """The place of a change in the order of harm to users: first the most harmful."""
    effect = EFFECTS.index(effect_of(change))
    return effect, _rarity(change), list(ChangeKind).index(change.kind), change.where


def harm(cause: Cause) -> tuple[int, int, int, str]:
    """The place of a cause in the order of harm to users: first the most harmful."""
    rarity = min(_rarity(each.change) for each in cause.changes)
    return EFFECTS.index(cause.effect), rarity, -len(cause.changes), cause.title


def _rarity(change: Change) -> int:
    """How rarely code of users meets the place of a change: 0 is the article's own code."""
    if change.scenario:
        return 0 if change.scenario in _ARTICLE else 1
    if _private(change):
        return 4
    name, _, attribute = change.subject.partition(".")
    if name in _COMMON:
        return 0 if attribute in _IN_ARTICLE else 1
    return 2 if name in _LESS_COMMON else 3


def _private(change: Change) -> bool:
    attribute = change.subject.rpartition(".")[2]
    return not change.scenario and attribute.startswith("_") and not attribute.startswith("__")
