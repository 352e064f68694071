"""The workflows call commands that exist, give no job more than it needs, and keep the archive.

A rule that a linter of `nox -s lint` checks is tested again only if a violation would be dangerous.
"""

import re
import shlex
from collections.abc import Callable
from typing import Any

import pytest
import yaml
from nox import registry

import noxfile  # noqa: F401 - registers its sessions with nox
from harness.commands import parser
from tests.support.workflows import ACTION, WORKFLOWS, Job, jobs

PINNED = re.compile(r"uses: [\w-]+/[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")

TOKEN = re.compile(r"secrets\.|github\.token|GITHUB_TOKEN")

VARIABLE = re.compile(r"\$\{?\w+(\[[@\d]\])?(:[-+][\w-]+)?\}?")

HARNESS = r"(?:python -m harness|state-harness)"

ANY = "tf-2.15"  # stands for the value of a variable


def scripts(job: Job) -> list[str]:
    """The script of each step, with continued lines joined."""
    return [step["run"].replace("\\\n", " ") for step in job["steps"] if "run" in step]


def calls(job: Job, program: str) -> list[list[str]]:
    """The arguments of each call of a program, which is a regular expression."""
    call = re.compile(rf"\b{program}\b([^\n;|&<>)]*)")
    found = [arguments for script in scripts(job) for arguments in call.findall(script)]
    return [shlex.split(VARIABLE.sub(ANY, arguments)) for arguments in found]


def harness_calls(text: str) -> list[list[str]]:
    return [call for job in jobs(text).values() for call in calls(job, HARNESS)]


def unpinned(text: str) -> list[str]:
    """Actions that are not pinned to a commit with its version in a comment."""
    lines = [line.strip().removeprefix("- ") for line in text.splitlines()]
    used = [line for line in lines if line.startswith("uses:")]
    return [line for line in used if not PINNED.fullmatch(line)]


def unlimited(text: str) -> list[str]:
    """Jobs without a time-out of their own; the default is six hours."""
    return [name for name, job in jobs(text).items() if "timeout-minutes" not in job]


def unrestricted(text: str) -> list[str]:
    """The jobs, or the workflow, whose token has the default permissions of the repository."""
    everywhere = yaml.safe_load(text).get("permissions") != {}
    return ["the workflow"] * everywhere + [
        name for name, job in jobs(text).items() if "permissions" not in job
    ]


def entrusted(text: str) -> list[str]:
    """Jobs that run other people's packages, through nox or the harness, and that could write.

    `nightly` runs no such packages: it only reads the records of other jobs.
    """
    shared = yaml.safe_load(text).get("env")
    found = []
    for name, job in jobs(text).items():
        commands = [call[0] for call in calls(job, HARNESS)]
        if set(commands) - {"nightly"} or calls(job, "nox -s"):
            reads_only = job.get("permissions", {}) == {"contents": "read"}
            if not reads_only or TOKEN.search(f"{job} {shared}"):
                found.append(name)
    return found


def pushing(text: str) -> list[str]:
    """Jobs that may push and that install packages, as every job that runs the harness does."""
    return [
        name
        for name, job in jobs(text).items()
        if job.get("permissions", {}).get("contents") == "write" and calls(job, "pip")
    ]


def pasted(text: str) -> list[str]:
    """Scripts with a `${{ }}` expression, whose value could inject shell commands."""
    return [script for job in jobs(text).values() for script in scripts(job) if "${{" in script]


def refused(text: str) -> list[list[str]]:
    """Calls that the command line of the harness does not accept."""
    found = []
    for arguments in harness_calls(text):
        try:
            parser().parse_args(arguments)
        except SystemExit as ended:  # with 0 after --help
            if ended.code:
                found.append(arguments)
    return found


def unknown(text: str) -> list[str]:
    """Sessions of nox that are not in noxfile.py."""
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
          state-harness --help
          found=$(python -m harness known)
          python -m harness lock "${names[@]}" \\
            --dry-run > "$OUT"
"""

# the check that must find the defect, the text to replace, and the new text
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
    "an unknown command": (refused, "harness known", "harness unknown"),
    "an unknown option": (refused, "--dry-run", "--wet-run"),
    "an unknown session": (unknown, "tests", "test"),
    "an unknown target": (unknown, "nox -s tf-2.15", "nox -s tf-2.99"),
}


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("name", WORKFLOWS)
def test_a_workflow_is_sound(name: str, check: Check) -> None:
    assert check(WORKFLOWS[name]) == []


def test_the_sample_is_sound_too() -> None:
    assert [check(SOUND) for check in CHECKS] == [[]] * len(CHECKS)
    assert harness_calls(SOUND) == [
        ["--help"],
        ["known"],
        ["lock", ANY, "--dry-run"],
    ]


@pytest.mark.parametrize(("check", "old", "new"), PLANTED.values(), ids=PLANTED)
def test_a_planted_defect_is_found_by_its_check_alone(check: Check, old: str, new: str) -> None:
    assert old in SOUND
    text = SOUND.replace(old, new, 1)
    assert [each.__name__ for each in CHECKS if each(text)] == [check.__name__]


@pytest.mark.parametrize("check", [unpinned, pasted])
def test_the_action_is_sound(check: Check) -> None:
    assert check(ACTION) == []


def test_a_defect_of_the_action_is_found() -> None:
    tagged = re.sub("@[0-9a-f]{40} # ", "@", ACTION, count=1)
    [found] = unpinned(tagged)
    assert found.endswith("@v7.0.0")
    [script] = pasted(ACTION.replace("$SCRIPTS", "${{ inputs.scripts }}", 1))
    assert "inputs.scripts" in script


def test_every_workflow_and_the_action_pin_an_action_to_the_same_commit() -> None:
    used = {line for text in (*WORKFLOWS.values(), ACTION) for line in PINNED.findall(text)}
    assert len(used) == len({line.split("@")[0] for line in used})
