"""The sentences of the known changes, on the releases that they speak of."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from harness.base import processes
from harness.base.project import PROBE
from harness.environments.virtual_environments import ensure_environment
from tests.support.claims import CLAIMS
from tests.support.places import CANONICAL, TARGETS

RUNNER = Path(__file__).with_name("forking.py")
SPOKEN_OF = [name for name in TARGETS if any(name in claim.prints for claim in CLAIMS)]


@pytest.mark.parametrize("target", SPOKEN_OF)
def test_what_a_known_change_says_is_so(target: str) -> None:
    claims = [claim for claim in CLAIMS if target in claim.prints]
    expected = {claim.name: claim.prints[target] for claim in claims}
    assert printed(target, {claim.name: claim.run for claim in claims}) == expected


def test_a_script_that_fails_says_why() -> None:
    scripts = {
        "prints": "print(np.ones(1)[0])",
        "raises": "raise ValueError('no')",
        "dies": "import os; os._exit(3)",
        "an error as text": "print(raised(int, 'x'), raised(int, 1))",
    }
    texts = printed("tf-2.15", scripts)
    assert (texts["prints"], texts["an error as text"]) == ("1.0", "ValueError nothing")
    assert texts["raises"].endswith("ValueError: no")
    assert texts["dies"] == "left with exit code 3 before it was done"


def printed(target: str, scripts: Mapping[str, str]) -> dict[str, str]:
    """What each script prints in the environment of a target, or why it failed."""
    environment = ensure_environment(TARGETS[target], CANONICAL)
    command: list[str | Path] = [environment.python, "-I", RUNNER, PROBE]
    variables = environment.process_variables()
    done = processes.run(command, stdin=json.dumps(scripts), env=variables)
    assert done.returncode == 0, done.stderr
    texts: dict[str, str] = json.loads(done.stdout)
    return texts
