"""The workflows call what there is, give no job more than it needs, and keep the archive.

What the linters of `nox -s lint` find is looked for again only where it must never slip.
"""

import re
import shlex
from collections.abc import Callable
from typing import Any

import pytest
import yaml
from nox import registry

import noxfile  # noqa: F401 - tells nox's registry its sessions
from harness.commands import parser
from tests.support.workflows import WORKFLOWS, Job, jobs

PINNED = re.compile(r"uses: [\w-]+/[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")

TOKEN = re.compile(r"secrets\.|github\.token|GITHUB_TOKEN")

VARIABLE = re.compile(r"\$\{?\w+(\[@\])?(:-\w+)?\}?")

ANY = "tf-2.15"  # what stands for the value of a variable


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
