"""The harness as its users run it: `python -m harness run TARGET`, in a process of its own."""

import os
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from harness.judging.verdicts import Outcome, Standing, Verdict
from harness.running.results import Checked
from harness.base.paths import ROOT, Workspace


@dataclass(frozen=True, kw_only=True)
class Ran:
    """What a run printed, how it ended, and the verdicts that it left behind."""

    code: int
    printed: str
    results: Path

    @property
    def verdicts(self) -> tuple[Verdict, ...]:
        data = (self.results / "verdicts.json").read_bytes()
        return msgspec.json.decode(data, type=Checked).verdicts

    @property
    def differing(self) -> list[str]:
        """The verdicts that are neither `unchanged` nor `not applicable`, as text."""
        return [
            str(v)
            for v in self.verdicts
            if v.outcome.standing is not Standing.UNCHANGED
            and v.outcome is not Outcome.NOT_APPLICABLE
        ]


@dataclass(frozen=True, kw_only=True)
class Harness:
    """The command line on a workspace."""

    workspace: Workspace

    def command(self, *arguments: str) -> list[str]:
        places = [f"--{name}={path}" for name, path in vars(self.workspace).items()]
        return [sys.executable, "-m", "harness", *places, *arguments]

    def run(self, target: str, *arguments: str) -> Ran:
        done = subprocess.run(
            self.command("run", target, *arguments),
            cwd=ROOT,
            env={**os.environ, "CI": "true"},  # no baseline is to be written
            capture_output=True,
            text=True,
            check=False,
        )
        return self.ran(target, done.returncode, done.stdout + done.stderr)

    def ran(self, target: str, code: int = 0, printed: str = "") -> Ran:
        """What the target's last run left behind."""
        return Ran(code=code, printed=printed, results=self.workspace.results / target)

    def ready(self, target: str) -> None:
        """See to it that the target's environment is there and nothing is wrong with it."""
        if not (self.workspace.environments / target).exists():
            ran = self.run(target)
            assert ran.code == 0, ran.printed

    def with_baselines(self, directory: Path) -> "Harness":
        return Harness(workspace=replace(self.workspace, baselines=directory))

    def package_file(self, target: str, name: str) -> Path:
        """A file of an installed package in the target's environment."""
        [path] = (self.workspace.environments / target).glob(f"lib/python*/site-packages/{name}")
        return path
