"""Makes a program smaller as long as both sides of a window still show what they showed."""

import ast
import itertools
import shutil
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from harness.base.project import SCENARIOS
from harness.environments.targets import Target
from harness.environments.virtual_environments import Environment
from harness.judging.compare import compare
from harness.judging.verdicts import Outcome
from harness.observing.numerics import Tolerances
from harness.observing.probing import Limits, start_probe
from harness.observing.results import Result, combine
from harness.search.slicing import MARK, removals, unsuppressed, without

ROUNDS = 6
AT_ONCE = 60  # programs of a round
SECONDS = 30.0  # for one program
VARIANT = "fixed"
HEAD = f"""\
import contextlib
import io

VARIANTS = ("{VARIANT}",)
APART = True


def scenario(variant, step):
"""

SAME = (Outcome.IDENTICAL, Outcome.EQUAL, Outcome.RAISES)

Holds = Callable[[Sequence[ast.Module]], list[bool]]


@dataclass(frozen=True, kw_only=True)
class ShownSide:
    """A side of the window, and what it shows of the observed step."""

    target: Target
    environment: Environment
    limits: Limits
    shown: Result


@dataclass(kw_only=True)
class Trials:
    """Tells of programs whether both sides still show the same, and counts the runs."""

    sides: Sequence[ShownSide]
    directory: Path
    jobs: int
    tolerances: Tolerances = field(default_factory=Tolerances)
    runs: int = 0
    said: str = ""  # by the last program that did not do the same, for people

    def hold(self, programs: Sequence[ast.Module]) -> list[bool]:
        """Whether each program does on each side what this side shows; the old side runs first."""
        left = dict(enumerate(programs))
        for side in self.sides:
            found = dict(zip(left, self._shown(side, list(left.values())), strict=True))
            left = {at: left[at] for at, each in found.items() if self._same(side, each)}
        return [at in left for at in range(len(programs))]

    def _same(self, side: ShownSide, found: Result | None) -> bool:
        outcome = compare(side.shown, found, self.tolerances) if found else None
        if outcome is None or outcome.outcome not in SAME:
            why = outcome.reason if outcome else "the observation is not reached"
            self.said = f": on {side.target.name}, {why}"
            return False
        return True

    def _shown(self, side: ShownSide, programs: Sequence[ast.Module]) -> list[Result | None]:
        """What each program shows on a side, run as a scenario; None if it did not get there."""
        if not programs:
            return []
        self.runs += len(programs)
        scenarios = self.directory / "programs"
        shutil.rmtree(scenarios, ignore_errors=True)
        scenarios.mkdir(parents=True)
        for helper in ("steps.py", "fixed.json"):
            shutil.copy(SCENARIOS / helper, scenarios)
        names = [f"program_{number}" for number in range(len(programs))]
        for name, program in zip(names, programs, strict=True):
            body = textwrap.indent(ast.unparse(program), "    ")
            (scenarios / f"{name}.py").write_text(HEAD + body, encoding="utf-8")
        with start_probe(
            side.target,
            side.environment,
            scenarios,
            self.directory / "shown",
            jobs=self.jobs,
            limits=replace(side.limits, scenario=min(SECONDS, side.limits.scenario)),
            runs=1,
            only=names,
        ) as probe:
            ran = {run.scenario: run for run in probe.record().runs}
        return [
            combine([ran[name]], self.tolerances).get(MARK) if name in ran else None
            for name in names
        ]


def minimised(program: ast.Module, hold: Holds) -> ast.Module:
    """A program from which nothing more can be left out, or what is left after some rounds."""
    shorter = unsuppressed(program)
    if hold([shorter])[0]:
        program = shorter
    for _ in range(ROUNDS):
        single: dict[str, int] = {}  # some removals leave the same
        for number in reversed(range(removals(program))):
            single.setdefault(ast.unparse(without(program, [number])), number)
        single.pop(ast.unparse(program), None)
        numbers = list(single.values())[:AT_ONCE]
        held = hold([without(program, [number]) for number in numbers])
        good = list(itertools.compress(numbers, held))
        if not good:
            break
        # each of them alone can be left out: as many of them as possible together
        together = [without(program, good[:count]) for count in range(1, len(good) + 1)]
        most = max(at for at, each in enumerate([True, *hold(together[1:])]) if each)
        program = together[most]
    return program
