"""The trace of a plain script: what two runs of it on one target say together."""

import msgspec
import pytest

from harness.base.errors import UncheckedError
from harness.observing.numerics import Tolerances
from harness.observing.records import Failure
from harness.observing.scripts import all_statements, trace
from tests.support.makers import array, record, run
from tests.support.traces import did, statement, step, traced

ONE = [statement(1)]


def test_values_that_differ_in_the_runs_are_unsteady_and_not_kept() -> None:
    first = did(1, {"x": array(1.0), "y": array(2.0)}, texts={"t": "a"}, printed="1.5 s")
    second = did(1, {"x": array(3.0), "y": array(2.0)}, texts={"t": "b"}, printed="2.5 s")
    result = traced(ONE, first, again=[second]).results["line 1"]
    assert result.unsteady == {"x", "t", "printed"}
    assert result.result.arrays["y"].values == (2.0,)
    assert result.texts == {}
    assert result.printed == ""


def test_values_that_one_run_alone_has_are_unsteady() -> None:
    script = [statement(1, "x = f()", binds=["x"])]
    without, having = did(1), did(1, {"x": array(1.0)})
    for runs in ((without, having), (having, without)):
        [found] = traced(script, runs[0], again=[runs[1]]).results.values()
        assert found.unsteady == {"x"}


def test_a_value_of_the_name_printed_is_not_what_is_printed() -> None:
    script = [statement(1, "printed = f()", binds=["printed"])]
    first, second = (did(1, {"printed": array(v)}, printed="0.25") for v in (1.0, 2.0))
    [found] = traced(script, first, again=[second]).results.values()
    assert found.unsteady == {"printed (value)"}
    assert found.printed == "0.25"
    first, second = (did(1, texts={"printed": "a"}, printed=each) for each in ("0.25", "0.5"))
    [found] = traced(script, first, again=[second]).results.values()
    assert found.unsteady == {"printed"}
    assert found.texts == {"printed (value)": "a"}


def test_an_error_counts_and_not_the_values_beside_it() -> None:
    first = did(1, {"x": array(1.0)}, error="TypeError: no")
    second = did(1, {"x": array(2.0)}, error="TypeError: no")
    result = traced(ONE, first, again=[second]).results["line 1"]
    assert result.result.raised == "TypeError: no"
    assert result.unsteady == frozenset()


def test_an_early_end_is_said_with_its_statement() -> None:
    died = run(did(1), end="crashed", unfinished="line 2", detail="ended by SIGSEGV\nmore")
    found = traced([statement(1), statement(2)], ended=died)
    assert (found.ended, found.ended_at) == ("crashed: ended by SIGSEGV", "line 2")
    assert list(found.results) == ["line 1"]


def test_values_that_nobody_looked_at_are_told() -> None:
    facts = {"d": "not looked at: Dataset", "p": "cannot be looked at: ValueError", "l": "a LSTM"}
    assert traced(ONE, did(1, facts=facts)).results["line 1"].unseen == {"d", "p"}


def test_the_newest_facts_up_to_a_statement() -> None:
    statements = [statement(n) for n in (1, 2, 3)]
    steps = [did(n, facts={"l.units": str(n)}) for n in (1, 2, 3)]
    assert traced(statements, *steps).facts_before(statements[1]) == {"l.units": "2"}


def test_a_target_without_observations_has_no_trace() -> None:
    failed = record([], failure=Failure(type="ImportError", message="no module"))
    with pytest.raises(UncheckedError, match="sample: nothing was observed: no module"):
        trace(failed, Tolerances())


def test_a_named_step_is_a_statement_before_the_one_around_it() -> None:
    script = [statement(2), statement(9), statement(12)]
    observed = [did(2), step("b", 4, 9), step("a", 3, 9), did(9), step("c", 5, 12), did(12)]
    found = traced(script, *observed)
    assert list(found.results) == [each.step for each in observed]
    assert [each.name for each in all_statements([found])] == [each.step for each in observed]
    later = traced(script, did(2), step("new", 7, 9), did(9), did(12))
    assert [each.name for each in all_statements([found, later])] == [
        *("line 2", "step b", "step a", "step new", "line 9", "step c", "line 12")
    ]


def test_values_of_a_step_that_differ_in_the_runs_are_unsteady() -> None:
    first, second = (step("a", 3, 1, {"value": array(value)}) for value in (1.0, 2.0))
    found = traced(ONE, first, did(1), again=[second, did(1)]).results
    assert found["step a"].unsteady == {"value"}
    assert found["line 1"].unsteady == frozenset()


def test_an_early_end_is_said_with_its_step() -> None:
    died = run(did(1), end="timed out", unfinished="step a", detail="took longer than 1 s")
    found = traced([statement(1), statement(2)], ended=died)
    assert found.ended_at == "step a"
    assert [(each.name, each.within) for each in found.statements] == [
        *(("line 1", ""), ("step a", "line 2"), ("line 2", ""))
    ]


def test_an_observation_that_no_statement_has_is_kept_with_a_place() -> None:
    found = traced(ONE, did(1), msgspec.structs.replace(did(1), step="odd"))
    assert [(each.name, each.line) for each in found.statements] == [("odd", 0), ("line 1", 1)]
