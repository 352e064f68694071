"""Disks that are full or read-only: an error that names the path, and nothing half written."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.fakes import TARGET, Fake
from tests.support.mounts import full, read_only
from tests.support.places import ROOT


@pytest.fixture(scope="module")
def accepted(tmp_path_factory: pytest.TempPathFactory) -> Fake:
    """A target that is as its baselines say, with one night in the archive."""
    made = Fake.make(tmp_path_factory.mktemp("disks") / "project")
    assert made.run("run", TARGET).returncode == 3
    done = made.run("nightly", TARGET)
    assert done.returncode == 0, done.stdout + done.stderr
    return made


def contents(directory: Path) -> dict[str, bytes]:
    paths = [path for path in directory.rglob("*") if path.is_file()]
    return {str(path.relative_to(directory)): path.read_bytes() for path in paths}


# the command, the place that is full ("new": results without a file), the free KiB, the file
FULL: dict[str, tuple[list[str], str, int, str]] = {
    "no record fits": (["run", TARGET], "new", 20, "verdicts.json"),
    "a record fits, no junit.xml": (["run", TARGET], "new", 44, "verdicts.json"),
    "no verdicts fit": (["run", TARGET], "new", 80, "verdicts.json"),
    "no journal of a matrix fits": (["matrix", TARGET], "new", 0, "matrix.json"),
    "no report fits": (["report"], "results", 12, "report/"),
    "no night fits": (["nightly", TARGET], "archive", 0, "nights.json"),
}


@pytest.mark.fault(
    "disks and folders",
    "the disk of the results or of the archive is full: at the record, junit.xml, the verdicts, "
    "the journal of a matrix, the report, or the log of nights",
    "exit code 3 and a line with the path and the way out; every file is whole",
)
@pytest.mark.parametrize(("command", "place", "free", "named"), FULL.values(), ids=FULL)
def test_a_full_disk_is_an_error_and_leaves_no_half_file(
    command: list[str], place: str, free: int, named: str, accepted: Fake, tmp_path: Path
) -> None:
    directory = tmp_path / "new" if place == "new" else getattr(accepted.project, place)
    results = directory if place == "new" else accepted.results
    before, kept = contents(directory), tmp_path / "kept"
    done = accepted.run(f"--results={results}", *command, before=full(directory, free, kept))
    assert done.returncode == 3, done.stdout + done.stderr
    [error] = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert error.startswith(f"error: {directory}/")
    assert named in error
    assert error.endswith("No space left on device; free some space, or name another directory")
    after = contents(kept)
    assert [name for name in after if name.endswith(".part")] == []
    for name, data in after.items():
        unchanged = data == before.get(name, b"")
        assert unchanged or name.endswith(".log") or data.endswith((b"}", b"]", b">")), name


@pytest.mark.fault(
    "disks and folders",
    "the disk of the baselines is full: a first run, or --force-regen",
    "exit code 3 or, where something differs, 1; a warning names the path; old baselines are whole",
)
@pytest.mark.parametrize("regenerating", [False, True], ids=["a first run", "--force-regen"])
def test_a_full_disk_leaves_no_half_baseline(
    *, regenerating: bool, accepted: Fake, tmp_path: Path
) -> None:
    baselines, kept = tmp_path / "baselines", tmp_path / "kept"
    if regenerating:
        shutil.copytree(accepted.baselines, baselines)
        file = baselines / TARGET / "reset-fixed.json"
        file.write_text(file.read_text(encoding="utf-8").replace("1.0", "2.0"), encoding="utf-8")
    done = accepted.run(
        *(f"--baselines={baselines}", f"--results={tmp_path / 'results'}", "run", TARGET),
        *(["--force-regen"] if regenerating else []),
        before=full(baselines, 0, kept),
    )
    assert done.returncode == (1 if regenerating else 3), done.stdout + done.stderr
    [warning] = done.stderr.splitlines()
    assert warning.startswith(f"{TARGET}: {baselines}/{TARGET}")
    assert "No space left on device; free some space" in warning
    assert contents(kept) == (contents(baselines) if regenerating else {})


READ_ONLY: dict[str, tuple[list[str], str, int]] = {
    "results": (["run", TARGET], "results", 3),
    "results of a matrix": (["matrix", TARGET], "results", 3),
    "results of a report": (["report"], "results", 3),
    "environments": (["run", TARGET], "environments", 3),
    "archive": (["nightly", TARGET], "archive", 3),
    "baselines that are not to be written": (["run", TARGET], "baselines", 0),
}


@pytest.mark.fault(
    "disks and folders",
    "results, environments or archive are read-only",
    "exit code 3 and a line with the path and the way out; read-only baselines pass",
)
@pytest.mark.parametrize(("command", "place", "code"), READ_ONLY.values(), ids=READ_ONLY)
def test_a_read_only_directory_is_an_error_where_it_has_to_be_written(
    command: list[str], place: str, code: int, accepted: Fake
) -> None:
    directory = getattr(accepted.project, place)
    before = contents(directory)
    done = accepted.run(*command, before=read_only(directory))
    assert done.returncode == code, done.stdout + done.stderr
    assert contents(directory) == before
    said = joined(done)
    assert (f"{directory}" in said and "Read-only file system; " in said) == bool(code)
    assert "Traceback" not in said


@pytest.mark.fault(
    "disks and folders",
    "the baselines are read-only, and --force-regen is asked for",
    "exit code 1, and a warning names the path and the way out",
)
def test_read_only_baselines_are_not_regenerated(accepted: Fake, tmp_path: Path) -> None:
    scenarios = accepted.project.scenarios / "reset.py"
    text = scenarios.read_text(encoding="utf-8")
    scenarios.write_text(text.replace("1.0", "2.0"), encoding="utf-8")
    arguments = (f"--results={tmp_path}", "run", TARGET, "--force-regen")
    done = accepted.run(*arguments, before=read_only(accepted.baselines))
    scenarios.write_text(text, encoding="utf-8")
    assert done.returncode == 1, done.stdout + done.stderr
    [warning] = done.stderr.splitlines()
    assert "Read-only file system; make its directory writable" in warning


@pytest.mark.fault(
    "environments",
    "the disk fills up while an environment is made",
    "exit code 3 with the message of uv; nothing of the environment is left",
)
def test_an_environment_that_does_not_fit_is_not_left_half_made(
    accepted: Fake, tmp_path: Path
) -> None:
    environments, kept = tmp_path / "environments", tmp_path / "kept"
    done = accepted.run(
        *(f"--environments={environments}", f"--results={tmp_path}", "run", TARGET),
        before=full(environments, 0, kept),
    )
    assert done.returncode == 3, done.stdout + done.stderr
    assert "No space left on device" in " ".join(done.stdout.split())
    assert list(contents(kept)) == [f"{TARGET}.lock"]


@pytest.mark.fault(
    "disks and folders",
    "the whole checkout is read-only, with the harness and the project in it",
    "what only reads works; a run is exit code 3 and names the option for another directory, and "
    "passes with that",
)
def test_a_read_only_checkout_serves_with_results_and_environments_elsewhere(
    accepted: Fake, tmp_path: Path
) -> None:
    before = contents(accepted.root)
    locked = (*read_only(ROOT), *read_only(accepted.root))
    for reading in (["targets"], ["diff", TARGET, TARGET, "--accepted"]):
        done = accepted.run(*reading, before=locked)
        assert done.returncode == 0, done.stdout + done.stderr
    done = accepted.run("run", TARGET, before=locked)
    assert done.returncode == 3
    assert f"{accepted.results}: nothing can be written there: Read-only" in joined(done)
    assert "name another directory with --results" in joined(done)
    elsewhere = Fake.make(tmp_path / "elsewhere").project
    places = (f"--results={elsewhere.results}", f"--environments={elsewhere.environments}")
    done = accepted.run(*places, "run", TARGET, before=locked)
    assert done.returncode == 0, done.stdout + done.stderr
    assert contents(accepted.root) == before


NO_CACHE = ("env", "--unset=XDG_CACHE_HOME")
NO_HOME = {
    "none": (*NO_CACHE, "--unset=HOME"),
    "one that cannot be": (*NO_CACHE, "HOME=/dev/null/home"),
}


@pytest.mark.fault(
    "disks and folders", "HOME is not set, is read-only, or cannot be", "a project needs no home"
)
@pytest.mark.parametrize("home", [*NO_HOME, "a read-only one"])
def test_a_project_needs_no_home(home: str, accepted: Fake, tmp_path: Path) -> None:
    read_only_home = (*read_only(tmp_path), *NO_CACHE, f"HOME={tmp_path}")
    before = NO_HOME.get(home, read_only_home)
    for command in (["run", TARGET], ["report"], ["nightly", TARGET]):
        done = accepted.run(*command, before=before)
        assert done.returncode == 0, done.stdout + done.stderr
        assert done.stderr == ""


@pytest.mark.fault(
    "disks and folders",
    "HOME is read-only or cannot be, where environments go to its cache",
    "exit code 3 and a line with the path and the option for another directory",
)
@pytest.mark.parametrize("home", ["one that cannot be", "a read-only one"])
def test_environments_below_an_unusable_home_are_an_error_that_names_the_option(
    home: str, tmp_path: Path
) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "work").mkdir()
    if home == "a read-only one":
        place, why = tmp_path / "home", "Read-only file system"
        before = (*read_only(place), *NO_CACHE, f"HOME={place}")
    else:
        place, why, before = Path("/dev/null/home"), "Not a directory", NO_HOME[home]
    outside = Fake(root=tmp_path / "work")
    done = outside.run(f"--baselines={tmp_path / 'baselines'}", "run", TARGET, before=before)
    assert done.returncode == 3, done.stdout + done.stderr
    said = joined(done)
    assert f"{place}/.cache/" in said.replace(" ", "")  # a long path is cut at the line's end
    assert f"nothing can be written there: {why}" in said
    assert "name another directory with --environments" in said
    assert "Traceback" not in said


def joined(done: subprocess.CompletedProcess[str]) -> str:
    """All that was printed, in one line."""
    return " ".join((done.stdout + done.stderr).split())
