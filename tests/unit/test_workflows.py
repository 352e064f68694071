"""The workflows call what there is, give no job more than it needs, and keep the archive.

What the linters of `nox -s lint` find is looked for again only where it must never slip.
"""

import os
import re
import shlex
import subprocess
from collections.abc import Callable
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
import yaml
from nox import registry

import noxfile  # noqa: F401 - tells nox's registry its sessions
from harness.commands import parser
from harness.paths import ROOT
from harness.shards import OLD_RUNNERS
from harness.targets import load_targets

WORKFLOWS = {
    path.name: path.read_text(encoding="utf-8")
    for path in sorted((ROOT / ".github" / "workflows").iterdir())
}
PINNED = re.compile(r"uses: [\w-]+/[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")
TOKEN = re.compile(r"secrets\.|github\.token|GITHUB_TOKEN")
VARIABLE = re.compile(r"\$\{?\w+(\[@\])?(:-\w+)?\}?")
ANY = "tf-2.15"  # what stands for the value of a variable

Job = dict[str, Any]


def jobs(text: str) -> dict[str, Job]:
    found: dict[str, Job] = yaml.safe_load(text)["jobs"]
    return found


def scripts(job: Job) -> list[str]:
    """What each step runs, continued lines joined."""
    return [step["run"].replace("\\\n", " ") for step in job["steps"] if "run" in step]


def calls(job: Job, program: str) -> list[list[str]]:
    """The arguments of each call of a program."""
    call = re.compile(rf"\b{program}\b([^\n;|&<>)]*)")
    found = [arguments for script in scripts(job) for arguments in call.findall(script)]
    return [shlex.split(VARIABLE.sub(ANY, arguments)) for arguments in found]


def harness_calls(text: str) -> list[list[str]]:
    return [call for job in jobs(text).values() for call in calls(job, "python -m harness")]


def unpinned(text: str) -> list[str]:
    """Actions that are not named by a commit and, for people, by the version that it is."""
    lines = [line.strip().removeprefix("- ") for line in text.splitlines()]
    used = [line for line in lines if line.startswith("uses:")]
    return [line for line in used if not PINNED.fullmatch(line)]


def unlimited(text: str) -> list[str]:
    """Jobs that may run for six hours."""
    return [name for name, job in jobs(text).items() if "timeout-minutes" not in job]


def unrestricted(text: str) -> list[str]:
    """Where a token has the rights that the repository happens to give it."""
    everywhere = yaml.safe_load(text).get("permissions") != {}
    return ["the workflow"] * everywhere + [
        name for name, job in jobs(text).items() if "permissions" not in job
    ]


def entrusted(text: str) -> list[str]:
    """Jobs that run what others published, as all do that call nox or the harness, and could write.

    `nightly` runs nothing: it reads what other jobs recorded.
    """
    shared = yaml.safe_load(text).get("env")
    found = []
    for name, job in jobs(text).items():
        commands = [call[0] for call in calls(job, "python -m harness")]
        if set(commands) - {"nightly"} or calls(job, "nox -s"):
            reads_only = job.get("permissions", {}) == {"contents": "read"}
            if not reads_only or TOKEN.search(f"{job} {shared}"):
                found.append(name)
    return found


def pushing(text: str) -> list[str]:
    """Jobs that may push and install something, as every one does that runs the harness."""
    return [
        name
        for name, job in jobs(text).items()
        if job.get("permissions", {}).get("contents") == "write" and calls(job, "pip")
    ]


def pasted(text: str) -> list[str]:
    """Scripts that a value is pasted into, which may be a script itself."""
    return [script for job in jobs(text).values() for script in scripts(job) if "${{" in script]


def refused(text: str) -> list[list[str]]:
    """Calls of the harness that its command line does not take."""
    found = []
    for arguments in harness_calls(text):
        try:
            parser().parse_args(arguments)
        except SystemExit:
            found.append(arguments)
    return found


def unknown(text: str) -> list[str]:
    """Sessions of nox that noxfile.py has not."""
    named = [name for job in jobs(text).values() for call in calls(job, "nox -s") for name in call]
    return [name for name in named if name not in registry.get()]


Check = Callable[[str], list[Any]]
CHECKS: list[Check] = [
    unpinned,
    unlimited,
    unrestricted,
    entrusted,
    pushing,
    pasted,
    refused,
    unknown,
]

SOUND = """
on: push
permissions: {}
jobs:
  push:
    runs-on: ubuntu-24.04
    timeout-minutes: 10
    permissions:
      contents: write
    steps:
      - uses: actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1
      - env:
          GH_TOKEN: ${{ github.token }}
        run: git push
  check:
    runs-on: ubuntu-24.04
    timeout-minutes: 10
    permissions:
      contents: read
    steps:
      - name: Set up
        uses: actions/setup-python@5fda3b95a4ea91299a34e894583c3862153e4b97 # v7.0.0
      - run: nox -s tf-2.15 tests
      - env:
          OUT: out
        run: |
          found=$(python -m harness known)
          python -m harness lock "${names[@]}" \\
            --dry-run > "$OUT"
"""

# the check that has to fire, and what is replaced by what
PLANTED: dict[str, tuple[Check, str, str]] = {
    "a tag": (unpinned, "3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1", "v7"),
    "a tag in a step with a name": (
        unpinned,
        "5fda3b95a4ea91299a34e894583c3862153e4b97 # v7.0.0",
        "v7.0.0",
    ),
    "a commit without its version": (unpinned, " # v7.0.1", ""),
    "a commit that is cut off": (unpinned, "90b1 #", " #"),
    "no time-out": (unlimited, "timeout-minutes: 10", "env: {}"),
    "no permissions": (unrestricted, "    permissions:\n      contents: write\n", ""),
    "permissions for all jobs": (unrestricted, "permissions: {}", "permissions: write-all"),
    "no permissions at the top": (unrestricted, "permissions: {}", "env: {}"),
    "a job of targets that may write": (entrusted, "contents: read", "contents: write"),
    "a job of targets that may write issues": (
        entrusted,
        "contents: read",
        "contents: read\n      issues: write",
    ),
    "a job of targets with a secret": (entrusted, "OUT: out", "KEY: ${{ secrets.KEY }}"),
    "a job of targets with its token": (entrusted, "OUT: out", "TOKEN: ${{ github.token }}"),
    "a job of targets with a token of all jobs": (
        entrusted,
        "permissions: {}",
        "permissions: {}\nenv:\n  GH_TOKEN: ${{ github.token }}",
    ),
    "a job that may write and runs a target": (entrusted, "git push", "nox -s tf-2.15"),
    "a job that may push and installs something": (pushing, "git push", "pip install -e ."),
    "a pasted title": (pasted, "$OUT", "${{ github.event.issue.title }}"),
    "a command that is none": (refused, "harness known", "harness unknown"),
    "an option that is none": (refused, "--dry-run", "--wet-run"),
    "a session that is none": (unknown, "tests", "test"),
    "a target that is none": (unknown, "nox -s tf-2.15", "nox -s tf-2.99"),
}


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("name", WORKFLOWS)
def test_a_workflow_is_sound(name: str, check: Check) -> None:
    assert check(WORKFLOWS[name]) == []


def test_the_sample_is_sound_too() -> None:
    assert [check(SOUND) for check in CHECKS] == [[]] * len(CHECKS)
    assert harness_calls(SOUND) == [
        ["known"],
        ["lock", ANY, "--dry-run"],
    ]


@pytest.mark.parametrize(("check", "old", "new"), PLANTED.values(), ids=PLANTED)
def test_what_is_planted_is_found_by_its_check_alone(check: Check, old: str, new: str) -> None:
    assert old in SOUND
    text = SOUND.replace(old, new, 1)
    assert [each.__name__ for each in CHECKS if each(text)] == [check.__name__]


def test_every_workflow_pins_an_action_to_the_same_commit() -> None:
    used = {line for text in WORKFLOWS.values() for line in PINNED.findall(text)}
    assert len(used) == len({line.split("@")[0] for line in used})


# Steps that handle what cannot be made again are run here, on repositories of git.


def step(job: str, name: str, workflow: str = "nightly.yml") -> dict[str, Any]:
    [found] = [each for each in jobs(WORKFLOWS[workflow])[job]["steps"] if each["name"] == name]
    return dict(found)


def git(directory: Path, *arguments: str) -> str:
    command = ["git", "-c", "user.name=a", "-c", "user.email=a@example.org", *arguments]
    done = subprocess.run(command, cwd=directory, capture_output=True, text=True, check=True)
    return done.stdout.strip()


class Runner:
    """A checkout of the repository at `origin`, and a directory for what is temporary."""

    def __init__(self, directory: Path, origin: Path) -> None:
        self.checkout = directory / "checkout"
        self.temporary = directory / "temporary"
        self.archive = self.temporary / "archive"
        self.temporary.mkdir(parents=True)
        git(directory, "clone", "--quiet", "--depth=1", f"file://{origin}", "checkout")

    def run(self, job: str, name: str, workflow: str = "nightly.yml", **variables: str) -> int:
        """The exit code of a step, run as GitHub runs it."""
        script = step(job, name, workflow)["run"]
        return subprocess.run(
            ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", script],
            cwd=self.checkout,
            env={**os.environ, "RUNNER_TEMP": str(self.temporary), **variables},
            check=False,
        ).returncode

    def fetch(self) -> int:
        return self.run("night", "Fetch the archive")

    def store(self) -> int:
        return self.run("archive", "Store the archive")

    def stand_in(self, program: str, answer: str = "") -> dict[str, str]:
        """The variables with which `program` only notes its arguments, and gives an answer."""
        path = self.temporary / "bin" / program
        path.parent.mkdir(exist_ok=True)
        path.write_text(f'#!/bin/sh\necho "$@" >> "{path}.log"\necho {answer}\n')
        path.chmod(0o755)
        return {"PATH": f"{path.parent}:{os.environ['PATH']}"}

    def noted(self, program: str) -> list[str]:
        return (self.temporary / "bin" / f"{program}.log").read_text().splitlines()


@pytest.fixture
def origin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)  # a runner has no settings of anybody
    path = tmp_path / "origin"
    git(tmp_path, "init", "--quiet", "--initial-branch=main", "origin")
    (path / "README.md").write_text("a project")
    git(path, "add", ".")
    git(path, "commit", "--quiet", "-m", "the first")
    return path


def nights(origin: Path) -> dict[str, str]:
    """What the branch of the archive holds."""
    names = git(origin, "ls-tree", "-r", "--name-only", "nights").splitlines()
    return {name: git(origin, "show", f"nights:{name}") for name in names}


def test_each_night_finds_what_the_one_before_stored(origin: Path, tmp_path: Path) -> None:
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


def test_an_archive_that_cannot_be_stored_is_told_of(origin: Path, tmp_path: Path) -> None:
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


def test_what_was_not_fetched_is_not_stored() -> None:
    fetched = step("night", "Fetch the archive")
    assert "if" not in fetched
    assert "continue-on-error" not in fetched
    assert step("night", "Conclude the night")["id"] == "conclude"
    assert "steps.conclude.outcome != 'skipped'" in step("night", "Hand on the archive")["if"]
    night, archive = (jobs(WORKFLOWS["nightly.yml"])[name] for name in ("night", "archive"))
    assert night["outputs"]["archive"] == "${{ steps.archive.outputs.artifact-id }}"
    assert "needs.night.outputs.archive != ''" in archive["if"]


def test_the_records_of_a_job_that_is_alone_are_in_a_directory_of_its_name_too() -> None:
    kept = step("matrix", "Keep the list of jobs")["with"]["name"]
    wanted = step("night", "Fetch the records")["with"]["pattern"]
    records = step("target", "Keep the records")["with"]["name"]
    assert fnmatch(kept, wanted)
    assert fnmatch(records, wanted)
    assert records == "records-${{ matrix.job }}"
    assert not kept.startswith("records-")


TARGETS = {"": "all", " ": "all", "tf-2.15": "tf-2.15", " tf-2.15  keras": "tf-2.15 keras"}


@pytest.mark.parametrize(("given", "named"), TARGETS.items())
def test_a_night_without_targets_is_of_all(
    given: str, named: str, origin: Path, tmp_path: Path
) -> None:
    runner = Runner(tmp_path / "runner", origin)
    variables = runner.stand_in("python", "jobs") | {"TARGETS": given}
    variables["GITHUB_OUTPUT"] = str(tmp_path / "output")
    assert runner.run("matrix", "List the jobs", **variables) == 0
    assert runner.run("night", "Conclude the night", **variables) == 0
    listed, concluded = runner.noted("python")
    assert listed == f"-m harness matrix {named} --json"
    assert concluded.startswith(f"-m harness nightly {named} --records {runner.temporary}/records")
    assert (runner.temporary / "records").is_dir()
    assert (tmp_path / "output").read_text() == "matrix=jobs\n"


def test_the_report_that_is_published_is_that_of_this_attempt() -> None:
    workflow = jobs(WORKFLOWS["nightly.yml"])
    name = "github-pages-${{ github.run_attempt }}"
    assert step("night", "Hand the report to GitHub Pages")["with"]["name"] == name
    assert "format('github-pages-{0}', github.run_attempt)" in workflow["night"]["outputs"]["pages"]
    deployed = step("pages", "Deploy")["with"]["artifact_name"]
    assert deployed == "${{ needs.night.outputs.pages }}"


def test_a_night_is_concluded_though_nothing_could_be_listed() -> None:
    condition = jobs(WORKFLOWS["nightly.yml"])["night"]["if"]
    assert "!cancelled()" in condition
    assert "needs." not in condition
    assert "'refs/heads/" not in condition  # a fork may call its default branch what it likes


def test_an_update_finds_the_python_of_every_target_that_there_is_one_of() -> None:
    [setup] = [
        each
        for each in jobs(WORKFLOWS["update.yml"])["propose"]["steps"]
        if "with" in each and "python-version" in each["with"]
    ]
    versions = setup["with"]["python-version"].split()
    assert {each.python for each in load_targets().values()} - {*OLD_RUNNERS} <= {*versions}
    assert versions[-1] == "3.12"


FILES = ("targets.toml", "locks/a.txt")
EDITS = {
    "what an update edits": (
        ["baselines/a.json", "README.md", "docs/a.md", *(f"harness/resources/{n}" for n in FILES)],
        0,
    ),
    "the harness": (["baselines/a.json", "harness/a.py"], 1),
    "another resource": (["harness/resources/known_changes.toml"], 1),
    "a workflow": ([".github/workflows/a.yml"], 1),
    "a test": (["README.md", "tests/a.py"], 1),
    "what looks alike": (["baselines-of-mine/a.json"], 1),
}


@pytest.mark.parametrize(("paths", "code"), EDITS.values(), ids=EDITS)
def test_a_pull_request_holds_nothing_but_what_an_update_edits(
    paths: list[str], code: int, origin: Path, tmp_path: Path
) -> None:
    runner = proposing(origin, tmp_path, paths)
    assert propose(runner) == code
    branch = git(origin, "branch", "--list", "update/targets")
    assert bool(branch) is (code == 0)
    if not code:
        assert git(origin, "log", "-1", "--format=%s", "update/targets") == "New releases: a 1.0"
        asked, opened = runner.noted("gh")
        assert "pulls?state=open&head=owner:update/targets" in asked
        assert opened.startswith("pr create --base main --head update/targets")


def test_what_is_moved_away_is_not_what_an_update_edits(origin: Path, tmp_path: Path) -> None:
    runner = proposing(origin, tmp_path, [])
    git(origin, "mv", "harness/a.py", "baselines/a.py")
    diff = git(origin, "diff", "--cached", "--binary", "-M") + "\n"
    (runner.temporary / "update" / "update.patch").write_text(diff)
    assert propose(runner) == 1


def test_a_pull_request_that_is_open_is_written_anew(origin: Path, tmp_path: Path) -> None:
    runner = proposing(origin, tmp_path, ["README.md"])
    assert propose(runner, number="7") == 0
    assert "--method PATCH repos/owner/name/pulls/7" in runner.noted("gh")[1]


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
    variables = runner.stand_in("gh", number)
    variables |= {"GITHUB_REPOSITORY": "owner/name", "GITHUB_REPOSITORY_OWNER": "owner"}
    name = "Push the branch, then open the pull request or write it anew"
    return runner.run("pull-request", name, "update.yml", GITHUB_REF_NAME="main", **variables)
