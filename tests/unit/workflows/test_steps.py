"""The steps of the workflows that handle irreplaceable files, run on repositories of git."""

import os
import subprocess
from fnmatch import fnmatch
from pathlib import Path

import pytest

import noxfile  # noqa: F401 - registers its sessions with nox
from harness.upkeep.jobs import OLD_RUNNERS
from tests.support.places import TARGETS
from tests.support.workflows import WORKFLOWS, jobs, run_script, step


def git(directory: Path, *arguments: str) -> str:
    command = ["git", "-c", "user.name=a", "-c", "user.email=a@example.org", *arguments]
    done = subprocess.run(command, cwd=directory, capture_output=True, text=True, check=True)
    return done.stdout.strip()


class Runner:
    """A checkout of the repository at `origin`, and a directory for temporary files."""

    def __init__(self, directory: Path, origin: Path) -> None:
        self.checkout = directory / "checkout"
        self.temporary = directory / "temporary"
        self.archive = self.temporary / "archive"
        self.temporary.mkdir(parents=True)
        git(directory, "clone", "--quiet", "--depth=1", f"file://{origin}", "checkout")

    def run(self, job: str, name: str, workflow: str = "nightly.yml", **variables: str) -> int:
        """The exit code of a step, run as GitHub runs it."""
        script = step(job, name, workflow)["run"]
        return run_script(script, self.checkout, RUNNER_TEMP=str(self.temporary), **variables)

    def fetch(self) -> int:
        return self.run("night", "Fetch the archive")

    def store(self) -> int:
        return self.run("archive", "Store the archive")

    def replace_program(self, program: str, answer: str = "") -> dict[str, str]:
        """The variables with which `program` only logs its arguments, and prints `answer`."""
        path = self.temporary / "bin" / program
        path.parent.mkdir(exist_ok=True)
        path.write_text(f'#!/bin/sh\necho "$@" >> "{path}.log"\necho {answer}\n')
        path.chmod(0o755)
        return {"PATH": f"{path.parent}:{os.environ['PATH']}"}

    def logged(self, program: str) -> list[str]:
        return (self.temporary / "bin" / f"{program}.log").read_text().splitlines()


@pytest.fixture
def origin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)  # a runner has no settings of a user
    path = tmp_path / "origin"
    git(tmp_path, "init", "--quiet", "--initial-branch=main", "origin")
    (path / "README.md").write_text("a project")
    git(path, "add", ".")
    git(path, "commit", "--quiet", "-m", "the first")
    return path


def nights(origin: Path) -> dict[str, str]:
    """The files on the branch of the archive, with their texts."""
    names = git(origin, "ls-tree", "-r", "--name-only", "nights").splitlines()
    return {name: git(origin, "show", f"nights:{name}") for name in names}


def test_each_night_finds_the_archive_of_the_night_before(origin: Path, tmp_path: Path) -> None:
    first = Runner(tmp_path / "first", origin)
    assert first.fetch() == 0
    assert list(first.archive.iterdir()) == []
    (first.archive / "tf-2.15").mkdir()
    (first.archive / "tf-2.15" / "record.json").write_text("1")
    (first.archive / ".gitignore").write_text("*.json")
    assert first.store() == 0

    second = Runner(tmp_path / "second", origin)
    assert second.fetch() == 0
    assert (second.archive / "tf-2.15" / "record.json").read_text() == "1"
    (second.archive / ".gitignore").unlink()
    (second.archive / "night.json").write_text("2")
    assert second.store() == 0
    assert nights(origin) == {"tf-2.15/record.json": "1", "night.json": "2"}
    assert git(origin, "rev-list", "--count", "nights") == "1"
    assert git(origin, "rev-list", "--count", "main") == "1"


def test_an_archive_that_cannot_be_stored_fails_the_step(origin: Path, tmp_path: Path) -> None:
    runner = Runner(tmp_path / "first", origin)
    runner.fetch()
    (runner.archive / "night.json").write_text("1")
    git(runner.checkout, "remote", "set-url", "--push", "origin", f"{tmp_path}/none")
    assert runner.store() != 0
    assert git(origin, "branch", "--list", "nights") == ""


def test_an_archive_that_cannot_be_reached_is_not_taken_for_the_first_night(
    origin: Path, tmp_path: Path
) -> None:
    runner = Runner(tmp_path / "runner", origin)
    git(runner.checkout, "remote", "set-url", "origin", f"file://{tmp_path}/none")
    assert runner.fetch() not in (0, 2)


def test_an_archive_that_was_not_fetched_is_not_stored() -> None:
    fetched = step("night", "Fetch the archive")
    assert "if" not in fetched
    assert "continue-on-error" not in fetched
    assert step("night", "Conclude the night")["id"] == "conclude"
    assert "steps.conclude.outcome != 'skipped'" in step("night", "Hand on the archive")["if"]
    night, archive = (jobs(WORKFLOWS["nightly.yml"])[name] for name in ("night", "archive"))
    assert night["outputs"]["archive"] == "${{ steps.archive.outputs.artifact-id }}"
    assert "needs.night.outputs.archive != ''" in archive["if"]


def test_the_records_of_a_single_job_are_in_a_directory_of_its_name_too() -> None:
    kept = step("matrix", "Keep the list of jobs")["with"]["name"]
    wanted = step("night", "Fetch the records")["with"]["pattern"]
    records = step("target", "Keep the records")["with"]["name"]
    assert fnmatch(kept, wanted)
    assert fnmatch(records, wanted)
    assert records == "records-${{ matrix.job }}"
    assert not kept.startswith("records-")


NAMES = {"": "all", " ": "all", "tf-2.15": "tf-2.15", " tf-2.15  keras": "tf-2.15 keras"}


@pytest.mark.parametrize(("given", "named"), NAMES.items())
def test_a_night_without_named_targets_has_all_targets(
    given: str, named: str, origin: Path, tmp_path: Path
) -> None:
    runner = Runner(tmp_path / "runner", origin)
    variables = runner.replace_program("python", "jobs") | {"TARGETS": given}
    variables["GITHUB_OUTPUT"] = str(tmp_path / "output")
    assert runner.run("matrix", "List the jobs", **variables) == 0
    assert runner.run("night", "Conclude the night", **variables) == 0
    listed, concluded = runner.logged("python")
    assert listed == f"-m harness matrix {named} --json"
    assert concluded.startswith(f"-m harness nightly {named} --records {runner.temporary}/records")
    assert (runner.temporary / "records").is_dir()
    assert (tmp_path / "output").read_text() == "matrix=jobs\n"


def test_the_published_report_is_that_of_this_attempt() -> None:
    workflow = jobs(WORKFLOWS["nightly.yml"])
    name = "github-pages-${{ github.run_attempt }}"
    assert step("night", "Hand the report to GitHub Pages")["with"]["name"] == name
    assert "format('github-pages-{0}', github.run_attempt)" in workflow["night"]["outputs"]["pages"]
    deployed = step("pages", "Deploy")["with"]["artifact_name"]
    assert deployed == "${{ needs.night.outputs.pages }}"


def test_a_night_is_concluded_also_if_no_target_could_be_listed() -> None:
    condition = jobs(WORKFLOWS["nightly.yml"])["night"]["if"]
    assert "!cancelled()" in condition
    assert "needs." not in condition
    assert "'refs/heads/" not in condition  # a fork may give its default branch any name


def test_an_update_sets_up_every_python_of_a_target_that_the_runner_has() -> None:
    [setup] = [
        each
        for each in jobs(WORKFLOWS["update.yml"])["propose"]["steps"]
        if "with" in each and "python-version" in each["with"]
    ]
    versions = setup["with"]["python-version"].split()
    assert {each.python for each in TARGETS.values()} - {*OLD_RUNNERS} <= {*versions}
    assert versions[-1] == "3.12"


FILES = ("targets.toml", "locks/a.txt")

EDITS = {
    "files that an update edits": (
        ["baselines/a.json", "README.md", "docs/a.md", *(f"harness/resources/{n}" for n in FILES)],
        0,
    ),
    "the harness": (["baselines/a.json", "harness/a.py"], 1),
    "another resource": (["harness/resources/known_changes.toml"], 1),
    "a workflow": ([".github/workflows/a.yml"], 1),
    "a test": (["README.md", "tests/a.py"], 1),
    "a similar name": (["baselines-of-mine/a.json"], 1),
}


@pytest.mark.parametrize(("paths", "code"), EDITS.values(), ids=EDITS)
def test_a_pull_request_has_only_files_that_an_update_edits(
    paths: list[str], code: int, origin: Path, tmp_path: Path
) -> None:
    runner = proposing(origin, tmp_path, paths)
    assert propose(runner) == code
    branch = git(origin, "branch", "--list", "update/targets")
    assert bool(branch) is (code == 0)
    if not code:
        assert git(origin, "log", "-1", "--format=%s", "update/targets") == "New releases: a 1.0"
        asked, opened = runner.logged("gh")
        assert "pulls?state=open&head=owner:update/targets" in asked
        assert opened.startswith("pr create --base main --head update/targets")


def test_a_patch_that_moves_another_file_is_refused(origin: Path, tmp_path: Path) -> None:
    runner = proposing(origin, tmp_path, [])
    git(origin, "mv", "harness/a.py", "baselines/a.py")
    diff = git(origin, "diff", "--cached", "--binary", "-M") + "\n"
    (runner.temporary / "update" / "update.patch").write_text(diff)
    assert propose(runner) == 1


def test_an_open_pull_request_is_edited(origin: Path, tmp_path: Path) -> None:
    runner = proposing(origin, tmp_path, ["README.md"])
    assert propose(runner, number="7") == 0
    assert "--method PATCH repos/owner/name/pulls/7" in runner.logged("gh")[1]


def proposing(origin: Path, tmp_path: Path, paths: list[str]) -> Runner:
    """A runner with a patch that edits these files."""
    for path in ("harness/a.py", "baselines/b.json"):
        (origin / path).parent.mkdir(exist_ok=True)
        (origin / path).write_text("as it was\n")
    git(origin, "add", "--all")
    git(origin, "commit", "--quiet", "-m", "the second")
    runner = Runner(tmp_path / "runner", origin)
    for path in paths:
        (runner.checkout / path).parent.mkdir(parents=True, exist_ok=True)
        (runner.checkout / path).write_text("another text\n")
    (runner.checkout / "results").mkdir()
    (runner.checkout / ".git" / "info" / "exclude").write_text("/results/\n")
    assert runner.run("propose", "Write the patch, if anything was made", "update.yml") == 0
    update = runner.temporary / "update"
    update.mkdir()
    (update / "update.md").write_text("# New releases: a 1.0\n\nA body.\n")
    patch = runner.checkout / "results" / "update.patch"
    assert patch.exists() is bool(paths)
    if paths:
        patch.rename(update / patch.name)
    git(runner.checkout, "reset", "--quiet", "--hard")
    return runner


def propose(runner: Runner, number: str = "") -> int:
    variables = runner.replace_program("gh", number)
    variables |= {"GITHUB_REPOSITORY": "owner/name", "GITHUB_REPOSITORY_OWNER": "owner"}
    name = "Push the branch, then open the pull request or write it anew"
    return runner.run("pull-request", name, "update.yml", GITHUB_REF_NAME="main", **variables)
