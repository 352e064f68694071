"""Snapshots of a target, from a record, or from its baseline and its lock."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from harness.base.errors import UncheckedError
from harness.observing.internals import Described
from harness.observing.numerics import Tolerances
from harness.observing.records import Failure, Observation, Record, Run
from harness.observing.snapshots import (
    BUILT_IN,
    Pair,
    from_record,
    keras_of,
)
from tests.support.makers import (
    accept,
    differently,
    gives,
    internal,
    observed,
    raises,
    record,
    run,
    surroundings,
    twice,
)

LEGACY = {"TF_USE_LEGACY_KERAS": "1"}

KERAS = {
    "a package": ({"tensorflow": "2.15.0", "keras": "2.15.0"}, {}, "2.15.0"),
    "part of TensorFlow": ({"tensorflow": "2.5.0"}, {}, BUILT_IN),
    "tf_keras, chosen": ({"keras": "3.1", "tf-keras": "2.16.0"}, LEGACY, "2.16.0"),
    "tf_keras, not chosen": ({"keras": "3.1", "tf-keras": "2.16.0"}, {}, "3.1"),
    "tf_keras, chosen by nobody": (
        {"keras": "3.1", "tf-keras": "2.16.0"},
        {"TF_USE_LEGACY_KERAS": "0"},
        "3.1",
    ),
    "tf_keras, chosen by no word": (
        {"keras": "3.1", "tf-keras": "2.16.0"},
        {"TF_USE_LEGACY_KERAS": ""},
        "3.1",
    ),
    "tf_keras, denied by a word": (
        {"keras": "3.1", "tf-keras": "2.16.0"},
        {"TF_USE_LEGACY_KERAS": "false"},
        "3.1",
    ),
    "tf_keras, chosen by a word": (
        {"keras": "3.1", "tf-keras": "2.16.0"},
        {"TF_USE_LEGACY_KERAS": "true"},
        "2.16.0",
    ),
    "a nightly": ({"tf-nightly": "2.22.0.dev1", "keras-nightly": "3.15.dev2"}, {}, "3.15.dev2"),
}


@pytest.mark.parametrize(("distributions", "variables", "keras"), KERAS.values(), ids=KERAS)
def test_keras_is_the_keras_behind_tensorflow(
    distributions: Mapping[str, str], variables: Mapping[str, str], keras: str
) -> None:
    assert keras_of(distributions, variables) == keras


VERSIONS: dict[str, tuple[Mapping[str, str], str, str, str | None]] = {
    "keras": ({"tensorflow": "2.16.2"}, "3.5.0", "keras", "3.5.0"),
    "keras, built in": ({"tensorflow": "2.3.0"}, BUILT_IN, "keras", "2.3.0"),
    "tensorflow": ({"tensorflow": "2.16.2"}, "3.5.0", "tensorflow", "2.16.2"),
    "a nightly of tensorflow": ({"tf-nightly": "2.22.0.dev1"}, "3.5", "tensorflow", "2.22.0.dev1"),
    "another package": ({"tensorflow": "2.16.2", "numpy": "1.26.4"}, "3.5", "numpy", "1.26.4"),
    "a package that is not there": ({"tensorflow": "2.16.2"}, "3.5", "jax", None),
    "no tensorflow": ({"numpy": "1.26.4"}, "3.5", "tensorflow", None),
}


@pytest.mark.parametrize(
    ("distributions", "keras", "package", "version"), VERSIONS.values(), ids=VERSIONS
)
def test_each_package_has_its_version(
    distributions: Mapping[str, str], keras: str, package: str, version: str | None
) -> None:
    assert observed(keras=keras, distributions=distributions).version(package) == version


HERE = surroundings({"tensorflow": "2.16.2", "tf-keras": "2.16.0"}, LEGACY)


def test_a_record_gives_the_distributions_steps_and_internals() -> None:
    runs = [*twice(gives(1.0)), *differently(gives(1.0, step="b"), gives(2.0, step="b"))]
    runs = [*twice(gives(1.0), variant="strict"), *runs[2:]]
    known = from_record(record(runs, internals=[internal()], environment=HERE), Tolerances())
    assert (known.name, known.keras, known.gaps) == ("sample", "2.16.0", ())
    assert known.distributions == {"tensorflow": "2.16.2", "tf-keras": "2.16.0"}
    assert known.steps["stateful", "strict"] == accept(gives(1.0))
    assert not known.steps["stateful", "fixed"]["b"].reproducible
    assert list(known.internals) == ["RNN.reset_states"]


A, B, C = (gives(float(n), step=name) for n, name in enumerate("abc"))
FIXED, STRICT = ("stateful", "fixed"), ("stateful", "strict")


def crashed(*seen: Observation, number: int = 1, at: str | None = None) -> Run:
    return run(*seen, number=number, end="crashed", unfinished=at, detail="ended by SIGSEGV")


def late(*seen: Observation, number: int = 1, at: str | None = None) -> Run:
    return run(*seen, number=number, end="timed out", unfinished=at, detail="took over 1 s")


Ends = tuple[
    str | None, str | None, tuple[str, ...]
]  # how a run ended, in which step, the steps missed

# the runs of one scenario and variant, the steps that are left of them, and the gaps
GAPS: dict[str, tuple[list[Run], str, list[Ends]]] = {
    "none": (twice(A, B, C), "abc", []),
    "a step that one whole run lacks": ([run(A, B), run(A, number=2)], "ab", []),
    "one run": ([run(A, B)], "", [(None, None, ("a", "b"))]),
    "no step in one run": ([run()], "", [(None, None, ())]),
    "a crash in a step": (
        [crashed(A, at="b"), run(A, B, C, number=2)],
        "a",
        [("crashed", "b", ("b", "c"))],
    ),
    "a crash in the other run": (
        [run(A, B, C), crashed(A, number=2, at="b")],
        "a",
        [("crashed", "b", ("b", "c"))],
    ),
    "a crash between two steps": (
        [crashed(A), run(A, B, number=2)],
        "a",
        [("crashed", "", ("b",))],
    ),
    "a crash before the first step": (
        [crashed(), run(A, number=2)],
        "",
        [("crashed", None, ("a",))],
    ),
    "a crash in the first step": (
        [crashed(at="a"), run(A, number=2)],
        "",
        [("crashed", "a", ("a",))],
    ),
    "a crash after the last step": (
        [crashed(A, B), run(A, B, number=2)],
        "ab",
        [("crashed", "", ())],
    ),
    "crashes in both runs": (
        [crashed(A, at="b"), crashed(A, B, number=2, at="c")],
        "a",
        [("crashed", "b", ("b",)), ("crashed", "c", ())],
    ),
    "a crash and a time-out": (
        [late(A, B, at="c"), crashed(A, number=2, at="b")],
        "a",
        [("timed out", "c", ()), ("crashed", "b", ("b",))],
    ),
    "one run, and that crashed": ([crashed(A, at="b")], "", [("crashed", "b", ())]),
}


@pytest.mark.parametrize(("runs", "left", "gaps"), GAPS.values(), ids=GAPS)
def test_a_snapshot_has_the_steps_that_every_run_reached_and_gaps_for_the_rest(
    runs: list[Run], left: str, gaps: list[Ends]
) -> None:
    beside = twice(A, variant="strict")
    known = from_record(record([*runs, *beside], environment=HERE), Tolerances())
    assert "".join(known.steps[FIXED]) == left
    assert [(gap.end, gap.at, gap.missed) for gap in known.gaps_of(FIXED)] == gaps
    assert known.steps[STRICT] == accept(A)
    assert known.gaps_of(STRICT) == []


def test_a_step_that_every_run_reached_is_combined_even_after_a_crash() -> None:
    other = [
        crashed(gives(0.0, step="a"), number=1, at="b"),
        run(gives(9.0, step="a"), B, number=2),
    ]
    known = from_record(record(other, environment=HERE), Tolerances())
    assert not known.steps[FIXED]["a"].reproducible
    same = from_record(record([other[0], crashed(A, number=2)], environment=HERE), Tolerances())
    assert same.steps[FIXED] == accept(A)


def test_gaps_state_their_place_and_reason() -> None:
    runs = [run(A, number=1), crashed(number=2, at="a"), run(A, variant="strict")]
    half = record(runs, environment=HERE, internals=[internal()], internals_failure="timed out")
    known = from_record(half, Tolerances())
    assert [str(gap) for gap in known.gaps] == [
        "stateful / fixed: run 2 crashed: ended by SIGSEGV",
        "stateful / strict: run once, not 2 times: the noise of its steps is unknown",
        "internals: timed out",
    ]
    assert [gap.reason for gap in known.gaps_of(("", ""))] == ["timed out"]
    assert known.internals == {}


SHOWS: dict[str, tuple[Pair, str, bool]] = {
    "a reached step": (FIXED, "a", True),
    "a step that was not reached": (FIXED, "b", False),
    "a step that may not exist": (FIXED, "z", False),
    "a step of a complete scenario": (STRICT, "a", True),
    "a missing step of a complete scenario": (STRICT, "b", True),
    "a step of a scenario without runs": (("reset", "fixed"), "a", False),
    "a step of a variant without runs": (("stateful", "printed"), "a", False),
    "a watched internal": (("", ""), "RNN.call", True),
    "an internal that was not watched": (("", ""), "RNN.build", False),
    "a layer that is not there": (("", ""), "LSTM", True),
}


@pytest.mark.parametrize(("pair", "step", "expected"), SHOWS.values(), ids=SHOWS)
def test_what_was_observed_shows_unless_a_gap_may_hide_it(
    pair: Pair, step: str, *, expected: bool
) -> None:
    runs = [crashed(A, at="b"), run(A, B, number=2), *twice(A, variant="strict")]
    known = from_record(record(runs, environment=HERE), Tolerances())
    known = replace(known, internals={"RNN.call": Described()})
    assert known.shows(pair, step) is expected


FAILED: dict[str, tuple[Record, str]] = {
    "a failure": (
        record([], environment=HERE, failure=Failure(type="Crash", message="no such file")),
        "sample: nothing was observed: no such file",
    ),
    "no environment": (record([]), "sample: nothing was observed: no environment in the record"),
}


@pytest.mark.parametrize(("failed", "message"), FAILED.values(), ids=FAILED)
def test_a_record_without_observations_is_refused(failed: Record, message: str) -> None:
    with pytest.raises(UncheckedError) as raised:
        from_record(failed, Tolerances())
    assert str(raised.value) == message


def test_an_error_is_kept_without_the_parts_that_differ_from_call_to_call() -> None:
    runs = twice(raises("\x1b[1mno\x1b[0m such state."))
    error = (
        from_record(record(runs, environment=HERE), Tolerances())
        .steps["stateful", "fixed"]["step"]
        .error
    )
    assert error is not None
    assert (error.message, error.traceback) == ("no such state", "")


def test_what_was_left_out_is_not_shown() -> None:
    found = from_record(
        replace(record([], environment=HERE), left_out=("stateful", "internals")), Tolerances()
    )
    assert found.left_out == ("stateful", "internals")
    assert not found.shows(FIXED, "a")
    assert not found.shows(("", ""), "RNN.call")
    assert not found.shows(("", ""), "LSTM")  # a layer that has no description is not there
    assert replace(found, left_out=()).shows(("", ""), "LSTM")
