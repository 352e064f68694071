"""The output, the files and the exit codes of several commands."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from harness.base.project import Project
from harness.commands import parser
from harness.environments.targets import Target
from harness.observing.baselines import INTERNALS, internals_document, steps_document
from harness.observing.records import Failure, Observation, Record
from tests.support.makers import accept, gives, raises, record, run, surroundings, twice
from tests.unit.commands.conftest import Call

HERE = surroundings()
FAILS, ONE, TWO = raises("no"), gives(1.0), gives(2.0)


def write(path: Path, content: Record) -> str:
    path.write_bytes(msgspec.json.encode(content))
    return str(path)


def of(*observations: Observation, name: str = "sample") -> Record:
    return record(twice(*observations), environment=HERE, target=name)


CRASHED = record(
    [run(end="crashed", unfinished="step", detail="SIGSEGV")], environment=HERE, target="crashed"
)
UNWATCHED = record(twice(ONE), environment=HERE, internals_failure="timed out")
FAILED = record([], environment=HERE, failure=Failure(type="Crash", message="no tensorflow"))

CODES: dict[str, tuple[Record, Record, int]] = {
    "the same": (of(ONE), of(ONE), 0),
    "rounding": (of(ONE), of(gives(1.0 + 2.0**-23)), 0),
    "other values": (of(ONE), of(TWO), 1),
    "works at last": (of(FAILS), of(ONE), 1),
    "a crash": (of(ONE), CRASHED, 3),
    "a crash before": (CRASHED, of(ONE), 3),
    "internals that could not be watched": (of(ONE), UNWATCHED, 3),
    "other values beside a crash": (UNWATCHED, of(TWO), 1),
    "nothing observed": (of(ONE), FAILED, 3),
}


@pytest.mark.parametrize(("before", "after", "code"), CODES.values(), ids=CODES)
def test_a_diff_of_records_has_the_exit_code_of_what_differs(
    before: Record, after: Record, code: int, call: Call, tmp_path: Path
) -> None:
    paths = [write(tmp_path / name, each) for name, each in (("a.json", before), ("b.json", after))]
    assert call("diff", *paths) == code


TEXT, MARKDOWN = (
    " 1. stateful: other values",
    "# sample → sample\n\n1 cause, 1 finding: 0 explained",
)
FORMATS = {
    "text": (["--format", "text"], TEXT),
    "text, if none is asked for": ([], TEXT),
    "markdown": (["--format=markdown"], MARKDOWN),
}


@pytest.mark.parametrize(("arguments", "begin"), FORMATS.values(), ids=FORMATS)
def test_a_diff_has_the_format_that_is_asked_for(
    arguments: list[str], begin: str, call: Call, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before, after = write(tmp_path / "a.json", of(ONE)), write(tmp_path / "b.json", of(TWO))
    assert call("diff", *arguments, before, after) == 1
    printed = capsys.readouterr()
    assert printed.out.startswith(begin)
    assert "mean 2 instead of 1; 1 of 1 value differs" in printed.out
    assert printed.err == ""


SELECTED: dict[str, tuple[list[str], list[str]]] = {
    "everything": ([], ["other values", "newly raises", "package"]),
    "unknown": (["--only=unknown"], ["other values", "newly raises"]),
    "explained": (["--only", "explained"], []),
    "a scenario": (["--scenario=stateful"], ["other values", "newly raises"]),
    "a kind": (["--kind", "newly raises"], ["newly raises"]),
    "a kind that is no finding": (["--kind=package"], ["package"]),
    "a kind of one class": (["--kind=package", "--only=unknown"], []),
    "all three": (
        ["--kind=other values", "--only=unknown", "--scenario=stateful"],
        ["other values"],
    ),
}


@pytest.mark.parametrize(("options", "kinds"), SELECTED.values(), ids=SELECTED)
def test_a_part_of_a_diff_is_shown_and_the_exit_code_is_that_of_the_whole(
    options: list[str],
    kinds: list[str],
    call: Call,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    b, other = gives(1.0, step="b"), surroundings({"tensorflow": "2.16.0"})
    before = write(tmp_path / "a.json", of(ONE, b))
    after = write(tmp_path / "b.json", replace(of(TWO, raises("no", step="b")), environment=other))
    assert call("diff", before, after, "--format=json", *options) == 1
    document = json.loads(capsys.readouterr().out)
    assert [each["kind"] for each in document["changes"]] == kinds
    assert document["totals"]["left out"] == 3 - len(kinds)
    assert call("diff", before, after, *options) == 1
    said = [line for line in capsys.readouterr().out.splitlines() if "sample → sample: " in line]
    assert len(said) == 1
    assert ("not selected" in said[0]) is (len(kinds) < 3)
    assert "No difference" not in said[0]


def test_a_scenario_that_neither_side_observed_is_wrong_use(
    call: Call, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before, after = write(tmp_path / "a.json", of(ONE)), write(tmp_path / "b.json", of(TWO))
    assert call("diff", before, after, "--scenario=statefull") == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "--scenario: 'statefull' is none of those observed: stateful" in printed.err


@pytest.mark.parametrize("option", ["--only=accepted", "--kind=vanished"])
def test_a_part_that_is_none_is_wrong_use(
    option: str, call: Call, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(tmp_path / "a.json", of(ONE))
    with pytest.raises(SystemExit) as raised:
        call("diff", path, path, option)
    assert raised.value.code == 2
    assert f"argument {option.partition('=')[0]}: invalid" in capsys.readouterr().err


def test_a_diff_in_json_can_be_decoded(
    call: Call, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before, after = write(tmp_path / "a.json", of(ONE)), write(tmp_path / "b.json", CRASHED)
    assert call("diff", before, after, "--format=json") == 3
    document = json.loads(capsys.readouterr().out)
    assert (document["before"]["name"], document["after"]["name"]) == ("sample", "crashed")
    assert document["changes"] == []
    assert document["lost"] == ["crashed: stateful / fixed: run 1 crashed: SIGSEGV"]


def accept_of(target: str, directory: Path, *observations: Observation) -> None:
    """Baselines of a target."""
    place = directory / "baselines" / target
    place.mkdir(parents=True)
    steps_document(accept(*observations)).write(place / "stateful-fixed.json")
    internals_document({}).write(place / INTERNALS)


def test_what_is_accepted_of_targets_is_compared_and_nothing_run(
    call: Call, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    accept_of("tf-2.0", tmp_path, gives(1.0, step="second pass"))
    accept_of("tf-2.1", tmp_path, raises("no", step="second pass"))
    assert call("diff", "tf-2.0", "tf-2.1", "--accepted", "--format=json") == 1
    document = json.loads(capsys.readouterr().out)
    assert document["after"]["tensorflow"] == "2.1.4"
    assert document["totals"]["newly raises"] == 1
    assert call("diff", "tf-2.0", "tf-2.0", "--accepted") == 0
    assert not (tmp_path / "environments").exists()
    assert not (tmp_path / "results").exists()


def test_a_record_and_what_is_accepted_can_be_compared(call: Call, tmp_path: Path) -> None:
    accept_of("tf-2.0", tmp_path, ONE)
    assert call("diff", "tf-2.0", write(tmp_path / "a.json", of(ONE)), "--accepted") == 0


def test_an_upgrade_runs_nothing_and_is_no_check(
    call: Call, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    accept_of("tf-2.0", tmp_path, gives(1.0, step="second pass"))
    accept_of("tf-2.1", tmp_path, raises("no", step="second pass"))
    assert call("upgrade", "2.0", "tf-2.1", "--format=json") == 0
    document = json.loads(capsys.readouterr().out)
    assert document["targets"] == ["tf-2.0", "tf-2.1"]
    [event] = [event for need in document["needs"] for event in need["events"]]
    assert (event["step"], event["kind"]) == ("stateful / second pass", "newly raises")
    assert call("upgrade", "2.1", "2.0") == 0
    assert capsys.readouterr().out.startswith("# With hidden state, from tf-2.1 to tf-2.0\n")
    assert not (tmp_path / "results").exists()


WRONG = {
    "diff of a target that is none": (
        ["diff", "tf-9.9", "tf-2.0", "--accepted"],
        "there is no target 'tf-9.9' (did you mean tf-2.9,",
    ),
    "diff with a target that is none": (
        ["diff", "tf-9.8", "tf-9.9", "--accepted"],
        "there is no target 'tf-9.8'",
    ),
    "upgrade from a release that is none": (
        ["upgrade", "1.15", "2.9"],
        "there is no target '1.15' (did you mean ",
    ),
    "upgrade to a release that is none": (
        ["upgrade", "2.9", "4.0"],
        "there is no target '4.0'",
    ),
    "upgrade to the same": (["upgrade", "2.9", "tf-2.9"], "from tf-2.9 to tf-2.9"),
}


@pytest.mark.parametrize(("arguments", "said"), WRONG.values(), ids=WRONG)
def test_a_wrong_name_is_exit_code_2_and_one_line_that_names_it(
    arguments: Sequence[str],
    said: str,
    call: Call,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for target in ("tf-2.0", "tf-2.9"):
        accept_of(target, tmp_path, ONE)
    assert call(*arguments) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith(f"error: {said}")
    assert printed.err.count("\n") == 1


def test_a_notebook_is_refused_with_the_way_out(
    call: Call, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    notebook = tmp_path / "model.ipynb"
    notebook.write_text("{}", encoding="utf-8")
    assert call("try", str(notebook)) == 2
    assert "is a notebook; `jupyter nbconvert --to script`" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ("--cwd=.", "--dask sends no directory; leave it out"),
        ("--with=.", "--dask sends no project; name a requirement"),
        ("--watch", "--watch and --dask exclude each other"),
    ],
)
def test_a_cluster_gets_no_directory_of_this_machine(
    option: str, said: str, call: Call, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    script = tmp_path / "script.py"
    script.touch()
    assert call("try", str(script), "--on=tf-2.15", "--dask=tcp://127.0.0.1:1", option) == 2
    assert said in capsys.readouterr().err


def test_nor_does_a_cluster_that_searches(
    call: Call, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    script = tmp_path / "script.py"
    script.touch()
    ends = ("--good=tf-2.15", "--bad=tf-2.16")
    assert call("bisect", str(script), *ends, "--dask=tcp://127.0.0.1:1", "--with=.") == 2
    assert "--dask sends no project; name a requirement" in capsys.readouterr().err


def test_a_wrong_name_is_refused_before_anything_runs(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    def observe(target: Target, *_: object, **__: object) -> Record:
        pytest.fail(f"{target.name} was run")

    monkeypatch.setattr("harness.observing.probing.observe", observe)
    assert call("diff", "tf-2.0", "tf-9.9") == 2


@pytest.mark.parametrize("name", ["none.json", "half.json"])
def test_a_record_that_cannot_be_read_is_exit_code_3_and_named(
    name: str, call: Call, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "half.json").write_text("{", encoding="utf-8")
    sound = write(tmp_path / "a.json", of(ONE))
    for paths in ((sound, str(tmp_path / name)), (str(tmp_path / name), sound)):
        assert call("diff", *paths) == 3
        assert capsys.readouterr().err.startswith(f"error: {tmp_path / name}: ")


def test_a_target_without_baselines_is_exit_code_3_and_named(
    call: Call, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call("diff", "tf-2.0", "tf-2.1", "--accepted") == 3
    said = capsys.readouterr().err
    assert "baselines/tf-2.0/internals.json: the baseline is missing; " in said
    assert said.count("\n") == 1


def test_a_target_with_a_damaged_baseline_is_exit_code_3_and_named(
    call: Call, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    accept_of("tf-2.0", tmp_path, ONE)
    path = tmp_path / "baselines" / "tf-2.0" / "stateful-fixed.json"
    path.write_text("{", encoding="utf-8")
    assert call("diff", "tf-2.0", "tf-2.0", "--accepted") == 3
    assert capsys.readouterr().err.startswith(f"error: {path}: cannot be read as a baseline: ")


@pytest.mark.parametrize(
    "arguments",
    [
        ["diff"],
        ["diff", "tf-2.0"],
        ["diff", "tf-2.0", "tf-2.1", "tf-2.2"],
        ["diff", "--format=html", "tf-2.0", "tf-2.1"],
        ["diff", "--threads=0", "tf-2.0", "tf-2.1"],
        ["upgrade", "2.9"],
        ["upgrade", "--accepted", "2.9", "2.10"],
        ["known", "tf-2.0"],
    ],
    ids=" ".join,
)
def test_arguments_that_do_not_parse_are_exit_code_2(
    arguments: list[str], call: Call, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as left:
        call(*arguments)
    assert left.value.code == 2
    assert capsys.readouterr().err.startswith("usage: state-harness")


def test_a_diff_takes_as_many_threads_as_tensorflow_likes_unless_told() -> None:
    assert parser().parse_args(["diff", "a", "b"]).threads is None
    options = parser().parse_args(["diff", "a", "b", "--threads", "2", "--jobs=1"])
    assert (options.threads, options.jobs, options.accepted, options.format) == (
        2,
        1,
        False,
        "text",
    )


def test_each_side_is_run_in_a_directory_of_its_own(
    call: Call, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    seen = []

    def observe(target: Target, project: Project, results: Path, **how: object) -> Record:
        seen.append((target.name, project.environments, results, how["threads"]))
        return of(ONE)

    monkeypatch.setattr("harness.observing.probing.observe", observe)
    assert call("diff", "tf-2.0", "tf-2.0", "--threads=2") == 0
    assert seen == [
        ("tf-2.0", tmp_path / "environments", tmp_path / "results" / "tf-2.0" / side, 2)
        for side in ("diff-a", "diff-b")
    ]
