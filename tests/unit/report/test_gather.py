"""A report is made of records, complete or not, and of baselines where records are missing."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from harness.base.errors import UsageError
from harness.base.project import PROBE
from harness.commands import documents, parser
from harness.judging.criteria import Criteria
from harness.judging.known import KnownChange
from harness.judging.verdicts import Axis, Outcome, Standing, Verdict
from harness.observing.baselines import file_name
from harness.observing.records import Failure, Record, load_record
from harness.report.actions import actions, headline, unfinished
from harness.report.writing import write_report
from harness.running.results import Checked
from tests.support.makers import (
    accepts,
    differently,
    gives,
    internal,
    run,
    twice,
    verdict,
)
from tests.support.nights import FRESH, KERAS, NEWER, recorded
from tests.support.suite import judge
from tests.unit.report.gathering import WHOLE, accept, gathered, only, store

RECORDS = {
    "as accepted": WHOLE,
    "drift": replace(WHOLE, runs=tuple(twice(gives(1.0, 2.5)))),
    "works now": replace(WHOLE, runs=tuple(twice(gives(1.0, 2.0), gives(1.0, step="raising")))),
    "two runs differ": replace(WHOLE, runs=tuple(differently(gives(1.0, 2.0), gives(1.0, 9.0)))),
    "crashed": replace(
        WHOLE, runs=(run(gives(1.0, 2.0)), run(number=2, end="crashed", detail="signal 11"))
    ),
    "no internals": replace(WHOLE, internals_failure="it failed"),
    "another internal": replace(WHOLE, internals=(internal(default="1"),)),
    "a new scenario": replace(WHOLE, runs=(*WHOLE.runs, *twice(gives(1.0), scenario="reset"))),
    "an oracle step": replace(
        WHOLE, runs=(*WHOLE.runs, *twice(gives(1.0, step="LSTM"), scenario="layers"))
    ),
}


@pytest.mark.parametrize("what", RECORDS.values(), ids=RECORDS)
def test_the_verdicts_are_those_of_the_suite(tmp_path: Path, what: Record) -> None:
    directory = accept(tmp_path, WHOLE)
    store(tmp_path, what)
    ours = [each.verdict for each in only(gathered(tmp_path)).observations]
    theirs = judge(what, directory).verdicts
    assert sorted(map(str, ours)) == sorted(map(str, theirs))
    assert {str(v): v for v in ours} == {str(v): v for v in theirs}


KNOWN = accepts("other values: stateful / step", since="3.16")


@pytest.mark.parametrize(
    ("known", "outcome", "code"),
    [((), Outcome.DRIFT, 1), ((KNOWN,), Outcome.KNOWN_CHANGE, 0)],
    ids=["not known", "known"],
)
def test_a_known_difference_needs_no_action(
    tmp_path: Path, known: tuple[KnownChange, ...], outcome: Outcome, code: int
) -> None:
    accept(tmp_path, recorded(gives(1.0), distributions=KERAS))
    store(tmp_path, replace(recorded(gives(2.0), distributions=NEWER), started=WHOLE.started))
    report = gathered(tmp_path, FRESH, criteria=Criteria(known=known))
    [drift] = [o for o in only(report).observations if o.verdict.axis is Axis.DRIFT]
    assert drift.outcome is outcome
    assert only(report).standing is outcome.standing
    assert report.exit_code == code
    assert len(actions(report)) == code


def test_a_record_as_accepted_is_unchanged(tmp_path: Path) -> None:
    store(tmp_path, WHOLE)
    accept(tmp_path, WHOLE)
    report = gathered(tmp_path)
    assert only(report).standing is Standing.UNCHANGED
    assert only(report).tensorflow == "2.15.0"
    assert only(report).started is not None
    assert report.exit_code == 0
    drift = [o for o in only(report).observations if o.verdict.axis is Axis.DRIFT]
    found = {o.verdict.step: o for o in drift if o.verdict.variant == "fixed"}
    assert found["step"].means == {"output": 1.5}
    assert found["raising"].error is not None


PART = replace(WHOLE, internals=(), left_out=("internals", "reset"))


@pytest.mark.fault(
    "verdicts",
    "the last run of a target was one with `-k`",
    "the report names what was left out, exit code 3, and compares baselines instead",
)
def test_a_record_of_a_part_is_reported_as_that(tmp_path: Path) -> None:
    earlier = replace(WHOLE, target="tf-2.14")
    for each in (earlier, WHOLE):
        accept(tmp_path, each)
    store(tmp_path, earlier)
    store(tmp_path, PART)
    report = gathered(tmp_path)
    [_, part] = report.targets
    assert (part.standing, part.partial) == (Standing.NOT_RUN, True)
    assert part.reason == (
        "its last run left out internals, reset; `state-harness run tf-2.15` runs all"
    )
    assert unfinished(report) == [part]
    watched = [o.outcome for o in part.observations if o.verdict.axis is Axis.WATCH]
    assert watched == [Outcome.LEFT_OUT]
    assert Outcome.MISSING not in {o.outcome for o in part.observations}
    assert actions(report) == []
    assert report.exit_code == 3
    assert headline(report).endswith("tf-2.15 run in part: 2 targets.")
    [comparison] = [c for c in report.comparisons if (c.before, c.after) == ("tf-2.14", "tf-2.15")]
    assert comparison.source == "baselines"
    assert comparison.diff.lost == ()


def test_a_difference_in_a_part_is_an_action_of_its_own(tmp_path: Path) -> None:
    accept(tmp_path, WHOLE)
    store(tmp_path, replace(PART, runs=tuple(twice(gives(1.0, 2.5)))))
    report = gathered(tmp_path)
    assert only(report).standing is Standing.REGRESSED
    assert {each.outcome for each in actions(report)} == {Outcome.DRIFT, Outcome.MISSING}
    assert unfinished(report) == [only(report)]
    assert "tf-2.15 run in part" in headline(report)
    assert report.exit_code == 1


def test_a_crash_in_a_part_is_an_action_on_its_step(tmp_path: Path) -> None:
    accept(tmp_path, WHOLE)
    crashed = run(number=2, end="crashed", detail="signal 11")
    store(tmp_path, replace(PART, runs=(*WHOLE.runs[:1], crashed, *WHOLE.runs[2:])))
    found = actions(gathered(tmp_path))
    assert {each.outcome for each in found} == {Outcome.CRASHED}
    assert "stateful / step" in {each.where for each in found}


def test_without_names_the_report_is_on_all_targets_that_were_run(tmp_path: Path) -> None:
    assert gathered(tmp_path).targets == ()
    store(tmp_path, WHOLE)
    assert [each.name for each in gathered(tmp_path).targets] == ["tf-2.15"]


def test_a_named_target_without_a_record_is_not_run(tmp_path: Path) -> None:
    store(tmp_path, WHOLE)
    accept(tmp_path, WHOLE)
    report = gathered(tmp_path, "tf-2.14", "tf-2.15")
    assert [each.standing for each in report.targets] == [Standing.NOT_RUN, Standing.UNCHANGED]
    assert report.exit_code == 3


def test_an_unknown_name_is_wrong_use(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no target or family 'tf-9'"):
        gathered(tmp_path, "tf-9")


@pytest.mark.fault(
    "files",
    "one of many records cannot be read",
    "the report names it and shows the other targets, exit code 3",
)
@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", "cannot be read as a record"),
        (b"garbage", "cannot be read as a record"),
        (b"[]", "cannot be read as a record"),
        (msgspec.json.encode(WHOLE)[:-100], "cannot be read as a record"),
        (msgspec.json.encode(replace(WHOLE, schema_version=0)), "of an older harness"),
        (msgspec.json.encode(replace(WHOLE, schema_version=99)), "of a newer harness"),
        (msgspec.json.encode(replace(WHOLE, target="tf-2.1")), "not of 'tf-2.15'"),
        (msgspec.json.encode(replace(WHOLE, started="yesterday")), "cannot be read as a record"),
    ],
)
def test_a_record_that_cannot_be_read_is_named_and_the_rest_is_reported(
    tmp_path: Path, data: bytes, expected: str
) -> None:
    path = store(tmp_path, WHOLE)
    path.write_bytes(data)
    store(tmp_path, replace(WHOLE, target="tf-2.14"))
    accept(tmp_path, replace(WHOLE, target="tf-2.14"))
    report = gathered(tmp_path)
    standings = {each.name: each.standing for each in report.targets}
    assert standings == {"tf-2.14": Standing.UNCHANGED, "tf-2.15": Standing.INCONCLUSIVE}
    [why] = report.refused
    assert str(path) in why
    assert expected in why
    assert report.exit_code == 3


@pytest.mark.fault("files", "a record of an unknown target", "the report names it, exit code 3")
def test_a_record_of_an_unknown_target_is_refused(tmp_path: Path) -> None:
    path = store(tmp_path, WHOLE, name="tf-9")
    report = gathered(tmp_path)
    assert report.targets == ()
    assert report.refused == (f"{path}: there is no target 'tf-9'",)
    assert report.exit_code == 3


def test_a_target_without_any_observation_is_inconclusive(tmp_path: Path) -> None:
    failed = replace(WHOLE, runs=(), failure=Failure(type="ImportError", message="no\nAVX2"))
    store(tmp_path, failed)
    accept(tmp_path, WHOLE)
    report = gathered(tmp_path)
    assert only(report).standing is Standing.INCONCLUSIVE
    assert only(report).reason == "ImportError: no\nAVX2"
    assert {o.outcome for o in only(report).observations} == {Outcome.CRASHED}
    assert len(only(report).observations) == 4
    assert report.exit_code == 3


@pytest.mark.parametrize(
    ("verdicts", "standing"),
    [
        ((verdict(Outcome.NO_INTERPRETER),), Standing.NOT_RUN),
        ((verdict(Outcome.CRASHED),), Standing.INCONCLUSIVE),
        ((), Standing.INCONCLUSIVE),
    ],
)
def test_a_check_that_left_no_record_is_reported_with_its_reason(
    tmp_path: Path, verdicts: tuple[Verdict, ...], standing: Standing
) -> None:
    directory = tmp_path / "results" / "tf-2.15"
    directory.mkdir(parents=True)
    checked = Checked(target="tf-2.15", verdicts=verdicts, failure="no Python 3.11", exit_code=3)
    (directory / "verdicts.json").write_bytes(msgspec.json.encode(checked))
    report = gathered(tmp_path)
    assert only(report).standing is standing
    assert only(report).reason == "no Python 3.11"
    assert report.exit_code == 3


def test_a_missing_baseline_is_inconclusive_and_an_unreadable_one_is_named(tmp_path: Path) -> None:
    store(tmp_path, WHOLE)
    directory = accept(tmp_path, WHOLE)
    broken = directory / file_name("stateful", "fixed")
    broken.write_text("{", encoding="utf-8")
    (directory / file_name("stateful", "strict")).unlink()
    report = gathered(tmp_path)
    assert only(report).standing is Standing.INCONCLUSIVE
    [why] = report.refused
    assert str(broken) in why


def test_a_failed_target_is_one_action_with_its_number_of_observations(tmp_path: Path) -> None:
    failed = replace(WHOLE, runs=(), failure=Failure(type="ImportError", message="no AVX2"))
    store(tmp_path, failed)
    accept(tmp_path, WHOLE)
    [action] = actions(gathered(tmp_path))
    assert action.where == "4 observations"
    assert action.reason == "ImportError: no AVX2"
    assert action.command == "state-harness run tf-2.15"


@pytest.mark.parametrize("data", [b"", b"garbage", b"[]", b'{"target": 1}'])
def test_a_check_that_cannot_be_read_is_named(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "results" / "tf-2.15" / "verdicts.json"
    path.parent.mkdir(parents=True)
    path.write_bytes(data)
    report = gathered(tmp_path)
    [why] = report.refused
    assert str(path) in why
    assert only(report).standing is Standing.INCONCLUSIVE
    assert report.exit_code == 3


def test_changes_come_from_records_where_both_neighbours_have_one(tmp_path: Path) -> None:
    other = replace(WHOLE, target="tf-2.14", runs=tuple(twice(gives(1.0, 2.5))))
    store(tmp_path, WHOLE)
    store(tmp_path, other)
    report = gathered(tmp_path)
    found = {(each.before, each.after): each for each in report.comparisons}
    assert found.keys() == {("tf-2.14", "tf-2.15")}
    assert found["tf-2.14", "tf-2.15"].source == "records"
    changed = [f.change.where for f in found["tf-2.14", "tf-2.15"].diff.findings]
    assert "stateful / step" in changed
    assert ("tf-2.15", "tf-2.16") in {pair[:2] for pair in report.uncompared}


def test_changes_come_from_baselines_if_a_neighbour_has_no_record(tmp_path: Path) -> None:
    store(tmp_path, WHOLE)
    for name in ("tf-2.14", "tf-2.15"):
        accept(tmp_path, replace(WHOLE, target=name))
    [comparison] = gathered(tmp_path, "tf-2.15").comparisons
    assert comparison.source == "baselines"
    assert (comparison.before, comparison.after) == ("tf-2.14", "tf-2.15")


def test_the_command_writes_its_files_and_annotates_on_github(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    store(tmp_path, replace(WHOLE, runs=tuple(twice(gives(1.0, 2.5)))))
    accept(tmp_path, WHOLE)
    arguments = [f"--{name}={tmp_path / name}" for name in ("results", "baselines")]
    options = parser().parse_args([*arguments, "report", "tf-2.15"])
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    assert documents.report(options) == 1
    assert "::error" not in capsys.readouterr().out
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    assert documents.report(options) == 1
    assert "::error title=drift%3A stateful / step::tf-2.15: " in capsys.readouterr().out
    directory = tmp_path / "results" / "report"
    assert sorted(path.name for path in directory.iterdir()) == [
        "badges",
        "behaviours.json",
        "index.html",
        "report.json",
        "report.md",
        "scenarios",
    ]
    assert json.loads((directory / "report.json").read_text("utf-8"))["schema_version"] == 1


@pytest.mark.fault(
    "disks and folders",
    "`report` where the results are a file or missing",
    "exit code 2; nothing is written",
)
@pytest.mark.parametrize("kind", ["a file", "nothing"])
def test_results_that_are_not_a_directory_are_wrong_use_and_stay(tmp_path: Path, kind: str) -> None:
    results = tmp_path / "results"
    if kind == "a file":
        results.write_text("kept", encoding="utf-8")
    options = parser().parse_args([f"--results={results}", "report"])
    with pytest.raises(UsageError, match=str(results)):
        documents.report(options)
    assert (results.read_text("utf-8") == "kept") if kind == "a file" else not results.exists()


def test_the_scripts_that_a_report_links_to_come_with_it_and_run(tmp_path: Path) -> None:
    (tmp_path / "results").mkdir()
    write_report(gathered(tmp_path), tmp_path / "report")
    scripts = tmp_path / "report" / "scenarios"
    for path in (PROBE / "scenarios").glob("*.*"):
        assert (scripts / path.name).read_bytes() == path.read_bytes()
    show = "import steps; print(steps.fixed('kernel').shape)"
    done = subprocess.run(
        [sys.executable, "-c", show], cwd=scripts, capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("(")


def test_records_are_left_as_they_are(tmp_path: Path) -> None:
    path = store(tmp_path, WHOLE)
    before = path.read_bytes()
    gathered(tmp_path)
    assert path.read_bytes() == before
    assert load_record(path) == WHOLE
