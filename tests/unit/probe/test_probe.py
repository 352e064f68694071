"""The probe records the sample scenarios, most of which fail, each in its own way."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from harness.base.project import PROBE
from harness.environments.virtual_environments import Environment
from harness.observing.catalogue import watched_internals
from harness.observing.probing import Limits, start_probe
from harness.observing.records import Internal, Observation, Record, Run, load_record
from tests.support.makers import SAMPLE, array
from tests.support.samples import NUMPY, SCENARIOS, make_environment

ENDS = {
    "segfaults": ("crashed", "two", ["ended by SIGSEGV", "about to fall"]),
    "killed": ("crashed", None, ["ended by SIGKILL", "memory runs out"]),
    "leaves": ("crashed", "one", ["left with exit code 7 before it was done"]),
    "hangs": ("timed out", "two", ["took longer than 1 s"]),
    "raises_outside": ("broken", None, ["RuntimeError: between two steps\nTraceback"]),
    "exits": ("broken", "one", ["SystemExit: enough\nTraceback"]),
    "unrecordable": ("broken", "one", ["see(output=...) takes arrays of numbers: object cannot"]),
}


def both_runs(record: Record, scenario: str, variant: str = "first") -> list[Run]:
    runs = [run for run in record.runs if (run.scenario, run.variant) == (scenario, variant)]
    assert [run.number for run in runs] == [1, 2]
    return runs


def steps(run: Run) -> dict[str, Observation]:
    return {observation.step: observation for observation in run.observations}


def test_every_scenario_runs_in_every_variant_and_no_helper_runs(observed: Record) -> None:
    assert observed.failure is None
    names = {path.stem for path in SCENARIOS.glob("*.py")} - {"steps"}
    ran = [(run.scenario, run.variant, run.number) for run in observed.runs]
    assert ran == [
        (name, variant, number)
        for name in sorted(names)
        for variant in (("fixed",) if name.startswith("shares") else ("first", "second"))
        for number in (1, 2)
    ]


def test_the_arrays_of_a_scenario_that_completes_are_recorded(observed: Record) -> None:
    for run in both_runs(observed, "completes"):
        assert (run.end, run.detail, run.unfinished_step) == ("completed", None, None)
        assert list(steps(run)) == ["one", "two"]
        assert steps(run)["one"].arrays == {
            "output": array(*[0.1] * 6, shape=(2, 3)),
            "hidden": array(0, 1, 2, 3, dtype="int64"),
        }
        assert steps(run)["two"].arrays["output"] == array(1.0, shape=())


@pytest.mark.parametrize(("scenario", "expected"), ENDS.items(), ids=ENDS)
def test_a_run_that_ends_early_has_its_step_and_its_reason(
    observed: Record, scenario: str, expected: tuple[str, str | None, list[str]]
) -> None:
    end, unfinished, texts = expected
    for run in both_runs(observed, scenario):
        assert (run.end, run.unfinished_step) == (end, unfinished)
        assert run.detail is not None
        assert [text for text in texts if text not in run.detail] == []


@pytest.mark.parametrize(("scenario", "expected"), ENDS.items(), ids=ENDS)
def test_the_next_variant_runs_after_a_run_that_ends_early(
    observed: Record, scenario: str, expected: tuple[str, str | None, list[str]]
) -> None:
    for run in both_runs(observed, scenario, "second"):
        assert (run.end, run.detail) == ("completed", None)
        assert (expected[1] or "one") in steps(run)


def test_observations_before_a_crash_are_kept(observed: Record) -> None:
    for run in both_runs(observed, "segfaults"):
        assert list(steps(run)) == ["one"]
        assert steps(run)["one"].arrays["output"].values == (1.0,)


def test_an_error_in_a_step_is_an_observation(observed: Record) -> None:
    for run in both_runs(observed, "raises"):
        assert run.end == "completed"
        observation = steps(run)["one"]
        assert observation.arrays == {}
        assert observation.error is not None
        assert (observation.error.type, observation.error.message) == (
            "ValueError",
            "no such state",
        )
        assert observation.error.traceback.startswith("Traceback")


def test_the_steps_after_a_step_that_raises_are_recorded(observed: Record) -> None:
    for run in both_runs(observed, "raises"):
        assert list(steps(run)) == ["one", "two"]
        assert steps(run)["two"].error is None


def test_a_scenario_may_print_any_bytes(observed: Record) -> None:
    for run in both_runs(observed, "prints"):
        assert run.end == "completed"
        assert steps(run)["one"].arrays["output"].values == (1.0,)


def test_an_array_larger_than_the_buffer_of_a_pipe_is_complete(observed: Record) -> None:
    for run in both_runs(observed, "large"):
        assert steps(run)["one"].arrays["output"].values == tuple(range(20_000))


def test_a_global_of_one_scenario_does_not_exist_in_another(observed: Record) -> None:
    for scenario, leaked in (("leaks", True), ("stays_clean", False)):
        for run in both_runs(observed, scenario):
            assert steps(run)["one"].arrays["output"].values == (leaked,)


def test_a_time_out_ends_the_processes_of_the_scenario(observed: Record) -> None:
    for run in both_runs(observed, "hangs"):
        [process] = steps(run)["one"].arrays["pid"].values or ()
        stat = Path(f"/proc/{process}/stat")
        assert not stat.exists() or ") Z " in stat.read_text(encoding="utf-8")


def test_a_record_has_its_target_and_its_environment(observed: Record) -> None:
    assert (observed.target, observed.lock_sha256) == ("sample", "0" * 64)
    facts = observed.environment
    assert facts is not None
    assert (facts.tensorflow, facts.keras) == ("2.99.0", "2.99.1")
    assert facts.python == ".".join(map(str, sys.version_info[:3]))
    assert (facts.threads["intra_op"], facts.threads["inter_op"]) == (3, 5)
    assert "numpy" in facts.distributions


def test_tensorflow_computes_with_the_given_number_of_threads(
    environment: Environment, tmp_path: Path
) -> None:
    scenarios = tmp_path / "scenarios"
    scenarios.mkdir()
    (scenarios / "steps.py").write_text("VARIANTS = ()", encoding="utf-8")
    limits = Limits()
    record = start_probe(
        SAMPLE, environment, scenarios, tmp_path, jobs=1, limits=limits, threads=2
    ).record()
    assert record.environment is not None
    threads = record.environment.threads
    assert (threads["intra_op"], threads["inter_op"]) == (2, 2)
    assert record.runs == ()


KEPT = "tensorflow.keras.layers"

# name, kind, owner, parameters with their defaults
WATCHED = {
    "its own": (
        "RNN.get_initial_state",
        "method",
        f"{KEPT}.RNN",
        [("self", None), ("inputs", None), ("others", None), ("batch_size", "1")],
    ),
    "inherited": (
        "RNN.reset_states",
        "method",
        f"{KEPT}.Recurrent",
        [("self", None), ("states", "None")],
    ),
    "an alias": (
        "RNN.reset_state",
        "alias of reset_states",
        f"{KEPT}.Recurrent",
        [("self", None), ("states", "None")],
    ),
    "a property": ("RNN.state_size", "property", f"{KEPT}.RNN", [("self", None)]),
    "a class method": (
        "RNN.from_config",
        "class method",
        f"{KEPT}.Layer",
        [("cls", None), ("config", None)],
    ),
    "a static method": (
        "GRUCell.get_initial_state",
        "static method",
        f"{KEPT}.GRUCell",
        [("inputs", "None")],
    ),
    "a text as default": (
        "LSTMCell.get_initial_state",
        "method",
        f"{KEPT}.LSTMCell",
        [("self", None), ("inputs", "None"), ("dtype", "'float32'")],
    ),
}

# name; presence, kind, owner, and the reason why the internal cannot be inspected
NOT_FUNCTIONS = {
    "an attribute": (
        "RNN.output_size",
        (True, "attribute", f"{KEPT}.RNN", "not a function, but of type int"),
    ),
    "no signature": (
        "RNN.inner_loop",
        (True, "method", f"{KEPT}.RNN", "ValueError: no signature found for builtin"),
    ),
    "of an instance alone": (
        "RNN.states",
        (True, "instance attribute", f"{KEPT}.RNN", None),
    ),
    "absent": ("RNN._process_inputs", (False, None, None, None)),
    "of a class that is absent": ("ConvLSTM1D.build", (False, None, None, None)),
    "of an instance that cannot be made": (
        "TimeDistributed.states",
        (False, None, None, "no instance can be made: AttributeError"),
    ),
}


def seen(record: Record, name: str) -> Internal:
    [internal] = [internal for internal in record.internals if internal.name == name]
    return internal


@pytest.mark.parametrize(("name", "kind", "owner", "parameters"), WATCHED.values(), ids=WATCHED)
def test_a_watched_function_has_kind_owner_parameters_and_source(
    observed: Record, name: str, kind: str, owner: str, parameters: list[tuple[str, str | None]]
) -> None:
    internal = seen(observed, name)
    assert (internal.present, internal.kind, internal.owner) == (True, kind, owner)
    assert [(p.name, p.default) for p in internal.parameters or ()] == parameters
    assert internal.reason is None
    assert internal.source is not None
    assert "def " in observed.sources[internal.source]


@pytest.mark.parametrize(("name", "facts"), NOT_FUNCTIONS.values(), ids=NOT_FUNCTIONS)
def test_an_internal_that_is_no_function_has_the_reason(
    observed: Record, name: str, facts: tuple[bool, str | None, str | None, str | None]
) -> None:
    present, kind, owner, reason = facts
    internal = seen(observed, name)
    assert (internal.present, internal.kind, internal.owner) == (present, kind, owner)
    assert (internal.parameters, internal.source) == (None, None)
    assert (internal.reason or "").startswith(reason or "")
    assert (internal.reason is None) is (reason is None)


def test_every_internal_on_the_list_is_watched(observed: Record) -> None:
    assert observed.internals_failure is None
    assert {internal.name for internal in observed.internals} == set(watched_internals())


def test_the_time_limit_of_the_import_ends_with_the_import(observed: Record) -> None:
    assert observed.failure is None
    assert observed.seconds["total"] > 1


def test_a_tensorflow_that_is_not_imported_in_time_is_a_time_out(tmp_path: Path) -> None:
    (tmp_path / "packages" / "tensorflow").mkdir(parents=True)
    module = tmp_path / "packages" / "tensorflow" / "__init__.py"
    module.write_text("import time; print('slowly', flush=True); time.sleep(30)", encoding="utf-8")
    slow = make_environment(tmp_path / "slow", tmp_path / "packages", NUMPY)
    limits = Limits(tensorflow=1)
    record = start_probe(SAMPLE, slow, SCENARIOS, tmp_path, jobs=1, limits=limits).record()
    assert record.failure is not None
    assert record.failure.type == "TimeOut"
    assert record.failure.message == "TensorFlow was not imported within 1 s\nslowly"


def test_a_tensorflow_that_cannot_be_imported_is_a_failure_in_the_record(tmp_path: Path) -> None:
    bare = make_environment(tmp_path / "bare", NUMPY)
    record = start_probe(SAMPLE, bare, SCENARIOS, tmp_path, jobs=1, limits=Limits()).record()
    assert record.failure is not None
    assert record.failure.type == "ModuleNotFoundError"
    assert record.failure.message == "No module named 'tensorflow'"
    assert (record.environment, record.runs) == (None, ())
    assert not (tmp_path / "record.json.part").exists()


REQUIRED = {
    "--target": "sample",
    "--output": "record.json",
    "--scenarios": "scenarios",
    "--runs": "2",
}


@pytest.mark.parametrize("missing", REQUIRED)
def test_a_missing_argument_is_named_with_exit_code_2(
    missing: str, environment: Environment, tmp_path: Path
) -> None:
    given = [word for item in REQUIRED.items() if item[0] != missing for word in item]
    done = subprocess.run(
        [environment.python, "-I", PROBE, *given],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert (
        re.search(rf"{missing}\b.* required", done.stderr) or f"required: {missing}" in done.stderr
    )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("option", [["--runs", "many"], ["--jobs", "x"], ["--no-such-option"]])
def test_a_wrong_argument_is_refused_with_exit_code_2(
    option: list[str], environment: Environment, tmp_path: Path
) -> None:
    given = [word for item in REQUIRED.items() for word in item]
    done = subprocess.run(
        [environment.python, "-I", PROBE, *given, *option],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert option[0] in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("runs", [1, 3])
def test_each_scenario_has_the_given_number_of_runs(
    runs: int, environment: Environment, tmp_path: Path
) -> None:
    (tmp_path / "steps.py").write_text('VARIANTS = ("first",)\n', encoding="utf-8")
    shutil.copy(SCENARIOS / "completes.py", tmp_path)
    output = tmp_path / "record.json"
    given = REQUIRED | {"--output": str(output), "--scenarios": str(tmp_path), "--runs": str(runs)}
    arguments = [word for item in given.items() for word in item]
    subprocess.run(
        [environment.python, "-I", PROBE, *arguments, "--without-watch"],
        capture_output=True,
        check=True,
    )
    assert [run.number for run in load_record(output).runs] == [*range(1, runs + 1)]
