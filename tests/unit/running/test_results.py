"""The files of a run are read as they are, and whatever is wrong with them is a failure."""

import datetime
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from harness.base.errors import UncheckedError
from harness.base.project import Project
from harness.judging.verdicts import Outcome, Standing
from harness.observing.baselines import (
    DISTRIBUTIONS,
    INTERNALS,
    distributions_text,
    file_name,
    internals_document,
    steps_document,
)
from harness.observing.internals import describe
from harness.observing.records import Failure, Record
from harness.running.results import (
    Checked,
    Ended,
    TargetFiles,
    TargetResult,
    files_of,
    read_result,
)
from tests.support.makers import (
    RELEASE,
    SAMPLE,
    accept,
    gives,
    internal,
    record,
    surroundings,
    twice,
    verdict,
)
from tests.support.places import CRITERIA, project_at

NOW = datetime.datetime(2024, 1, 1, 12, tzinfo=datetime.UTC)  # on the day of `record`
ONE = gives(1.0, step="one")
SOUND = record(twice(ONE, scenario="reset"), internals=[internal()], environment=surroundings())
OTHER = replace(SOUND, runs=tuple(twice(gives(2.0, step="one"), scenario="reset")))
FAILED = replace(
    SOUND, environment=None, runs=(), failure=Failure(type="Crash", message="no tensorflow")
)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project with the baselines of `SOUND`."""
    made = project_at(tmp_path)
    directory = made.baselines / SAMPLE.name
    directory.mkdir(parents=True)
    steps_document(accept(ONE)).write(directory / file_name("reset", "fixed"))
    internals_document(describe(SOUND)).write(directory / INTERNALS)
    (directory / DISTRIBUTIONS).write_text(distributions_text(RELEASE), encoding="utf-8")
    return made


def put(path: Path, content: Record | Checked | bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else msgspec.json.encode(content))


def read(project: Project) -> TargetResult:
    return read_result(SAMPLE, project, CRITERIA, NOW)


def files(project: Project) -> TargetFiles:
    return files_of(SAMPLE.name, project.results)


def test_a_target_that_was_not_run_has_no_result(project: Project) -> None:
    found = read(project)
    assert found == TargetResult(target=SAMPLE)
    assert (found.ran, found.verdicts, found.standing) == (False, (), Standing.NOT_RUN)


RECORDS: dict[str, tuple[Record, Standing, str]] = {
    "as its baseline": (SOUND, Standing.UNCHANGED, ""),
    "other values": (OTHER, Standing.REGRESSED, ""),
    "no tensorflow": (FAILED, Standing.INCONCLUSIVE, "Crash: no tensorflow"),
}


@pytest.mark.parametrize(("content", "standing", "failure"), RECORDS.values(), ids=RECORDS)
def test_a_record_is_judged(
    content: Record, standing: Standing, failure: str, project: Project
) -> None:
    put(files(project).record, content)
    put(files(project).verdicts, b"{")  # the record says the same, and more
    found = read(project)
    assert (found.ran, found.standing, found.failure) == (True, standing, failure)
    assert (found.record, found.checked, found.damaged) == (content, None, ())


PARTS = {
    "as its baseline": (SOUND, Standing.NOT_RUN),
    "other values": (OTHER, Standing.REGRESSED),
    "no tensorflow": (FAILED, Standing.INCONCLUSIVE),
}


@pytest.mark.parametrize(("content", "standing"), PARTS.values(), ids=PARTS)
def test_a_record_of_a_part_never_makes_a_target_unchanged(
    content: Record, standing: Standing, project: Project
) -> None:
    put(files(project).record, replace(content, left_out=("stateful",)))
    found = read(project)
    assert (found.left_out, found.standing) == (("stateful",), standing)


def test_of_a_run_without_a_record_its_verdicts_are_taken(project: Project) -> None:
    checked = Checked(
        target=SAMPLE.name,
        verdicts=(verdict(Outcome.NO_INTERPRETER),),
        failure="no Python 3.7",
        exit_code=3,
    )
    put(files(project).verdicts, checked)
    found = read(project)
    assert (found.checked, found.verdicts) == (checked, checked.verdicts)
    assert (found.failure, found.standing) == ("no Python 3.7", Standing.NOT_RUN)


# how a file is damaged, its name, and the reason
DAMAGES: dict[str, tuple[Callable[[TargetFiles], object], str, str]] = {
    "half of the verdicts": (
        lambda f: put(f.verdicts, b"{"),
        "verdicts.json",
        "cannot be read as verdicts",
    ),
    "verdicts of another layout": (
        lambda f: put(f.verdicts, b'{"target": "sample", "schema_version": 2}'),
        "verdicts.json",
        "cannot be read as verdicts",
    ),
    "half of a record": (lambda f: put(f.record, b"{"), "record.json", ""),
    "the record of another target": (
        lambda f: put(f.record, replace(SOUND, target="tf-2.9")),
        "record.json",
        "a record of 'tf-2.9', not of 'sample'",
    ),
    "a record of the day after tomorrow": (
        lambda f: put(f.record, replace(SOUND, started="2024-01-03T00:00:00+00:00")),
        "record.json",
        "is a clock wrong?",
    ),
}


@pytest.mark.fault(
    "files",
    "verdicts or a record are cut off, of another target, or from the future",
    "the target is inconclusive, and the message names the file",
)
@pytest.mark.parametrize(("write", "name", "said"), DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_file_is_a_failure_that_names_it(
    write: Callable[[TargetFiles], object], name: str, said: str, project: Project
) -> None:
    write(files(project))
    found = read(project)
    assert found.failure.startswith(f"{files(project).directory / name}: ")
    assert said in found.failure
    assert found.damaged == (found.failure,)
    assert (found.ran, found.standing) == (True, Standing.INCONCLUSIVE)


@pytest.mark.fault(
    "files", "a baseline is damaged", "the message names it, and the others are compared"
)
def test_a_damaged_baseline_is_named_and_the_others_are_compared(project: Project) -> None:
    put(files(project).record, SOUND)
    path = project.baselines / SAMPLE.name / file_name("reset", "fixed")
    path.write_text("{", encoding="utf-8")
    found = read(project)
    [damaged] = found.damaged
    assert damaged.startswith(f"{path}: cannot be read")
    assert {v.outcome for v in found.verdicts if not v.outcome.silent} == {
        Outcome.NO_BASELINE,
        Outcome.IDENTICAL,
    }


FIRSTS: dict[str, tuple[Record | bytes | None, bool]] = {
    "none": (None, False),
    "one that was observed": (OTHER, True),
    "one that observed nothing": (FAILED, False),
    "a damaged one": (b"{", False),
    "that of another target": (replace(OTHER, target="tf-2.9"), False),
}


@pytest.mark.parametrize(("first", "judged"), FIRSTS.values(), ids=FIRSTS)
def test_a_first_try_is_judged_if_it_observed_anything(
    first: Record | bytes | None, judged: bool, project: Project
) -> None:
    put(files(project).record, SOUND)
    if first is not None:
        put(files(project).first_record, first)
    found = read(project)
    assert (found.first is not None) is judged
    assert (found.standing, found.failure, found.damaged) == (Standing.UNCHANGED, "", ())
    assert not found.first or Outcome.DRIFT in {v.outcome for v in found.first.verdicts}


def test_verdicts_are_read_as_they_were_written(project: Project) -> None:
    assert files(project).read_verdicts() is None
    checked = Checked(target="sample", verdicts=(verdict(Outcome.DRIFT, mean=0.1),), exit_code=1)
    files(project).write_verdicts(checked)
    assert files(project).read_verdicts() == checked
    ended = files(project).read_end()
    assert ended == Ended(target="sample", exit_code=1)
    files(project).verdicts.write_bytes(b"\xff")
    assert files(project).read_end() is None
    with pytest.raises(UncheckedError, match=r"verdicts\.json.* run the target again"):
        files(project).read_verdicts()


def test_clearing_removes_the_files_of_a_run_and_no_other(project: Project) -> None:
    mine = files(project).directory / "mine.txt"
    for path in (*files(project).all, mine):
        put(path, b"stale")
    files(project).clear()
    assert list(files(project).directory.iterdir()) == [mine]
