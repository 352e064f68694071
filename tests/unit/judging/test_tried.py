"""A script on many targets: stretches that agree, their boundaries, and the exit code."""

from collections.abc import Mapping

import pytest

from harness.environments.targets import Target
from harness.judging.tried import Comparison, compare_traces
from harness.observing.numerics import Tolerances
from harness.observing.scripts import Trace
from tests.support.makers import array, run
from tests.support.traces import did, statement, traced

SCRIPT = [statement(1, "x = f()", binds=["x"]), statement(2, "print(x)", reads=["x"])]


def target(name: str, family: str = "tensorflow", follows: str | None = None) -> Target:
    return Target(
        name=name, family=family, python="3.11", requirements=("tensorflow",), follows=follows
    )


def gives(value: float, name: str = "") -> Trace:
    return traced(SCRIPT, did(1, {"x": array(value)}), did(2), target=name)


def drawn() -> Trace:
    return traced(
        SCRIPT, did(1, {"x": array(1.0)}), did(2), again=[did(1, {"x": array(2.0)}), did(2)]
    )


def compared(
    traces: Mapping[str, Trace],
    targets: list[Target] | None = None,
    failures: Mapping[str, str] | None = None,
) -> Comparison:
    chosen = targets or [target(name) for name in [*traces, *(failures or {})]]
    return compare_traces(traces, failures or {}, chosen, Tolerances(), lambda *_: None)


def test_targets_that_agree_are_one_stretch() -> None:
    found = compared({"tf-2.1": gives(1), "tf-2.2": gives(1), "tf-2.3": gives(2)})
    assert [each.targets for each in found.stretches] == [("tf-2.1", "tf-2.2"), ("tf-2.3",)]
    assert [each.name for each in found.stretches] == ["tf-2.1 to tf-2.2 (2 targets)", "tf-2.3"]
    assert [row.signs for row in found.rows] == [("a", "b"), ("a", "a")]
    assert [row.same for row in found.rows] == [False, True]
    assert found.exit_code == 1


def test_a_result_that_comes_back_has_its_letter_again() -> None:
    found = compared({"tf-2.1": gives(1), "tf-2.2": gives(2), "tf-2.3": gives(1)})
    assert found.rows[0].signs == ("a", "b", "a")
    assert len(found.crossings) == 2


def test_signs_of_errors_ends_and_what_was_not_reached() -> None:
    error = traced(SCRIPT, did(1, error="ValueError: no"))
    crash = traced(SCRIPT, ended=run(end="crashed", unfinished="line 1", detail="SIGSEGV"))
    found = compared({"tf-2.1": gives(1), "tf-2.2": error, "tf-2.3": crash, "tf-2.4": drawn()})
    assert [row.signs for row in found.rows] == [("a", "A", "!", "~"), ("a", ".", ".", "a")]


def test_a_family_is_compared_with_the_target_that_it_follows() -> None:
    targets = [
        target("tf-2.15"),
        target("tf-2.16"),
        target("keras-3.0", "keras", follows="tf-2.15"),
        target("keras-3.1", "keras"),
    ]
    names = {"tf-2.15": 1, "tf-2.16": 2, "keras-3.0": 2, "keras-3.1": 2}
    found = compared({name: gives(value, name) for name, value in names.items()}, targets)
    assert [(c.between.before.target, c.between.after.target) for c in found.crossings] == [
        ("tf-2.15", "tf-2.16"),
        ("tf-2.15", "keras-3.0"),
    ]
    assert [each.targets for each in found.stretches] == [
        ("tf-2.15",),
        ("tf-2.16",),
        ("keras-3.0", "keras-3.1"),
    ]


CODES = [
    ({"tf-2.1": gives(1), "tf-2.2": gives(1)}, {}, 0),
    ({"tf-2.1": gives(1), "tf-2.2": gives(2)}, {}, 1),
    ({"tf-2.1": gives(1)}, {"tf-2.2": "no interpreter"}, 3),
    ({"tf-2.1": gives(1), "tf-2.2": gives(2)}, {"tf-2.3": "no interpreter"}, 1),
    ({"tf-2.1": drawn(), "tf-2.2": drawn()}, {}, 3),
    ({}, {"tf-2.1": "no interpreter"}, 3),
]


@pytest.mark.parametrize(("traces", "failures", "code"), CODES)
def test_not_run_and_not_compared_are_never_the_same(
    traces: Mapping[str, Trace], failures: Mapping[str, str], code: int
) -> None:
    assert compared(traces, failures=failures).exit_code == code


def test_a_script_that_nobody_could_read_or_that_is_empty_is_never_the_same() -> None:
    unread = traced([], did(2, error="SyntaxError: invalid syntax"))
    found = compared({"tf-2.1": unread, "tf-2.2": unread})
    assert (found.exit_code, found.ends) == (3, "raises SyntaxError at line 2")
    assert compared({"tf-2.1": traced([]), "tf-2.2": traced([])}).exit_code == 3


def test_an_error_everywhere_is_the_same_and_said() -> None:
    error = traced(SCRIPT, did(1, error="ValueError: no"))
    found = compared({"tf-2.1": error, "tf-2.2": error})
    assert (found.exit_code, found.ends) == (0, "raises ValueError at line 1")
    assert compared({"tf-2.1": gives(1), "tf-2.2": gives(1)}).ends == ""


def test_an_error_is_said_where_it_was_raised_and_a_successful_exit_is_none() -> None:
    script = [statement(2, within=9), statement(9, "main()")]
    no = "ValueError: no"
    raises = traced(script, did(2, error=no), did(9, error=no))
    assert compared({"tf-2.1": raises, "tf-2.2": raises}).ends == "raises ValueError at line 2"
    fails = "raises SystemExit at line 9"
    for code, said in (("0", ""), ("None", ""), ("the text ''", fails), ("1", fails)):
        ends = traced(script, did(2), did(9, error=f"SystemExit: {code}"))
        assert compared({"tf-2.1": ends, "tf-2.2": ends}).ends == said
        found = compared({"tf-2.1": ends, "tf-2.2": traced(script, did(2), did(9))})
        assert found.exit_code == 1  # one side goes on
        assert found.rows[-1].signs == (("a", "b") if not said else ("A", "a"))


def test_a_script_that_is_ended_is_not_the_same_although_it_is_everywhere() -> None:
    ends = {
        "late": run(end="timed out", unfinished="line 1", detail="by a limit"),
        "crash": run(end="crashed", unfinished="line 1", detail="by a signal"),
        "early": run(end="crashed", detail="by a signal"),
    }
    traces = {name: traced(SCRIPT, ended=each) for name, each in ends.items()}
    for trace in traces.values():
        found = compared({"tf-2.1": trace, "tf-2.2": trace})
        assert (found.exit_code, found.differs) == (3, False)
        assert compared({"tf-2.1": gives(1), "tf-2.2": trace}).exit_code == 1
        assert compared({"tf-2.1": trace, "tf-2.2": gives(1)}).exit_code == 1
    assert compared({"tf-2.1": traces["late"], "tf-2.2": traces["crash"]}).exit_code == 1


def test_a_value_that_one_side_could_not_look_at_is_not_the_same() -> None:
    unseen = traced(SCRIPT, did(1, facts={"x": "cannot be looked at: TypeError"}), did(2))
    found = compared({"tf-2.1": gives(1), "tf-2.2": unseen})
    assert (found.differs, [each.name for each in found.not_compared]) == (False, ["line 1"])
    assert found.exit_code == 3


def test_errors_that_are_others_in_each_run_are_not_compared() -> None:
    first, second = ([did(1, error=f"ValueError: {text}")] for text in ("one", "two"))
    flaky = traced(SCRIPT, *first, again=second)
    found = compared({"tf-2.1": flaky, "tf-2.2": flaky})
    assert (found.differs, found.exit_code, found.rows[0].signs) == (False, 3, ("~",))
    assert compared({"tf-2.1": traced(SCRIPT, *first), "tf-2.2": flaky}).exit_code == 1


def test_what_only_one_side_prints_differs_although_it_is_another_text_in_each_run() -> None:
    silent = traced(SCRIPT, did(1), did(2))
    timed = traced(SCRIPT, did(1), did(2, printed="1.5"), again=[did(1), did(2, printed="2.5")])
    assert compared({"tf-2.1": silent, "tf-2.2": timed}).exit_code == 1
    assert compared({"tf-2.1": timed, "tf-2.2": silent}).exit_code == 1
