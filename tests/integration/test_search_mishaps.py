"""A search for packages to blame under mishaps: a true statement each, and the next try answers."""

import json
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.integration.command_line import Harness
from tests.support.mounts import full
from tests.support.places import ROOT

GOOD, BAD = "tf-2.18", "tf-2.19"
CERTIFI = "certifi 2025.1.31 → 2025.8.3"
NEW = "v('certifi') == '2025.8.3'"
HANGS = "v('markdown') == '3.8.2'"  # what hangs, unless certifi is new as well
COMMAND = (
    'python -c "from importlib.metadata import version as v; import sys, time; '
    f'time.sleep(60 * ({HANGS} and not {NEW})); sys.exit({NEW})"'
)


@pytest.fixture
def fresh(private: Harness) -> Harness:
    """Both ends are installed; nothing else is, and no search has kept anything."""
    for end in (GOOD, BAD):
        private.ready(end)
    for place in private.project.environments.glob("mix-*"):
        shutil.rmtree(place) if place.is_dir() else place.unlink()
    shutil.rmtree(private.project.environments / ".candidates", ignore_errors=True)
    shutil.rmtree(private.project.results / "bisect", ignore_errors=True)
    return private


def command(harness: Harness, *options: str) -> list[str]:
    ends = ("--good", GOOD, "--bad", BAD)
    return harness.command(
        "attribute", "--command", COMMAND, *ends, "--time-limit=10", "--format=json", *options
    )


def ran(
    harness: Harness, *before: str, variables: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*before, *command(harness)],
        cwd=ROOT,
        env={**os.environ, **(variables or {})},
        capture_output=True,
        text=True,
        check=False,
    )


def require_answer(harness: Harness) -> None:
    """The same command once more has the answer."""
    done = ran(harness)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert [each["packages"] for each in found["brings"]] == [[CERTIFI]]
    assert [each["packages"] for each in found["takes_away"]] == [[CERTIFI]]


def test_a_mix_that_hangs_tells_nothing_and_the_others_answer(fresh: Harness) -> None:
    done = ran(fresh)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert [each["packages"] for each in found["brings"]] == [[CERTIFI]]
    hung = [each for each in found["mixes"] if each["shows"] == "not told"]
    assert any("10 s" in each["reason"] for each in hung)
    assert not any(CERTIFI in each["new"] for each in hung)


LOST = {
    "the network is gone": {"UV_OFFLINE": "1"},
    "the builds are not in the index any more": {"UV_EXCLUDE_NEWER": "2024-01-01T00:00:00Z"},
}


@pytest.mark.parametrize("variables", LOST.values(), ids=LOST)
def test_mixes_that_cannot_be_made_blame_nobody(
    fresh: Harness, variables: dict[str, str], tmp_path: Path
) -> None:
    done = ran(fresh, variables={**variables, "UV_CACHE_DIR": str(tmp_path)})
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["mixes"] != []
    assert {each["shows"] for each in found["mixes"]} == {"not told"}
    assert all(each["reason"] for each in found["mixes"])
    assert [each["packages"] for each in found["brings"] if each["packages"]] == []
    require_answer(fresh)


def test_a_full_disk_is_an_error_and_the_next_try_answers(fresh: Harness, tmp_path: Path) -> None:
    done = ran(fresh, *full(fresh.project.results, 0, tmp_path / "kept"))
    assert done.returncode == 3, done.stdout + done.stderr
    assert "No space left on device" in " ".join(done.stderr.split())
    require_answer(fresh)


def test_a_killed_search_goes_on_from_what_it_has_kept(fresh: Harness) -> None:
    running = subprocess.Popen(
        command(fresh), cwd=ROOT, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
    )
    assert running.stderr is not None
    for line in running.stderr:
        if "all else old: as " in line:
            break
    running.send_signal(signal.SIGKILL)
    running.wait()
    kept = {path: path.stat().st_mtime for path in fresh.project.results.rglob("codes.json")}
    assert len(kept) >= 3  # both ends and a mix
    time.sleep(0.01)
    require_answer(fresh)
    assert {path: path.stat().st_mtime for path in kept} == kept
