"""The first statement that differs, in functions of a script that run once."""

import pytest

from harness.judging.divergence import Boundary, boundary
from harness.judging.held import hold
from harness.judging.verdicts import Standing
from harness.observing.numerics import Tolerances
from harness.observing.records import Observation, Statement
from harness.observing.scripts import Trace, all_statements
from tests.support.makers import array
from tests.support.traces import did, statement, step, traced

TOLERANCES = Tolerances(ulp=32, mean_ulp=32)
# def build(): x = 1; made = f(x)   def main(): model = build(); x = 2; y = model(x); print(y)
SCRIPT = [
    statement(2, "x = 1", ["build.x"], within=9),
    statement(3, "made = f(x)", ["build.made"], ["build.x", "f"], within=9),
    statement(9, "model = build()", ["main.model"], ["build"], within=20),
    statement(10, "x = 2", ["main.x"], within=20),
    statement(11, "y = model(x)", ["main.y"], ["main.model", "main.x"], within=20),
    statement(12, "print(y)", (), ["main.y", "print"], within=20),
    statement(7, "size = 3", ["size"]),
    statement(20, "main()", (), ["main", "build"]),
    statement(21, "print(size)", (), ["print", "size"]),
]


def observed(*, inner_x: float = 1.0, made: float = 1.0, y: float = 1.0) -> list[Observation]:
    return [
        did(7, {"size": array(3.0)}),
        did(2, {"x": array(inner_x)}),
        did(3, {"made": array(made)}),
        did(9, {"model": array(made)}),
        did(10, {"x": array(2.0)}),
        did(11, {"y": array(y)}),
        did(12, printed=f"{y}\n"),
        did(20),
        did(21, printed="3\n"),
    ]


def ran(*observations: Observation, script: list[Statement] = SCRIPT) -> Trace:
    return traced(script, *observations)


def follows(found: Boundary) -> dict[str, str | None]:
    return {
        each.statement.name: each.follows.name if each.follows else None
        for each in found.divergences
    }


def test_statements_stand_where_they_ran() -> None:
    assert [each.line for each in all_statements([ran(*observed())])] == [
        *(7, 2, 3, 9, 10, 11, 12, 20, 21)
    ]


def test_a_difference_goes_from_a_function_to_the_statement_that_calls() -> None:
    found = boundary(ran(*observed()), ran(*observed(made=2.0, y=2.0)), TOLERANCES)
    assert follows(found) == {
        "line 3": None,
        "line 9": "line 3",
        "line 11": "line 3",
        "line 12": "line 3",
    }


def test_variables_of_two_functions_are_two_although_they_have_one_name() -> None:
    old, new = ran(*observed()), ran(*observed(inner_x=2.0, y=2.0))
    assert follows(boundary(old, new, TOLERANCES)) == {
        "line 2": None,
        "line 11": None,  # reads the other `x`
        "line 12": "line 11",
    }


def test_an_error_begins_in_the_function_and_the_call_follows() -> None:
    no = "TypeError: no"
    new = ran(*observed()[:2], did(3, error=no), did(9, error=no), did(20, error=no))
    found = boundary(ran(*observed()), new, TOLERANCES)
    assert follows(found) == {"line 3": None, "line 9": "line 3", "line 20": "line 3"}
    assert [each.name for each in found.not_reached] == ["line 10", "line 11", "line 12", "line 21"]


def test_an_error_never_follows_from_other_values() -> None:
    no = "TypeError: no"
    new = ran(*observed(made=2.0)[:5], did(11, error=no), did(20, error=no))
    found = boundary(ran(*observed()), new, TOLERANCES)
    assert follows(found) == {
        "line 3": None,
        "line 9": "line 3",
        "line 11": None,
        "line 20": "line 11",
    }


def test_a_statement_that_one_side_leaves_out_differs() -> None:
    fewer = [each for each in observed() if each.step != "line 12"]
    [found] = boundary(ran(*observed()), ran(*fewer), TOLERANCES).divergences
    assert (found.statement.name, str(found.differences[0])) == ("line 12", "not reached")


def moved(by: int) -> tuple[list[Statement], list[Observation]]:
    script = [
        statement(
            each.line + by,
            each.source,
            each.binds,
            each.reads,
            within=int(each.within.partition(" ")[2]) + by if each.within else 0,
        )
        for each in SCRIPT
    ]
    return script, [
        did(int(each.step.partition(" ")[2]) + by, each.arrays, printed=each.printed)
        for each in observed()
    ]


@pytest.mark.parametrize("by", [0, 5])
def test_check_finds_the_statements_of_a_function_where_lines_moved(by: int) -> None:
    script, now = moved(by)
    found = hold("some.py", ran(*observed()), ran(*now, script=script), TOLERANCES)
    assert (found.standing, found.doubts) == (Standing.UNCHANGED, [])


def test_check_sees_that_a_statement_of_a_function_was_edited() -> None:
    edited = [*SCRIPT[:4], statement(11, "y = model(2 * x)", within=20), *SCRIPT[5:]]
    found = hold("some.py", ran(*observed()), ran(*observed(), script=edited), TOLERANCES)
    assert found.standing is Standing.INCONCLUSIVE
    assert found.doubts == [
        "the script was edited: line 11 is not in the baseline",
        "the script was edited: line 11 of the baseline is gone",
    ]


def test_a_step_in_a_function_is_found_by_its_statement() -> None:
    def with_step(line: int, value: float) -> Trace:
        script = [
            statement(line, "train()", (), ["train"], within=line + 10),
            statement(line + 10, "main()", (), ["main"]),
        ]
        inside = step("one", 3, line, {"value": array(value)})
        return traced(script, inside, did(line), did(line + 10))

    found = hold("some.py", with_step(5, 1.0), with_step(7, 1.0), TOLERANCES)
    assert (found.standing, found.doubts) == (Standing.UNCHANGED, [])
    differs = hold("some.py", with_step(5, 1.0), with_step(7, 2.0), TOLERANCES)
    assert differs.between
    assert follows(differs.between) == {"step one": None}
