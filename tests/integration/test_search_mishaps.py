"""A search for packages to blame under mishaps: a true statement each, and the next try answers."""

import json
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

from harness.environments.virtual_environments import ensure_environment
from tests.integration.command_line import Harness
from tests.support.mounts import full
from tests.support.places import ROOT, TARGETS

GOOD, BAD = "tf-2.18", "tf-2.19"
CERTIFI = "certifi 2025.1.31 → 2025.8.3"
VERSION = "from importlib.metadata import version as v; import sys, time"
NEW = "v('certifi') == '2025.8.3'"
COMMAND = f'python -c "{VERSION}; sys.exit({NEW})"'
# hangs with a new markdown, unless certifi is new as well
HANGING = COMMAND.replace(
    "sys.exit", f"time.sleep(60 * (v('markdown') == '3.8.2' and not {NEW})); sys.exit"
)


@pytest.fixture
def fresh(private: Harness) -> Harness:
    """Both ends are installed; nothing else is, and no search has kept anything."""
    for end in (GOOD, BAD):
        ensure_environment(TARGETS[end], private.project)
    for place in private.project.environments.glob("mix-*"):
        shutil.rmtree(place) if place.is_dir() else place.unlink()
    shutil.rmtree(private.project.environments / ".candidates", ignore_errors=True)
    shutil.rmtree(private.project.results / "bisect", ignore_errors=True)
    return private


def command(harness: Harness, shell: str = COMMAND) -> list[str]:
    ends = ("--good", GOOD, "--bad", BAD)
    options = ("--time-limit=20", "--format=json")
    return harness.command("attribute", "--command", shell, *ends, *options)


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
    done = subprocess.run(
        command(fresh, HANGING), cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert [each["packages"] for each in found["brings"]] == [[CERTIFI]]
    assert found["untold"] == [[CERTIFI]]  # the new side hangs without it
    hung = [each for each in found["mixes"] if each["shows"] == "not told"]
    assert any("20 s" in each["reason"] for each in hung)
    assert not any(CERTIFI in each["new"] for each in hung)


EMPTY = "an empty directory"
LOST = {
    "the network is gone": {"UV_OFFLINE": "1"},
    "the builds are not in the index any more": {"UV_DEFAULT_INDEX": EMPTY},
}


@pytest.mark.parametrize("variables", LOST.values(), ids=LOST)
def test_mixes_that_cannot_be_made_blame_nobody(
    fresh: Harness, variables: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "index").mkdir()
    places = {EMPTY: str(tmp_path / "index")}
    lost = {name: places.get(value, value) for name, value in variables.items()}
    done = ran(fresh, variables={**lost, "UV_CACHE_DIR": str(tmp_path / "cache")})
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
