"""The actions that a report asks for, and the report in one sentence. Pure."""

import shlex
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from harness.base.words import and_more, counted, listed
from harness.judging.verdicts import Axis, Outcome, Standing
from harness.report.model import Report, ReportedVerdict, TargetReport
from harness.report.outcomes import rank

NAMED = 3  # targets in a sentence
TO_DO = (Standing.REGRESSED, Standing.FIXED, Standing.INCONCLUSIVE, Standing.NOT_RUN)
NOTHING_TO_DO = frozenset(each for each in Outcome if each.silent or each.standing not in TO_DO)


@dataclass(frozen=True, kw_only=True)
class Action:
    """Something that a person has to look at: one outcome of one step, on all targets that show it.

    A target that could not be checked as a whole is one action, with its number of observations.
    """

    outcome: Outcome
    axis: Axis | None  # None for a whole target
    heading: str  # the first part of the heading of its verdicts
    where: str  # scenario and step, or the number of observations
    reason: str
    variants: tuple[str, ...]
    targets: tuple[str, ...]
    script: str | None
    more: int = 0  # other steps that this action represents

    @property
    def place(self) -> str:
        """Its step, and the number of other steps that it represents."""
        return and_more(self.where, self.more, "step")

    @property
    def command(self) -> str:
        """The command that repeats the check."""
        return command(self.targets[0], self.script)


def command(target: str, script: str | None) -> str:
    """The shell command that checks one scenario, or all, of a target again."""
    select = f" -k {shlex.quote(script)}" if script else ""
    return f"state-harness run {shlex.quote(target)}{select}"


def actions(report: Report) -> list[Action]:
    """The actions of a report: first those for differences, then those for failed checks.

    Within each standing the most severe outcome comes first. Targets with the same outcome, step
    and reason share an action. Unchanged and noticed steps need none.
    """
    joined: dict[tuple[Outcome, str, str], list[tuple[str, ReportedVerdict]]] = {}
    found = []
    for target in report.targets:
        if NOTHING_TO_DO.issuperset(target.outcomes):
            continue
        whole: dict[Outcome, int] = Counter()
        for each in target.observations:
            if each.outcome in NOTHING_TO_DO:
                continue
            if target.reason and not target.partial and each.outcome.unchecked:
                whole[each.outcome] += 1
            else:
                where = f"{each.verdict.heading[0]} / {each.verdict.listed_step}"
                same = each.outcome, where, each.verdict.reason
                joined.setdefault(same, []).append((target.name, each))
        found += [_whole(target, outcome, count) for outcome, count in whole.items()]
    found += [
        Action(
            outcome=outcome,
            axis=seen[0][1].verdict.axis,
            heading=seen[0][1].verdict.heading[0],
            where=where,
            reason=reason,
            variants=tuple(
                dict.fromkeys(o.verdict.heading[1] for _, o in seen if o.verdict.heading[1])
            ),
            targets=tuple(dict.fromkeys(name for name, _ in seen)),
            script=seen[0][1].script,
        )
        for (outcome, where, reason), seen in joined.items()
    ]
    return sorted(found, key=lambda a: (TO_DO.index(a.outcome.standing), rank(a.outcome)))


def merged(found: Iterable[Action]) -> list[Action]:
    """The actions, in which one represents all with the same outcome, script and targets.

    Each internal keeps its own action, since its name is the information.
    """
    alike: dict[tuple[object, ...], list[Action]] = {}
    for each in found:
        group = each.where if each.axis is Axis.WATCH else each.heading
        alike.setdefault((each.outcome, group, each.script, each.targets), []).append(each)
    return [
        replace(
            actions[0],
            more=len(actions) - 1,
            variants=tuple(dict.fromkeys(v for action in actions for v in action.variants)),
        )
        for actions in alike.values()
    ]


def suspects(report: Report) -> dict[str, list[str]]:
    """Internals whose source alone differs on regressed targets: the first places to look at."""
    found: dict[str, list[str]] = {}
    for target in report.targets:
        if target.standing is not Standing.REGRESSED or not target.outcomes[Outcome.BODY_CHANGED]:
            continue
        for each in target.observations:
            if each.outcome is Outcome.BODY_CHANGED:
                found.setdefault(each.verdict.step, []).append(target.name)
    return found


def unfinished(report: Report) -> list[TargetReport]:
    """Targets with a reason that no action has: without observations, or run in part."""
    return [
        each for each in report.targets if each.reason and (each.partial or not each.observations)
    ]


def firsts(found: Sequence[Action]) -> frozenset[int]:
    """The places of the first action of each outcome, which every report has to show."""
    return frozenset({each.outcome: at for at, each in reversed(list(enumerate(found)))}.values())


def shown(found: Sequence[Action], most: int) -> list[Action]:
    """At most `most` actions, in their order; the first of each outcome is preferred."""
    first = firsts(found)
    kept = sorted(range(len(found)), key=lambda at: at not in first)[:most]
    return [found[at] for at in sorted(kept)]


def headline(report: Report) -> str:
    """The report in one sentence."""
    if not report.targets:
        return "Nothing was checked: there is no record."
    on: dict[Standing, list[str]] = {
        standing: [] for standing in (Standing.REGRESSED, Standing.FIXED, Standing.INCONCLUSIVE)
    }
    for target in report.targets:
        for outcome, count in target.outcomes.items():
            if outcome.standing in on:
                on[outcome.standing] += [target.name] * count
    parts = [_on_which_targets(report, standing, on[standing]) for standing in on]
    partial = [each.name for each in report.targets if each.partial]
    missing = [
        each.name
        for each in report.targets
        if each.standing is Standing.NOT_RUN and not each.partial
    ]
    if partial:
        parts.append(f"{listed(partial, NAMED)} run in part")
    if missing or not partial:
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


def _on_which_targets(report: Report, standing: Standing, on: Sequence[str]) -> str:
    """The number of observations of a standing and their targets, then targets without any.

    `on` has the target of each observation of that standing.
    """
    whole = [t.name for t in report.targets if t.standing is standing and t.name not in on]
    parts = []
    if on:
        where = listed(list(dict.fromkeys(on)), NAMED)
        parts.append(f"{counted(len(on), 'observation')} {standing} on {where}")
    if whole:
        parts.append(f"{listed(whole, NAMED)} {standing}")
    return ", ".join(parts) or f"nothing {standing}"
