"""The scripts of a repository: which they are, and when a baseline is written."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from harness.base.errors import UsageError
from harness.base.project import Project, Scripts, find_project
from harness.environments.targets import Target
from harness.judging.held import Held, hold
from harness.judging.verdicts import Standing
from harness.observing.numerics import Tolerances
from harness.observing.records import save_record
from harness.observing.script_baselines import load_trace, script_baseline, trace_text
from harness.observing.scripts import Trace
from harness.running import holding, trying
from harness.running.holding import (
    OwnScript,
    ScriptCheck,
    ScriptChecking,
    check_record,
    check_script,
    exit_code,
    keep,
    own_scripts,
    without_script,
)
from harness.running.trying import Trial, Tried
from tests.support.makers import SAMPLE, array, record, run, surroundings, twice
from tests.support.traces import did, statement, traced

SCRIPT = [statement(1, "x = f()", binds=["x"])]


@pytest.fixture(autouse=True)
def outside_of_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    for name in ("scripts/b.py", "scripts/a.py", "other/c.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x = 1\n", encoding="utf-8")
    return find_project(tmp_path)


def with_patterns(project: Project, *patterns: str) -> Project:
    return replace(project, scripts=Scripts(patterns=patterns))


def traces(value: float = 1.0) -> Trace:
    return traced(SCRIPT, did(1, {"x": array(value)}), target=SAMPLE.name)


def checked(project: Project, trace: Trace | None, baseline: Trace | None = None) -> ScriptCheck:
    script = OwnScript(path=project.root / "scripts/a.py", name="scripts/a.py")
    tried = Tried(target=SAMPLE, trace=trace, failure="" if trace else "no interpreter")
    held = Held(script=script.name, target=SAMPLE.name, trace=trace, failure="no baseline")
    if trace and baseline:
        held = hold(script.name, baseline, trace, Tolerances())
    return ScriptCheck(script=script, tried=tried, held=held)


def test_the_patterns_of_the_table_name_the_scripts(project: Project) -> None:
    found = own_scripts(with_patterns(project, "scripts/*.py", "other/*", "scripts/a.py"))
    assert [each.name for each in found] == ["other/c.py", "scripts/a.py", "scripts/b.py"]
    assert found[1].results(project) == project.results / "check/scripts/a"


def test_named_scripts_are_in_place_of_the_table(project: Project) -> None:
    found = own_scripts(with_patterns(project, "none/*"), [project.root / "other/c.py"])
    assert [each.name for each in found] == ["other/c.py"]


WRONG = {
    "nothing named": ((), (), 'scripts = ["scripts/*.py"]'),
    "a pattern without a file": (("scripts/*.txt",), (), "'scripts/*.txt' matches no file"),
    "an absolute pattern": (("/*.py",), (), "is no pattern of paths below"),
    "no such script": ((), ("scripts/z.py",), "there is no such script"),
    "a directory": ((), ("scripts",), "there is no such script"),
    "out of the repository": ((), ("../outside.py",), "is not in"),
}


@pytest.mark.parametrize(("patterns", "names", "said"), WRONG.values(), ids=WRONG)
def test_wrong_names_are_refused_with_the_input(
    patterns: tuple[str, ...], names: tuple[str, ...], said: str, project: Project
) -> None:
    (project.root.parent / "outside.py").touch()
    with pytest.raises(UsageError) as raised:
        own_scripts(with_patterns(project, *patterns), [project.root / name for name in names])
    assert said in str(raised.value)


def test_two_scripts_that_would_share_a_baseline_are_refused(project: Project) -> None:
    (project.root / "scripts/a.txt").touch()
    with pytest.raises(UsageError, match="would share a baseline"):
        own_scripts(with_patterns(project, "scripts/a.*"))


def test_a_missing_baseline_is_written_and_one_that_differs_only_when_asked(
    project: Project,
) -> None:
    first = checked(project, traces())
    path = keep(first, anew=False)
    assert path == script_baseline(first.script.path, SAMPLE.name)
    assert load_trace(path) == traces()
    differs = checked(project, traces(2.0), baseline=traces())
    assert differs.held.standing is Standing.REGRESSED
    assert keep(differs, anew=False) is None
    assert keep(checked(project, traces(), baseline=traces()), anew=True) is None
    assert keep(differs, anew=True) == path
    assert load_trace(path) == traces(2.0)


def test_nothing_is_written_in_ci(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    assert keep(checked(project, traces()), anew=True) is None
    assert not (project.root / "scripts/baselines").exists()


def test_a_script_that_did_not_run_or_was_ended_has_no_baseline(project: Project) -> None:
    early = traced(SCRIPT, target=SAMPLE.name, ended=run(end="crashed", detail="SIGSEGV"))
    assert keep(checked(project, None), anew=True) is None
    assert keep(checked(project, early), anew=True) is None


def test_baselines_without_a_script_are_found(project: Project) -> None:
    scripts = own_scripts(with_patterns(project, "scripts/*.py"))
    for name in ("a", "gone"):
        with_baseline(project, f"scripts/baselines/{name}")
    (project.root / "scripts/baselines/.gitattributes").touch()
    assert [path.name for path in without_script(scripts, project)] == ["gone"]
    same = project.with_places(baselines=project.root / "scripts/baselines")
    assert list(without_script(scripts, same)) == []


@pytest.mark.parametrize("pattern", ["*/*.py", "**/*.py", "*.py"])
def test_baselines_are_found_also_where_no_script_is_left(project: Project, pattern: str) -> None:
    (project.root / "own.py").touch()
    place = "baselines/gone" if pattern == "*.py" else "emptied/baselines/gone"
    with_baseline(project, place)
    wanted = with_patterns(project, pattern)
    assert list(without_script(own_scripts(wanted), wanted)) == [project.root / place]


def with_baseline(project: Project, directory: str) -> None:
    path = project.root / directory / "tf-2.15.json"
    path.parent.mkdir(parents=True)
    path.touch()


def test_a_file_of_another_kind_keeps_no_baseline(project: Project) -> None:
    scripts = own_scripts(with_patterns(project, "scripts/*.py"))
    directory = project.root / "scripts"
    with_baseline(project, "scripts/baselines/gone")
    (directory / "gone.md").touch()
    assert [path.name for path in without_script(scripts, project)] == ["gone"]
    (directory / "gone.py").touch()  # which no pattern names
    assert list(without_script(scripts, project)) == []


def test_the_exit_code_is_of_the_worst(project: Project) -> None:
    good = checked(project, traces(), baseline=traces())
    bad = checked(project, traces(2.0), baseline=traces())
    unknown = checked(project, traces())
    not_run = checked(project, None)
    assert exit_code([good], []) == 0
    assert exit_code([good], [project.root]) == 3
    assert exit_code([good, unknown], []) == 3
    assert exit_code([good, not_run], []) == 3
    assert exit_code([not_run, bad, unknown], []) == 1


def test_the_record_of_a_job_is_held_and_another_targets_is_not(project: Project) -> None:
    [script] = own_scripts(project, [project.root / "scripts/a.py"])
    none = check_record(script, SAMPLE, project, Tolerances())
    assert none.held.standing is Standing.NOT_RUN
    assert "there is no record of sample" in none.held.failure
    path = script.results(project) / SAMPLE.name / "record.json"
    path.parent.mkdir(parents=True)
    for target, standing in (("tf-2.9", Standing.NOT_RUN), ("sample", Standing.INCONCLUSIVE)):
        made = record(twice(did(1, {"x": array(1.0)})), target=target, environment=surroundings())
        save_record(replace(made, statements=tuple(SCRIPT)), path)
        found = check_record(script, SAMPLE, project, Tolerances())
        assert found.held.standing is standing
        assert isinstance(found.target, Target)


def test_two_runs_that_happen_to_agree_are_run_more_often(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    def drawn(*values: float) -> Trace:
        first, *rest = ([did(1, {"x": array(value)})] for value in values)
        return traced(SCRIPT, *first, again=rest[0], target=SAMPLE.name)

    found = [drawn(1.0, 1.0), drawn(1.0, 2.0)]
    asked: list[int] = []

    def tries(trial: Trial, targets: Sequence[Target], *_: object) -> Iterator[Tried]:
        asked.append(trial.runs)
        yield Tried(target=targets[0], trace=found[len(asked) - 1])

    monkeypatch.setattr(trying, "try_script", tries)
    monkeypatch.setattr(holding, "try_script", tries)
    [script] = own_scripts(project, [project.root / "scripts/a.py"])
    path = script_baseline(script.path, SAMPLE.name)
    path.parent.mkdir(parents=True)
    path.write_text(trace_text(drawn(1.0, 2.0)), encoding="utf-8")
    how = ScriptChecking(tolerances=Tolerances(), wheels=project.root)
    [check] = check_script(script, [SAMPLE], project, how)
    assert check.held.standing is Standing.UNCHANGED
    assert asked == [2, 6]
