"""No option keeps a verdict from being counted, and none comes from the user's environment."""

import contextlib
import os
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest

from harness.base.errors import UncheckedError, UsageError
from harness.judging.criteria import Criteria
from harness.judging.judge import judge as judge_record
from harness.judging.verdicts import Axis, Outcome, Verdict
from harness.observing.baselines import DISTRIBUTIONS, distributions_text, load_steps
from harness.observing.records import Observation, Record
from harness.observing.snapshots import load_baseline
from harness.running.results import files_of
from harness.running.suite.options import SuiteOptions
from harness.running.suite.plugin import HERE, run_suite
from tests.support.makers import SAMPLE, accepts, gives, internal, record, surroundings, twice
from tests.support.places import CRITERIA, project_at
from tests.support.suite import Judged, judge

ONE, TWO = gives(1.0, step="one"), gives(2.0, step="one")


def of(observation: Observation = ONE, default: str = "None") -> Record:
    """A record with something to check on every axis."""
    runs = [
        *twice(observation, scenario="reset"),
        *twice(observation, scenario="reset", variant="strict"),
        *twice(observation, scenario="stateful"),
    ]
    return record(runs, internals=[internal(default=default)], environment=surroundings())


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """Where the baselines of that record lie."""
    judge(of(), tmp_path / "sample")
    return tmp_path / "sample"


def places(judged: Judged) -> list[tuple[Axis, str, str, str]]:
    return [(v.axis, v.scenario, v.variant, v.step) for v in judged.verdicts]


def contents(directory: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in directory.iterdir()}


# an expression, and the verdicts that it chooses
EXPRESSIONS: dict[str, Callable[[Verdict], bool]] = {
    "observations": lambda v: v.axis is Axis.DRIFT,
    "internals": lambda v: v.axis is Axis.WATCH,
    "oracle or internals": lambda v: v.axis in (Axis.ORACLE, Axis.WATCH),
    "reset": lambda v: v.scenario == "reset",
    "reset and strict": lambda v: (v.scenario, v.variant) == ("reset", "strict"),
    "observations and not fixed": lambda v: v.axis is Axis.DRIFT and v.variant != "fixed",
    "not published": lambda v: v.axis is not Axis.PUBLISHED,
}


@pytest.mark.fault(
    "verdicts", "`-k` selects a part of a target", "the rest is counted as left out, by name"
)
@pytest.mark.parametrize(("expression", "chosen"), EXPRESSIONS.items(), ids=EXPRESSIONS)
def test_an_expression_leaves_out_verdicts_by_name_and_changes_no_other(
    expression: str, chosen: Callable[[Verdict], bool], directory: Path
) -> None:
    changed = of(TWO, default="0")
    whole = judge(changed, directory)
    judged = judge(changed, directory, expression=expression)
    assert places(judged) == places(whole)
    for verdict, known in zip(judged.verdicts, whole.verdicts, strict=True):
        left_out = Verdict(
            axis=known.axis,
            scenario=known.scenario,
            variant=known.variant,
            step=known.step,
            outcome=Outcome.LEFT_OUT,
            reason="left out by -k",
        )
        assert verdict == (known if chosen(known) else left_out)
    assert {chosen(known) for known in whole.verdicts} == {True, False}
    assert (judged.code, whole.code) == (1, 1)
    assert 0 < len(judged.failures) <= len(whole.failures)
    assert set(judged.failures) <= set(whole.failures)


def test_a_difference_that_is_left_out_does_not_fail(directory: Path) -> None:
    judged = judge(of(TWO), directory, expression="internals")
    assert (judged.code, judged.text) == (0, "")


def test_force_regen_does_not_write_the_baselines_of_tests_that_are_left_out(
    directory: Path,
) -> None:
    before = contents(directory)
    judge(of(TWO, default="0"), directory, expression="strict", force_regen=True)
    after = contents(directory)
    assert [name for name in before if before[name] != after[name]] == ["reset-strict.json"]


def test_an_expression_is_fine_where_an_axis_has_no_test_at_all(tmp_path: Path) -> None:
    strict = record(twice(ONE, scenario="reset", variant="strict"), internals=[internal()])
    judge(strict, tmp_path / "sample", criteria=Criteria())
    judged = judge(strict, tmp_path / "sample", criteria=Criteria(), expression="strict")
    assert [(v.axis, v.outcome) for v in judged.verdicts] == [
        (Axis.DRIFT, Outcome.IDENTICAL),
        (Axis.WATCH, Outcome.LEFT_OUT),
    ]
    assert judged.code == 0


REFUSED = {
    "a selection of nothing": ("nothing", "nothing was checked with -k 'nothing'"),
    "a selection of what does not apply": ("published_figure", "nothing was checked"),
    "half an expression": ("(reset", r"pytest refuses -k '\(reset'"),
    "an option": ("--collect-only", "nothing was checked with -k '--collect-only'"),
}


@pytest.mark.fault("command lines", "`-k` selects nothing", "exit code 2")
@pytest.mark.parametrize(("expression", "said"), REFUSED.values(), ids=REFUSED)
def test_an_expression_that_selects_nothing_or_is_none_is_wrong_use(
    expression: str, said: str, directory: Path
) -> None:
    with pytest.raises(UsageError, match=said):
        judge(of(), directory, expression=expression)


@pytest.mark.fault("verdicts", "nothing was observed", "an error, exit code 3")
def test_a_record_of_nothing_is_not_a_target_that_is_as_its_baseline_says(tmp_path: Path) -> None:
    with pytest.raises(UncheckedError, match="nothing was observed"):
        judge(record([]), tmp_path / "sample", criteria=Criteria())


# variables of the user with which pytest would leave out tests, write baselines or not even start
VARIABLES = {
    "--force-regen": ("PYTEST_ADDOPTS", "--force-regen"),
    "--regen-all": ("PYTEST_ADDOPTS", "--regen-all"),
    "--deselect": ("PYTEST_ADDOPTS", "--deselect=test_target.py::test_observations"),
    "-k": ("PYTEST_ADDOPTS", "-k stateful"),
    "-x": ("PYTEST_ADDOPTS", "-x"),
    "--collect-only": ("PYTEST_ADDOPTS", "--co"),
    "-p": ("PYTEST_ADDOPTS", "-p no_such_plugin"),
    "an unknown option": ("PYTEST_ADDOPTS", "--no-such-option"),
    "an unknown plugin": ("PYTEST_PLUGINS", "no_such_plugin"),
}


def outcome_of(directory: Path) -> tuple[Judged | str, dict[str, bytes]]:
    """The outcome of a suite, or its error, and the baselines that it leaves."""
    try:
        return judge(of(TWO, default="0"), directory), contents(directory)
    except (UncheckedError, UsageError) as error:
        return str(error), contents(directory)


@pytest.mark.fault(
    "verdicts",
    "`PYTEST_ADDOPTS` or `PYTEST_PLUGINS` leave out tests or ask for new baselines",
    "no variable of the user reaches pytest",
)
@pytest.mark.parametrize(("name", "value"), VARIABLES.values(), ids=VARIABLES)
def test_no_variable_of_the_user_changes_what_pytest_does(
    name: str, value: str, directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = outcome_of(directory)
    monkeypatch.setenv(name, value)
    assert outcome_of(directory) == plain
    assert os.environ[name] == value
    # a suite that does not hide the variable heeds it
    heeding = contextlib.nullcontext
    monkeypatch.setattr("harness.running.suite.plugin._without_user_options", heeding)
    assert outcome_of(directory) != plain


@pytest.mark.fault(
    "verdicts",
    "`PYTEST_ADDOPTS=--ignore=...` leaves out the file of the judgement",
    "everything is checked",
)
@pytest.mark.parametrize("value", [f"--ignore={HERE / 'test_target.py'}", "--ignore-glob=*.py"])
def test_a_path_that_the_user_ignores_is_not_ignored(
    value: str, directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = outcome_of(directory)
    monkeypatch.setenv("PYTEST_ADDOPTS", value)
    assert outcome_of(directory) == plain


KERAS_3 = surroundings({"tensorflow": "2.16.0", "keras": "3.0.0"})
KNOWN = Criteria(known=(accepts("other values: reset / one", title="as it is now"),))


def test_a_known_change_passes_and_force_regen_writes_it(tmp_path: Path) -> None:
    directory = tmp_path / "sample"
    before = record(twice(ONE, scenario="reset"), internals=[internal()])
    judge(before, directory, criteria=KNOWN)
    made_with = distributions_text({"tensorflow": "2.15.0", "keras": "2.15.0"})
    (directory / DISTRIBUTIONS).write_text(made_with, encoding="utf-8")
    later = record(twice(TWO, scenario="reset"), internals=[internal()], environment=KERAS_3)
    unknown = judge(later, directory, criteria=Criteria())
    assert (unknown.code, unknown.passed) == (1, False)
    path = directory / "reset-fixed.json"
    written = path.read_bytes()
    for force_regen in (False, True):
        judged = judge(later, directory, criteria=KNOWN, force_regen=force_regen)
        assert (judged.code, judged.text) == (0, "")
        assert [v.outcome for v in judged.verdicts if v.axis is Axis.DRIFT] == [
            Outcome.KNOWN_CHANGE
        ]
        assert (path.read_bytes() != written) is force_regen
    assert load_steps(path)["one"].arrays["output"].values == (2.0,)


@pytest.mark.usefixtures("directory")
def test_a_quiet_suite_prints_into_its_file_and_reports_each_verdict_as_a_property(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    project = project_at(tmp_path, baselines=tmp_path)
    judgement = judge_record(of(TWO), load_baseline(SAMPLE, project), CRITERIA)
    files = files_of("sample", project.results)
    files.directory.mkdir(parents=True)
    capsys.readouterr()
    options = SuiteOptions(layout=("-v",))
    verdicts, code = run_suite(judgement, files, options, writable=True, quiet=True)
    assert (code, capsys.readouterr().out) == (1, "")
    printed = files.printed.read_text(encoding="utf-8")
    assert "test_observations[reset-strict]" in printed
    assert "stateful / fixed / one: drift" in printed
    root = ElementTree.parse(files.junit).getroot()  # noqa: S314 - this process wrote it
    properties = [(each.get("name"), each.get("value")) for each in root.iter("property")]
    assert properties == [(verdict.step, str(verdict)) for verdict in verdicts]
    assert sorted(map(str, judgement.verdicts)) == sorted(map(str, verdicts))
