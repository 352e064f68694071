"""The harness as its users run it: `python -m harness run TARGET`, in a process of its own."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import msgspec

from harness.base.project import Project
from harness.commands.options import PLACES
from harness.judging.verdicts import Standing, Verdict
from harness.running.results import Checked
from tests.support.places import ROOT


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
        """The verdicts that are neither unchanged nor silent, as text."""
        return [
            str(v)
            for v in self.verdicts
            if v.outcome.standing is not Standing.UNCHANGED and not v.outcome.silent
        ]


@dataclass(frozen=True, kw_only=True)
class Harness:
    """The command line on a project, of which it is given the places as options."""

    project: Project

    def command(self, *arguments: str) -> list[str]:
        places = [f"--{name}={getattr(self.project, name)}" for name in PLACES]
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
        return Ran(code=code, printed=printed, results=self.project.results / target)

    def ready(self, target: str) -> None:
        """See to it that the target's environment is there and nothing is wrong with it."""
        if not (self.project.environments / target).exists():
            ran = self.run(target)
            assert ran.code == 0, ran.printed

    def with_places(self, **places: Path) -> "Harness":
        return Harness(project=self.project.with_places(**places))

    def package_file(self, target: str, name: str) -> Path:
        """A file of an installed package in the target's environment."""
        [path] = (self.project.environments / target).glob(f"lib/python*/site-packages/{name}")
        return path
