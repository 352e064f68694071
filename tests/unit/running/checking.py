"""A project of two scenarios, whose sample target has a stand-in for TensorFlow, and its check."""

import datetime
import json
from pathlib import Path

import msgspec

from harness.base.project import Project
from harness.environments.locks import digest, lock_path
from harness.environments.targets import Target
from harness.environments.virtual_environments import STAMP, environment_of
from harness.running.check import Checking, check
from harness.running.results import Checked
from harness.running.suite.options import SuiteOptions
from tests.support.makers import SAMPLE
from tests.support.places import CRITERIA, project_at
from tests.support.samples import NUMPY, TENSORFLOW, make_environment

LOCKED = msgspec.structs.replace(SAMPLE, as_of=datetime.date(2024, 1, 1), requirements=())


BOTH = ("published", "fixed")  # the variants of each scenario
# scenarios with the names of canonical ones, which the substitute for TensorFlow can run
SCRIPTS = {
    "steps": 'VARIANTS = ("published", "fixed")\n',
    "reset": "def scenario(_, step):\n    with step('one') as see:\n        see(output=1.0)\n",
    "stateful": "def scenario(_, step):\n    with step('one'):\n        raise ValueError\n",
}


def project_in(tmp_path: Path) -> Project:
    """A project with a whole environment, a lock and two scenarios for the sample target."""
    made = project_at(tmp_path, locks=tmp_path, scenarios=tmp_path / "scenarios")
    made.scenarios.mkdir()
    for name, text in SCRIPTS.items():
        (made.scenarios / f"{name}.py").write_text(text, encoding="utf-8")
    body = "# nothing is pinned\n"
    lock = f"# sha256 of the lines below: {digest(body)}\n{body}"
    lock_path(LOCKED, made.locks).write_text(lock, encoding="utf-8")
    environment = environment_of(LOCKED, made.environments, digest(lock))
    make_environment(environment.directory, TENSORFLOW, NUMPY)
    stamp = json.dumps(environment.stamp)
    (environment.directory / STAMP).write_text(stamp, encoding="utf-8")
    return made


def run(
    project: Project,
    expression: str = "",
    *,
    target: Target = LOCKED,
    force_regen: bool = False,
    layout: tuple[str, ...] = (),
    writable: bool | None = None,
    quiet: bool = False,
    again: bool = False,
    runs: int | None = None,
) -> Checked:
    suite = SuiteOptions(expression=expression, force_regen=force_regen, layout=layout)
    how = Checking(jobs=2, runs=runs, suite=suite, writable=writable, quiet=quiet, again=again)
    return check(target, project, CRITERIA, how)
