"""The findings of a target: what nobody explains, and both of two tries show."""

from collections.abc import Mapping

from harness.judging.causes import severity
from harness.judging.changes import Change, ChangeKind
from harness.judging.judge import Judgement
from harness.observing.snapshots import Snapshot
from harness.upkeep.regressions import fingerprint_of
from harness.upkeep.windows import could_show


def new_findings(judgement: Judgement, first: Judgement | None) -> list[Change]:
    """The findings that nobody explains and no try contradicts, the most harmful first.

    A step that works now is none: it needs no cure.
    """
    if judgement.observed is None:
        return []
    once = shown_once(judgement, judgement.observed, first)
    found = [
        change
        for name, change in unexplained(judgement).items()
        if name not in once and change.kind is not ChangeKind.WORKS
    ]
    return sorted(found, key=severity)


def shown_once(
    judgement: Judgement, observed: Snapshot, first: Judgement | None
) -> dict[str, Change]:
    """The findings of only one of two tries that the other could have shown, by fingerprint.

    They are chance until proven otherwise: a regression needs a finding in both tries.
    """
    if first is None or first.observed is None:
        return {}
    one, other = unexplained(judgement), unexplained(first)
    return missing(one, other, first.observed) | missing(other, one, observed)


def missing(
    shown: Mapping[str, Change], elsewhere: Mapping[str, Change], observed: Snapshot
) -> dict[str, Change]:
    """The findings in `shown` that are not in `elsewhere`, though `observed` could show them."""
    return {
        name: change
        for name, change in shown.items()
        if name not in elsewhere and could_show(change, observed)
    }


def unexplained(judgement: Judgement) -> dict[str, Change]:
    """The findings that no known change explains, by fingerprint."""
    return {fingerprint_of(each.change): each.change for each in judgement.changes if each.unknown}
