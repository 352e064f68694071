"""A script against its baseline: unchanged, regressed, or why nobody can say."""

from collections.abc import Sequence
from dataclasses import replace

import msgspec
import pytest

from harness.judging.held import Held, hold
from harness.judging.verdicts import Standing
from harness.observing.numerics import Tolerances
from harness.observing.records import Observation, Statement
from harness.observing.scripts import Trace
from tests.support.makers import array, run
from tests.support.traces import did, statement, step, traced

TOLERANCES = Tolerances(ulp=32, mean_ulp=32)
SCRIPT = [
    statement(1, "x = ones()", binds=["x"], reads=["ones"]),
    statement(2, "y = f(x)", binds=["y"], reads=["f", "x"]),
    statement(3, "print(y)", reads=["print", "y"]),
]


def steps(y: float = 0.5) -> list[Observation]:
    return [did(1, {"x": array(1.0)}), did(2, {"y": array(y)}), did(3, printed=f"{y}\n")]


def held(now: Trace, before: Trace | None = None) -> Held:
    return hold("some.py", before or traced(SCRIPT, *steps()), now, TOLERANCES)


def names(statements: Sequence[Statement]) -> list[str]:
    return [each.name for each in statements]


def test_the_same_is_unchanged() -> None:
    found = held(traced(SCRIPT, *steps()))
    assert (found.standing, found.doubts) == (Standing.UNCHANGED, [])


def test_another_value_is_regressed_where_it_begins() -> None:
    found = held(traced(SCRIPT, *steps(0.25)))
    assert found.standing is Standing.REGRESSED
    assert found.between is not None
    assert [(each.statement.name, each.follows is None) for each in found.between.divergences] == [
        ("line 2", True),
        ("line 3", False),
    ]


def test_an_error_is_regressed() -> None:
    found = held(traced(SCRIPT, *steps()[:1], did(2, error="TypeError: no")))
    assert found.standing is Standing.REGRESSED


def test_lines_that_move_are_the_same_statements() -> None:
    moved = [replace(each, name=f"line {n}", line=n) for n, each in enumerate(SCRIPT, start=11)]
    observed = [
        msgspec.structs.replace(each, step=f"line {n}") for n, each in enumerate(steps(), start=11)
    ]
    assert held(traced(moved, *observed)).standing is Standing.UNCHANGED
    observed[1] = did(12, {"y": array(0.25)})
    found = held(traced(moved, *observed))
    assert found.between is not None
    assert found.between.first is not None
    assert found.between.first.statement == moved[1]


def test_a_statement_that_the_baseline_does_not_have_is_never_unchanged() -> None:
    script = [*SCRIPT, statement(4, "z = 2", binds=["z"])]
    found = held(traced(script, *steps(), did(4, {"z": array(2.0)})))
    assert found.standing is Standing.INCONCLUSIVE
    assert names(found.added) == ["line 4"]
    assert found.doubts == ["the script was edited: line 4 is not in the baseline"]


def test_a_statement_that_is_gone_is_never_unchanged() -> None:
    found = held(traced(SCRIPT[:2], *steps()[:2]))
    assert found.standing is Standing.INCONCLUSIVE
    assert names(found.gone) == ["line 3"]
    assert found.doubts == ["the script was edited: line 3 of the baseline is gone"]


def test_an_edited_statement_that_changes_what_follows_is_regressed() -> None:
    edited = [replace(SCRIPT[0], source="x = twos()"), *SCRIPT[1:]]
    found = held(traced(edited, did(1, {"x": array(2.0)}), *steps(0.25)[1:]))
    assert found.standing is Standing.REGRESSED
    assert (names(found.added), names(found.gone)) == (["line 1"], ["line 1"])


def test_values_that_differ_in_each_run_are_accepted_as_that() -> None:
    random = traced(SCRIPT, *steps(), again=steps(0.25))
    found = held(random, random)
    assert found.standing is Standing.UNCHANGED
    assert names(found.accepted) == ["line 2", "line 3"]


@pytest.mark.parametrize("random_now", [True, False])
def test_values_that_differ_in_each_run_on_one_side_alone_are_regressed(random_now: bool) -> None:
    random, steady = traced(SCRIPT, *steps(), again=steps(0.25)), traced(SCRIPT, *steps())
    found = held(random, steady) if random_now else held(steady, random)
    assert found.standing is Standing.REGRESSED


def test_a_value_that_nobody_can_look_at_any_more_is_no_agreement() -> None:
    facts = {"y": "not looked at: Mystery"}
    found = held(traced(SCRIPT, steps()[0], did(2, facts=facts), steps()[2]))
    assert found.standing is Standing.INCONCLUSIVE
    assert found.doubts == ["line 2: a value could be looked at on one side only"]


def ended(*observations: Observation) -> Trace:
    died = run(*observations, end="crashed", unfinished="line 2", detail="SIGSEGV")
    return traced(SCRIPT, *observations, ended=died)


def test_a_script_that_is_ended_early_could_not_be_checked() -> None:
    found = held(ended(steps()[0]))
    assert found.standing is Standing.INCONCLUSIVE
    assert found.doubts[0].startswith("the script ended early: crashed: SIGSEGV")


def test_what_differs_before_an_early_end_is_regressed() -> None:
    assert held(ended(did(1, {"x": array(2.0)}))).standing is Standing.REGRESSED


def test_without_a_trace_nothing_was_run() -> None:
    found = Held(script="some.py", target="tf-2.15", failure="no interpreter")
    assert (found.standing, found.doubts) == (Standing.NOT_RUN, ["no interpreter"])


def test_what_is_accepted_as_random_excuses_no_other_value_of_its_statement() -> None:
    script = [
        statement(1, "a, b = f()", binds=["a", "b"], reads=["f"]),
        statement(2, "gap, now = a - b, time()", binds=["gap", "now"], reads=["a", "b", "time"]),
    ]
    first = did(1, {"a": array(0.5), "b": array(0.5)})

    def ran(gap: float) -> Trace:
        runs = [did(2, {"gap": array(gap), "now": array(now)}) for now in (1.0, 2.0)]
        return traced(script, first, runs[0], again=[first, runs[1]])

    assert held(ran(0.0), ran(0.0)).standing is Standing.UNCHANGED
    found = held(ran(6e-8), ran(0.0))
    assert found.standing is Standing.INCONCLUSIVE
    assert [each.split(";")[0] for each in found.doubts] == [
        "line 2: differs by less than the rounding of what it reads"
    ]


def test_a_difference_below_the_rounding_of_what_is_read_cannot_be_told() -> None:
    script = [*SCRIPT[:2], statement(3, "print(y - x)", reads=["print", "x", "y"])]
    before = traced(script, *steps()[:2], did(3, printed="0.0\n"))
    found = held(traced(script, *steps()[:2], did(3, printed="5.9e-08\n")), before)
    assert found.standing is Standing.INCONCLUSIVE
    assert found.doubts == [
        "line 3: differs by less than the rounding of what it reads; print whether the numbers "
        "are close instead"
    ]


IN_A_CALL = [statement(1, "def run(): ..."), statement(5, "run()", reads=["run"])]


def called(*names: str, value: float = 1.0, line: int = 5) -> Trace:
    """A script that runs steps in a call at a line."""
    inside = [step(name, 3, line, {"value": array(value)}) for name in names]
    script = [IN_A_CALL[0], replace(IN_A_CALL[1], name=f"line {line}", line=line)]
    return traced(script, did(1), *inside, did(line))


def test_a_step_is_the_same_by_its_name_and_its_statement() -> None:
    before = called("a", "b")
    assert held(called("a", "b", line=9), before).standing is Standing.UNCHANGED
    differs = held(called("a", "b", value=2.0, line=9), before)
    assert differs.standing is Standing.REGRESSED
    assert differs.between is not None
    assert [each.statement.name for each in differs.between.divergences] == ["step a", "step b"]


@pytest.mark.parametrize(
    ("steps_now", "text"), [(["a"], "not reached"), (["a", "b", "c"], "was not reached")]
)
def test_a_step_that_is_no_longer_or_newly_reached_is_regressed(
    steps_now: list[str], text: str
) -> None:
    found = held(called(*steps_now), called("a", "b"))
    assert (found.standing, found.doubts) == (Standing.REGRESSED, [])
    assert found.between is not None
    [one] = found.between.divergences
    assert str(one.differences[0]) == text


def test_a_step_in_a_statement_that_is_gone_is_gone_with_it() -> None:
    found = held(traced(IN_A_CALL[:1], did(1)), called("a"))
    assert found.standing is Standing.INCONCLUSIVE
    assert found.doubts == ["the script was edited: step a, line 5 of the baseline are gone"]
