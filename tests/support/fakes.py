"""Projects whose targets hold a stand-in for TensorFlow, and the command line on them."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from harness.base.project import Project, find_project
from harness.environments.locks import digest, pinned, read_lock
from harness.environments.targets import Target
from harness.environments.virtual_environments import STAMP, damage, environment_of
from tests.support.places import TARGETS
from tests.support.samples import NUMPY, TENSORFLOW, make_environment

TARGET, OTHER = "tf-2.15", "tf-2.16"
SCRIPTS = {
    "steps": 'VARIANTS = ("published", "fixed")\n',
    "reset": "def scenario(_, step):\n    with step('one') as see:\n        see(output=1.0)\n",
    "stateful": "def scenario(_, step):\n    with step('one'):\n        raise ValueError\n",
}
# goes on for as long as the file `asleep` is there, on one target
SLEEPS = """
import os, pathlib, sys, time

VARIANTS = ("fixed",)


def scenario(_, step):
    with step("one") as see:
        asleep = pathlib.Path(os.environ["ASLEEP"])
        while asleep.exists() and sys.prefix.endswith("tf-2.16"):
            (asleep.parent / "begun").touch()
            time.sleep(0.05)
        see(output=1.0)
"""
PLACES = ("scenarios", "baselines", "results", "environments", "archive")


def complete(target: Target, project: Project) -> None:
    """Make an environment look as one that was made from the lock of a target."""
    lock = read_lock(target, project.locks)
    environment = environment_of(target, project.environments, digest(lock))
    [packages] = environment.directory.glob("lib/python*/site-packages")
    for name, version in pinned(lock).items():
        metadata = packages / f"{name.replace('-', '_')}-{version}.dist-info"
        metadata.mkdir()
        (metadata / "RECORD").touch()
    stamp = json.dumps(environment.stamp)
    (environment.directory / STAMP).write_text(stamp, encoding="utf-8")
    assert damage(environment, lock) is None  # or else the real one would be made, and run


@dataclass(frozen=True, kw_only=True)
class Fake:
    """A project in `root`, and the variables of each command on it."""

    root: Path
    variables: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def make(cls, root: Path, *names: str, variables: Mapping[str, str] | None = None) -> "Fake":
        """A project with these targets, of which nothing is accepted."""
        root.mkdir(parents=True)
        places = "".join(f'{place} = "{place}"\n' for place in PLACES)
        (root / "pyproject.toml").write_text(f"[tool.state-harness]\n{places}", encoding="utf-8")
        made = cls(root=root, variables=variables or {})
        for name, text in SCRIPTS.items():
            made.write_scenario(name, text)
        for name in names or (TARGET,):
            make_environment(made.project.environments / name, TENSORFLOW, NUMPY)
            complete(TARGETS[name], made.project)
        return made

    @property
    def project(self) -> Project:
        return find_project(self.root)

    @property
    def results(self) -> Path:
        return self.project.results

    @property
    def baselines(self) -> Path:
        return self.project.baselines

    def write_scenario(self, name: str, text: str) -> None:
        path = self.project.scenarios / f"{name}.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")

    @property
    def environment_variables(self) -> dict[str, str]:
        """Those of this process outside of CI, and no index, so that nothing is installed."""
        kept = {name: value for name, value in os.environ.items() if name != "CI"}
        return {**kept, "UV_OFFLINE": "1", "UV_NO_CACHE": "1", **self.variables}

    def start(self, *arguments: str, before: tuple[str, ...] = ()) -> subprocess.Popen[str]:
        """Start a command, behind the words `before`; its output goes into pipes.

        A shell has what it runs in the background ignore SIGINT, and so all that this starts.
        """
        return subprocess.Popen(
            ["env", "--default-signal=INT", *before, sys.executable, "-m", "harness", *arguments],
            cwd=self.root,
            env=self.environment_variables,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )

    def run(
        self, *arguments: str, before: tuple[str, ...] = ()
    ) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        with self.start(*arguments, before=before) as process:
            out, err = process.communicate(timeout=120)
        return subprocess.CompletedProcess(arguments, process.returncode, out, err)


def wait_for(what: Callable[[], object]) -> None:
    """Wait until something is true, for a minute at most."""
    until = time.monotonic() + 60
    while not what():
        assert time.monotonic() < until
        time.sleep(0.02)
