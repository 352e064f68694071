"""What somebody has to do about a report, and the report in one sentence. Pure."""

import shlex
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from harness.base.words import counted, listed, plural
from harness.judging.verdicts import Axis, Outcome, Standing
from harness.report.model import Report, ReportedVerdict, TargetReport
from harness.report.outcomes import loudness

NAMED = 3  # targets in a sentence
TO_DO = (Standing.REGRESSED, Standing.FIXED, Standing.INCONCLUSIVE, Standing.NOT_RUN)


@dataclass(frozen=True, kw_only=True)
class Action:
    """Something that somebody has to look at: one outcome of one step, wherever it shows.

    Where a target as a whole could not be checked, it is one, with a count of its observations.
    """

    outcome: Outcome
    axis: Axis | None  # None for a whole target
    heading: str  # the first word under which its verdicts are listed
    where: str  # scenario and step, or how many observations
    reason: str
    variants: tuple[str, ...]
    targets: tuple[str, ...]
    script: str | None
    more: int = 0  # that are like it, where it stands for them

    @property
    def told(self) -> str:
        """Where it is, and how much else it stands for."""
        return (
            f"{self.where} and {self.more} more step{plural(self.more)}"
            if self.more
            else self.where
        )

    @property
    def command(self) -> str:
        """What runs it again."""
        return command(self.targets[0], self.script)


def command(target: str, script: str | None) -> str:
    """What runs one scenario of one target again, in a shell."""
    select = f" -k {shlex.quote(script)}" if script else ""
    return f"state-harness run {shlex.quote(target)}{select}"


def actions(report: Report) -> list[Action]:
    """All that is neither unchanged nor merely noticed: what differs, then what is unchecked.

    The worst first; targets with the same are joined.
    """
    joined: dict[tuple[Outcome, str, str], list[ReportedVerdict]] = {}
    found = []
    for target in report.targets:
        whole: dict[Outcome, int] = Counter()
        for each in target.observations:
            if target.reason and each.outcome.unchecked:
                whole[each.outcome] += 1
            elif each.outcome.standing in TO_DO and not each.outcome.silent:
                where = f"{each.verdict.heading[0]} / {each.verdict.listed_step}"
                joined.setdefault((each.outcome, where, each.verdict.reason), []).append(each)
        found += [_whole(target, outcome, count) for outcome, count in whole.items()]
    found += [
        Action(
            outcome=outcome,
            axis=seen[0].verdict.axis,
            heading=seen[0].verdict.heading[0],
            where=where,
            reason=reason,
            variants=tuple(
                dict.fromkeys(o.verdict.heading[1] for o in seen if o.verdict.heading[1])
            ),
            targets=tuple(dict.fromkeys(o.target for o in seen)),
            script=seen[0].script,
        )
        for (outcome, where, reason), seen in joined.items()
    ]
    return sorted(found, key=lambda a: (TO_DO.index(a.outcome.standing), loudness(a.outcome)))


def in_short(found: Iterable[Action]) -> list[Action]:
    """One action for each outcome and script on the same targets, which stands for all of them.

    Of internals each stays: their names say most.
    """
    alike: dict[tuple[object, ...], list[Action]] = {}
    for each in found:
        apart = each.where if each.axis is Axis.WATCH else each.heading
        alike.setdefault((each.outcome, apart, each.script, each.targets), []).append(each)
    return [
        replace(
            actions[0],
            more=len(actions) - 1,
            variants=tuple(dict.fromkeys(v for action in actions for v in action.variants)),
        )
        for actions in alike.values()
    ]


def suspects(report: Report) -> dict[str, list[str]]:
    """Internals whose source alone differs on targets that regressed: where to look first."""
    found: dict[str, list[str]] = {}
    for target in report.targets:
        for each in target.observations:
            if target.standing is Standing.REGRESSED and each.outcome is Outcome.BODY_CHANGED:
                found.setdefault(each.verdict.step, []).append(target.name)
    return found


def bare(report: Report) -> list[TargetReport]:
    """Targets of which there is a reason and no observation, so that no action tells it."""
    return [each for each in report.targets if each.reason and not each.observations]


def firsts(found: Sequence[Action]) -> frozenset[int]:
    """The places of the first action of each outcome: no other may push it out of a report."""
    return frozenset({each.outcome: at for at, each in reversed(list(enumerate(found)))}.values())


def shown(found: Sequence[Action], most: int) -> list[Action]:
    """As many actions as there is room for, in their order, the first of each outcome included."""
    first = firsts(found)
    kept = sorted(range(len(found)), key=lambda at: at not in first)[:most]
    return [found[at] for at in sorted(kept)]


def headline(report: Report) -> str:
    """The report in one sentence."""
    if not report.targets:
        return "Nothing was checked: there is no record."
    parts = [
        _told(report, standing)
        for standing in (Standing.REGRESSED, Standing.FIXED, Standing.INCONCLUSIVE)
    ]
    missing = [each.name for each in report.targets if each.standing is Standing.NOT_RUN]
    parts.append(f"{listed(missing, NAMED)} not run" if missing else "no target left out")
    text = ", ".join(parts)
    return f"{text[0].upper()}{text[1:]}: {counted(len(report.targets), 'target')}."


def _whole(target: TargetReport, outcome: Outcome, count: int) -> Action:
    return Action(
        outcome=outcome,
        axis=None,
        heading="",
        where=counted(count, "observation"),
        reason=target.reason,
        variants=(),
        targets=(target.name,),
        script=None,
    )


def _told(report: Report, standing: Standing) -> str:
    """How many observations are of a standing and where, and which targets are as a whole."""
    on = [o.target for o in report.observations if o.outcome.standing is standing]
    bare = [t.name for t in report.targets if t.standing is standing and t.name not in on]
    parts = []
    if on:
        where = listed(list(dict.fromkeys(on)), NAMED)
        parts.append(f"{counted(len(on), 'observation')} {standing} on {where}")
    if bare:
        parts.append(f"{listed(bare, NAMED)} {standing}")
    return ", ".join(parts) or f"nothing {standing}"
