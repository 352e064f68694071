"""The judgement in parts, one for each test of the suite. Pure."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from harness.base.words import printable
from harness.judging.judge import Judgement
from harness.judging.verdicts import Axis, Verdict
from harness.observing.baselines import INTERNALS, file_name, internals_document, steps_document
from harness.observing.records import WATCH
from harness.observing.shared import Document
from harness.observing.snapshots import Pair


@dataclass(frozen=True, kw_only=True)
class Part:
    """The verdicts that one test stands for, and the name of the test within its axis.

    A test on drift or internals keeps a baseline: `path` is its file, `contents` what a run
    writes into it, None if nothing whole was observed. `problem` is why no stored baseline
    could be compared with, and `gone` whether the scenario of the baseline is there no more.
    `raised` are the errors of its steps, each in a line.
    """

    axis: Axis
    name: str
    verdicts: tuple[Verdict, ...]
    path: Path | None = None
    contents: Document | None = None
    problem: str = ""
    gone: bool = False
    raised: tuple[str, ...] = ()


def part_name(axis: Axis, scenario: str, variant: str, step: str) -> str:
    """The name of the part to which a verdict belongs."""
    match axis:
        case Axis.WATCH:
            return WATCH
        case Axis.DRIFT:
            return f"{scenario}-{variant}"
        case Axis.ORACLE:
            return scenario
        case Axis.PUBLISHED:
            return f"{scenario}-{step}"


def parts_of(judgement: Judgement) -> list[Part]:
    """Every verdict of a judgement is in exactly one part."""
    order = {axis: at for at, axis in enumerate(Axis)}
    verdicts = sorted(judgement.verdicts, key=lambda verdict: order[verdict.axis])
    return [
        part
        for axis, group in itertools.groupby(verdicts, lambda verdict: verdict.axis)
        for part in _parts(axis, tuple(group), judgement)
    ]


def _parts(axis: Axis, verdicts: tuple[Verdict, ...], judgement: Judgement) -> Iterator[Part]:
    if axis is Axis.WATCH:
        yield _internals(verdicts, judgement)
        return
    groups: dict[str, list[Verdict]] = {}
    for verdict in verdicts:
        name = part_name(axis, verdict.scenario, verdict.variant, verdict.step)
        groups.setdefault(name, []).append(verdict)
    for name, group in groups.items():
        if axis is Axis.DRIFT:
            yield _observations(name, tuple(group), judgement)
        else:
            yield Part(axis=axis, name=name, verdicts=tuple(group))


def _observations(name: str, verdicts: tuple[Verdict, ...], judgement: Judgement) -> Part:
    pair = verdicts[0].scenario, verdicts[0].variant
    path = judgement.baseline.directory / file_name(*pair)
    observed = judgement.observed if _is_whole(judgement, pair) else None
    return Part(
        axis=Axis.DRIFT,
        name=name,
        verdicts=verdicts,
        path=path,
        contents=steps_document(observed.steps.get(pair, {})) if observed else None,
        problem=_problem(path, judgement),
        gone=observed is not None and pair not in observed.steps,
        raised=tuple(
            printable(f"{name}: raises {result.raised}")
            for name, result in (observed.steps.get(pair, {}) if observed else {}).items()
            if result.error
        ),
    )


def _internals(verdicts: tuple[Verdict, ...], judgement: Judgement) -> Part:
    path = judgement.baseline.directory / INTERNALS
    observed = judgement.observed if _is_whole(judgement, ("", "")) else None
    return Part(
        axis=Axis.WATCH,
        name=WATCH,
        verdicts=verdicts,
        path=path,
        contents=internals_document(observed.internals) if observed else None,
        problem=_problem(path, judgement),
    )


def _is_whole(judgement: Judgement, pair: Pair) -> bool:
    """Whether all of a scenario and variant was observed, or for empty names all internals."""
    observed = judgement.observed
    return observed is not None and not (observed.gaps_of(pair) or observed.leaves_out(pair[0]))


def _problem(path: Path, judgement: Judgement) -> str:
    """Why there is no baseline to compare with; empty if there is one."""
    if path in judgement.baseline.unread:
        return judgement.baseline.unread[path]
    return "" if path.exists() else f"{path}: there is no baseline"
