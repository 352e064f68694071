"""What the workflows hold."""

from typing import Any

import yaml

import noxfile  # noqa: F401 - tells nox's registry its sessions
from tests.support.places import ROOT

WORKFLOWS = {
    path.name: path.read_text(encoding="utf-8")
    for path in sorted((ROOT / ".github" / "workflows").iterdir())
}

Job = dict[str, Any]


def jobs(text: str) -> dict[str, Job]:
    found: dict[str, Job] = yaml.safe_load(text)["jobs"]
    return found


def step(job: str, name: str, workflow: str = "nightly.yml") -> dict[str, Any]:
    [found] = [each for each in jobs(WORKFLOWS[workflow])[job]["steps"] if each["name"] == name]
    return dict(found)
