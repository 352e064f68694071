"""What is known of a target, from a record or from its baseline and its lock."""

from collections.abc import Mapping
from pathlib import Path

import msgspec
import pytest

from harness.observing.baselines import (
    DISTRIBUTIONS,
    INTERNALS,
    distributions_text,
    internals_text,
    steps_text,
)
from harness.base.errors import BaselineError, UncheckedError
from harness.observing.internals import Described
from harness.observing.numerics import Tolerances
from harness.observing.snapshots import BUILT_IN, from_baseline, from_record, keras_of
from harness.observing.records import Failure, Record
from harness.environments.targets import load_targets
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
    "a nightly": ({"tf-nightly": "2.22.0.dev1", "keras-nightly": "3.15.dev2"}, {}, "3.15.dev2"),
}


@pytest.mark.parametrize(("distributions", "variables", "keras"), KERAS.values(), ids=KERAS)
def test_keras_is_the_one_behind_tensorflow(
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


def test_a_record_says_what_ran_and_what_it_gave() -> None:
    runs = [*twice(gives(1.0)), *differently(gives(1.0, step="b"), gives(2.0, step="b"))]
    runs = [*twice(gives(1.0), variant="strict"), *runs[2:]]
    known = from_record(record(runs, internals=[internal()], environment=HERE), Tolerances())
    assert (known.name, known.keras, known.lost) == ("sample", "2.16.0", ())
    assert known.distributions == {"tensorflow": "2.16.2", "tf-keras": "2.16.0"}
    assert known.steps["stateful", "strict"] == accept(gives(1.0))
    assert not known.steps["stateful", "fixed"]["b"].reproducible
    assert list(known.internals) == ["RNN.reset_states"]


def test_what_was_run_once_says_nothing_of_what_is_reproducible() -> None:
    runs = [run(gives(1.0)), *twice(gives(1.0), variant="strict")]
    known = from_record(record(runs, environment=HERE), Tolerances())
    assert list(known.steps) == [("stateful", "strict")]
    assert known.lost == ("stateful / fixed: run once: two runs tell what is reproducible",)


def test_what_did_not_end_as_it_should_is_lost_and_nothing_else() -> None:
    crashed = [
        run(gives(1.0), number=1),
        run(number=2, end="crashed", unfinished="step", detail="ended by SIGSEGV"),
    ]
    runs = [*crashed, *twice(gives(1.0), variant="strict")]
    half = record(runs, environment=HERE, internals=[internal()], internals_failure="timed out")
    known = from_record(half, Tolerances())
    assert list(known.steps) == [("stateful", "strict")]
    assert known.lost == (
        "stateful / fixed: run 2 crashed: ended by SIGSEGV",
        "internals: timed out",
    )
    assert known.internals == {}


FAILED: dict[str, tuple[Record, str]] = {
    "a failure": (
        record([], environment=HERE, failure=Failure(type="Crash", message="no such file")),
        "sample: nothing was observed: no such file",
    ),
    "no environment": (record([]), "sample: nothing was observed: no environment in the record"),
}


@pytest.mark.parametrize(("failed", "said"), FAILED.values(), ids=FAILED)
def test_a_record_of_nothing_is_refused(failed: Record, said: str) -> None:
    with pytest.raises(UncheckedError) as raised:
        from_record(failed, Tolerances())
    assert str(raised.value) == said


TARGET = load_targets()["tf-2.0"]
WATCHED = {"RNN.call": Described(kind="method")}


@pytest.fixture
def baselines(tmp_path: Path) -> Path:
    directory = tmp_path / TARGET.name
    directory.mkdir()
    for name, steps in (("stateful-fixed", accept(gives(1.0))), ("reset-strict", {})):
        (directory / f"{name}.json").write_text(steps_text(steps), encoding="utf-8")
    (directory / INTERNALS).write_text(internals_text(WATCHED), encoding="utf-8")
    return tmp_path


def test_a_baseline_and_a_lock_say_the_same_as_a_record(baselines: Path) -> None:
    known = accepted(TARGET, baselines)
    assert (known.name, known.keras, known.lost) == ("tf-2.0", BUILT_IN, ())
    assert known.distributions["tensorflow"] == "2.0.4"
    assert known.steps == {("reset", "strict"): {}, ("stateful", "fixed"): accept(gives(1.0))}
    assert known.internals == WATCHED


def test_a_baseline_without_a_lock_says_what_it_was_made_with(baselines: Path) -> None:
    unlocked = msgspec.structs.replace(TARGET, as_of=None)
    with pytest.raises(BaselineError, match=DISTRIBUTIONS):
        accepted(unlocked, baselines)
    text = distributions_text({"tensorflow": "2.99.0", "keras": "3.99.0"})
    (baselines / TARGET.name / DISTRIBUTIONS).write_text(text, encoding="utf-8")
    found = accepted(unlocked, baselines)
    assert (found.version("tensorflow"), found.version("keras")) == ("2.99.0", "3.99.0")
    assert found.steps == accepted(TARGET, baselines).steps


@pytest.mark.parametrize("name", [INTERNALS, "stateful-fixed.json"])
def test_half_a_baseline_is_refused_by_name(baselines: Path, name: str) -> None:
    (baselines / TARGET.name / name).write_text("{", encoding="utf-8")
    with pytest.raises(BaselineError, match=name):
        accepted(TARGET, baselines)


def test_what_raises_is_kept_without_what_differs_from_call_to_call() -> None:
    runs = twice(raises("\x1b[1mno\x1b[0m such state."))
    error = (
        from_record(record(runs, environment=HERE), Tolerances())
        .steps["stateful", "fixed"]["step"]
        .error
    )
    assert error is not None
    assert (error.message, error.traceback) == ("no such state", "")
