"""Packages to blame, found by mixing real environments: planted causes, and changes of releases."""

import json
import subprocess
from typing import Any

import jsonschema
import pytest

from harness.base.project import RESOURCES
from tests.integration.command_line import Harness
from tests.support.places import ROOT

SCHEMA = json.loads((RESOURCES / "bisect.schema.json").read_text(encoding="utf-8"))
VERSION = "from importlib.metadata import version as v; import sys"
NUMPY = "numpy 2.0.2 → 2.1.3"
CERTIFI = "certifi 2025.1.31 → 2025.8.3"
MARKDOWN = "markdown 3.7 → 3.8.2"
# the condition under which a command ends with 1, what brings that, and what takes it away
PLANTED = {
    "numpy alone": ("v('numpy') == '2.1.3'", [[NUMPY]], [[NUMPY]]),
    "either": (
        "v('certifi') == '2025.8.3' or v('markdown') == '3.8.2'",
        [[CERTIFI], [MARKDOWN]],
        [[CERTIFI, MARKDOWN]],
    ),
    "both together": (
        "v('certifi') == '2025.8.3' and v('markdown') == '3.8.2'",
        [[CERTIFI, MARKDOWN]],
        [[CERTIFI], [MARKDOWN]],
    ),
}


def attribute(harness: Harness, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = harness.command("attribute", "--format", "json", *arguments)
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def answer(harness: Harness, *arguments: str) -> dict[str, Any]:
    done = attribute(harness, *arguments)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    jsonschema.validate(found, {**SCHEMA, **SCHEMA["$defs"]["attribution"]})
    return dict(found)


def packages(culprits: list[dict[str, Any]]) -> list[list[str]]:
    return sorted(sorted(each["packages"]) for each in culprits)


@pytest.mark.parametrize("case", PLANTED)
def test_planted_packages_are_to_blame_in_both_directions(harness: Harness, case: str) -> None:
    condition, brings, takes_away = PLANTED[case]
    command = f'python -c "{VERSION}; sys.exit({condition})"'
    found = answer(harness, "--command", command, "--good", "tf-2.18", "--bad", "tf-2.19")
    assert packages(found["brings"]) == brings
    assert packages(found["takes_away"]) == takes_away
    assert found["untold"] == []
    assert not any(each["needed"] for each in (*found["brings"], *found["takes_away"]))


# one change for each package that can have brought it, and the function that tells most of it
BATCH_SIZE = "bidirectional_reset:another batch size"
CHANGES = [
    ("reset:reset to ones", "tf-2.15", "tf-2.16", "keras 2.15.0 → 3.4.1", "RNN.reset_states"),
    (BATCH_SIZE, "keras-3.11", "keras-3.12", "keras 3.11.3 → 3.12.4", "RNN.call"),
    ("stateful", "tf-2.8", "tf-2.9", "tensorflow 2.8.4 → 2.9.3", ""),
]


@pytest.mark.parametrize(("subject", "good", "bad", "culprit", "function"), CHANGES)
def test_keras_and_tensorflow_are_told_apart(
    harness: Harness, subject: str, good: str, bad: str, culprit: str, function: str
) -> None:
    options = ("--variant", "fixed", "--exact", "--switches", "--good", good, "--bad", bad)
    found = answer(harness, subject, *options)
    if found["differing"] == [culprit]:
        assert found["mixes"] == []  # nothing else differs
    else:
        assert packages(found["brings"]) == [[culprit]]
        assert packages(found["takes_away"]) == [[culprit]]
    assert len(found["switches"]) == 4
    first = found["where"]["functions"]["changed"][0]
    assert function in ("", first["name"])


def test_sides_that_do_the_same_have_no_culprit(harness: Harness) -> None:
    done = attribute(harness, "--command", "true", "--good", "tf-2.18", "--bad", "tf-2.19")
    assert done.returncode == 3
    assert "`true`: tf-2.18 and tf-2.19 do the same" in done.stderr
