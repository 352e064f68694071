"""What is searched: records, traces and exit codes, and how candidates are compared by them."""

import dataclasses
from pathlib import Path

import pytest

from harness.base.errors import UncheckedError
from harness.environments.locks import digest, read_lock
from harness.environments.virtual_environments import Environment
from harness.observing.probing import Limits
from harness.observing.records import save_record
from harness.search.candidate_runs import Runner
from harness.search.catalogue_subjects import ScenarioSubject
from harness.search.command_subject import Codes, CommandSubject
from harness.search.subjects import Place
from tests.support.makers import gives, record, surroundings, twice
from tests.support.places import CANONICAL, TARGETS, project_at


@pytest.fixture
def place(tmp_path: Path) -> Place:
    (tmp_path / "shown").mkdir()
    return Place(
        target=TARGETS["tf-2.15"],
        environment=Environment(directory=tmp_path / "environment", lock_sha256="a" * 64),
        project=project_at(tmp_path),
        directory=tmp_path / "shown",
        limits=Limits(scenario=20),
    )


def shown(place: Place, command: str, runs: int = 2) -> Codes:
    return CommandSubject(command=command).show(place, runs)


def test_exit_codes_are_good_or_bad(place: Place) -> None:
    good, bad = shown(place, "exit 0"), shown(place, "exit 3")
    subject = CommandSubject(command="exit 3")
    assert subject.differences(good, bad) == [
        "`exit 3`: bad (exit code 3) instead of good (exit code 0)"
    ]
    assert subject.differences(bad, shown(place, "exit 7")) == []


CANNOT_TELL = [
    ("exit 125", "ended with 125: it cannot tell"),
    ("exit 128", "was ended by a signal"),
    ("kill -9 $$", "was ended by a signal"),
]


@pytest.mark.parametrize(("command", "why"), CANNOT_TELL)
def test_exit_codes_that_tell_nothing(place: Place, command: str, why: str) -> None:
    with pytest.raises(UncheckedError, match=why):
        shown(place, command)


def test_a_command_that_takes_too_long_tells_nothing(place: Place) -> None:
    slow = dataclasses.replace(place, limits=Limits(scenario=0.2))
    with pytest.raises(UncheckedError, match=r"took longer than 0\.2 s"):
        shown(slow, "sleep 20")


def test_a_command_finds_the_python_of_the_candidate_first(place: Place) -> None:
    binaries = place.environment.directory / "bin"
    binaries.mkdir(parents=True)
    (binaries / "python").write_text("#!/bin/sh\nexit 5\n", encoding="utf-8")
    (binaries / "python").chmod(0o755)
    assert shown(place, "python -c 'ignored'").codes == (5, 5)


def test_runs_that_do_not_agree_are_both(place: Place) -> None:
    count = place.directory / "count"
    command = f"test -e {count} && exit 1; touch {count}"
    found = shown(place, command)
    assert (found.codes, found.verdict) == ((0, 1), "both")
    subject = CommandSubject(command=command)
    assert [each.verdict for each in subject.each_run(found)] == ["good", "bad"]


def test_what_was_kept_counts_for_the_same_lock_and_at_most_as_many_runs(place: Place) -> None:
    subject = CommandSubject(command="exit 1")
    assert subject.kept(place.directory, "a" * 64, 1) is None
    made = subject.show(place, 2)
    assert subject.kept(place.directory, "a" * 64, 2) == made
    assert subject.kept(place.directory, "a" * 64, 3) is None
    assert subject.kept(place.directory, "b" * 64, 2) is None
    (place.directory / "codes.json").write_text("{}", encoding="utf-8")
    assert subject.kept(place.directory, "a" * 64, 2) is None


def test_another_command_has_other_results() -> None:
    assert CommandSubject(command="a").key != CommandSubject(command="b").key


def test_what_a_search_does_not_run_is_not_missed_by_it(tmp_path: Path) -> None:
    script = tmp_path / "stateful.py"
    script.touch()
    subject = ScenarioSubject(name="stateful", script=script)
    made = record(twice(gives(1.0)), environment=surroundings())
    for number in (1, 2):
        results = tmp_path / str(number)
        results.mkdir()
        part = dataclasses.replace(made, left_out=("reset", "internals"), lock_sha256="a" * 64)
        save_record(part, results / "record.json")
    old, new = (subject.kept(tmp_path / str(number), "a" * 64, 2) for number in (1, 2))
    assert old is not None
    assert new is not None
    assert (subject.differences(old, new), subject.not_compared(old, new)) == ([], [])


def test_that_an_earlier_search_could_not_tell_is_said_to_be_its_word(
    place: Place, tmp_path: Path
) -> None:
    """Or a candidate that once took too long would do so for ever, whatever the limit is now."""
    locks = CANONICAL.locks
    script = tmp_path / "stateful.py"
    script.touch()
    died = [dataclasses.replace(e, end="timed out", detail="after 1 s") for e in twice(gives(1.0))]
    made = record(died, environment=surroundings(), target=place.target.name)
    lock_sha256 = digest(read_lock(place.target, locks))
    (tmp_path / "results" / place.target.name).mkdir(parents=True)
    save_record(
        dataclasses.replace(made, lock_sha256=lock_sha256),
        tmp_path / "results" / place.target.name / "record.json",
    )
    runner = Runner(
        subject=ScenarioSubject(name="stateful", script=script),
        project=dataclasses.replace(place.project, locks=locks),
        results=tmp_path / "results",
        limits=place.limits,
        targets=(place.target.name,),
        budget=0,
    )
    ran = runner.run(place.target, 2)
    assert "after 1 s" in ran.reason
    assert ran.kept
