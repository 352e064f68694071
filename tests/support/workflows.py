"""What the workflows and the action hold, and their steps played as GitHub runs them."""

import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

import noxfile  # noqa: F401 - tells nox's registry its sessions
from tests.support.places import ROOT

WORKFLOWS = {
    path.name: path.read_text(encoding="utf-8")
    for path in sorted((ROOT / ".github" / "workflows").iterdir())
}
ACTION = (ROOT / "action.yml").read_text(encoding="utf-8")

Job = dict[str, Any]
Step = dict[str, Any]

EXPRESSION = re.compile(r"\$\{\{ (.*?) \}\}")


def jobs(text: str) -> dict[str, Job]:
    """The jobs of a workflow; an action has the steps of one."""
    content = yaml.safe_load(text)
    found: dict[str, Job] = content["jobs"] if "jobs" in content else {"action": content["runs"]}
    return found


def step(job: str, name: str, workflow: str = "nightly.yml") -> Step:
    [found] = [each for each in jobs(WORKFLOWS[workflow])[job]["steps"] if each["name"] == name]
    return dict(found)


def run_script(script: str, directory: Path, **variables: str) -> int:
    """The exit code of the script of a step, run as GitHub runs it."""
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", script],
        cwd=directory,
        env={**os.environ, **variables},
        check=False,
    ).returncode


@dataclass(kw_only=True)
class Stage:
    """A runner on which the steps of one job are played, with programs that stand in.

    `outputs` and `used` are what its steps leave: the outputs of each, by `steps.ID.outputs.NAME`,
    and the inputs of each action that was used, by the name of its step.
    """

    directory: Path
    outputs: dict[str, str] = field(default_factory=dict)
    used: dict[str, dict[str, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for path in (self.checkout, self.temporary, self.programs):
            path.mkdir(parents=True)

    @property
    def checkout(self) -> Path:
        return self.directory / "checkout"

    @property
    def temporary(self) -> Path:
        return self.directory / "temporary"

    @property
    def programs(self) -> Path:
        return self.directory / "programs"

    @property
    def summary(self) -> str:
        path = self.directory / "summary"
        return path.read_text(encoding="utf-8") if path.exists() else ""

    def put(self, program: str, python: str) -> None:
        """Have a script of Python stand in for a program."""
        path = self.programs / program
        path.write_text(f"#!{sys.executable} -IS\n{python}", encoding="utf-8")
        path.chmod(0o755)

    def play(self, steps: Sequence[Step], values: Mapping[str, str], **variables: str) -> int:
        """The exit code of the first step that fails; `values` are those of expressions."""
        code = 0
        for each in steps:
            known = {"runner.temp": str(self.temporary), **values, **self.outputs}
            if not _runs(each.get("if", "success()"), known, failed=code != 0):
                continue
            if "uses" in each:
                inputs = each.get("with", {}).items()
                self.used[each["name"]] = {key: _filled(str(text), known) for key, text in inputs}
                continue
            environment = {key: _filled(text, known) for key, text in each.get("env", {}).items()}
            ended = self._run(each, {**variables, **environment})
            code = code or ended
        return code

    def _run(self, each: Step, variables: Mapping[str, str]) -> int:
        output = self.directory / "output"
        output.write_text("", encoding="utf-8")
        code = run_script(
            each["run"],
            self.checkout,
            PATH=f"{self.programs}:{os.environ['PATH']}",
            RUNNER_TEMP=str(self.temporary),
            GITHUB_OUTPUT=str(output),
            GITHUB_STEP_SUMMARY=str(self.directory / "summary"),
            **variables,
        )
        written = output.read_text(encoding="utf-8")
        for name, _, several, one in re.findall(
            r"^(\w+)(?:<<(\w+)\n(.*?)\n\2|=([^\n]*))$", written, re.MULTILINE | re.DOTALL
        ):
            self.outputs[f"steps.{each['id']}.outputs.{name}"] = several or one
        return code


def _filled(text: str, known: Mapping[str, str]) -> str:
    return EXPRESSION.sub(lambda found: known[found[1]], text)


def _runs(condition: str, known: Mapping[str, str], *, failed: bool) -> bool:
    """Whether a step runs: the few kinds of conditions that the played steps have."""
    parts = condition.removeprefix("${{ ").removesuffix(" }}").split(" && ")
    truths = {"success()": not failed, "!cancelled()": True}
    truths |= {f"{name} != ''": value != "" for name, value in known.items()}
    return all(truths.get(part, False) for part in parts)
