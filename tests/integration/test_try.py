"""A plain script on many releases: each boundary of the samples is found, at its statement.

`tests/samples/scripts/boundaries.toml` was made by hand in the bare environments, without the
harness. A target on each side of every boundary is tried; `--all-releases` tries all of them.
"""

import json
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration.command_line import Harness
from tests.support.places import ROOT

SCRIPTS = ROOT / "tests/samples/scripts"
TABLE = tomllib.loads((SCRIPTS / "boundaries.toml").read_text(encoding="utf-8"))
FIRST = ("stateful.py", "override.py", "upstream/hard_sigmoid.py")  # what CI tries
NAMES = sorted(TABLE["checked"], key=lambda name: (name not in FIRST, name))


def tried(harness: Harness, script: Path, *options: str) -> tuple[int, dict[str, Any]]:
    """The exit code of `try`, and what it found."""
    done = subprocess.run(
        harness.command("try", str(script), "--format", "json", *options),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=1800,
    )
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)


def wanted(name: str) -> list[dict[str, Any]]:
    return [each for each in TABLE["boundary"] if each["script"] == name]


def telling(found: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The boundaries between neighbours at which more differs than the message of an error."""
    for each in found["boundaries"]:
        sorts = {d["sort"] for one in each["differences"] for d in one["differences"]}
        family = {side.split("-")[0] for side in (each["before"], each["after"])}
        if sorts != {"message"} and len(family) == 1:
            yield each


@pytest.mark.parametrize("name", NAMES)
def test_each_boundary_is_found_at_its_statement(
    harness: Harness, name: str, request: pytest.FixtureRequest
) -> None:
    sides = {side for each in wanted(name) for side in each["between"]} or {"tf-2.15", "tf-2.16"}
    if request.config.getoption("--all-releases"):
        sides |= {side for chain in TABLE["checked"][name] for side in TABLE["chains"][chain]}
    code, found = tried(harness, SCRIPTS / name, "--on", *sorted(sides))
    assert found["failures"] == {}
    between = {(each["before"], each["after"]): each for each in telling(found)}
    for each in wanted(name):
        [*differences] = between[tuple(each["between"])]["differences"]
        begins = [one["line"] for one in differences if one["follows"] is None]
        assert begins[0] == each.get("weights", each["line"]), each
        assert each["line"] in [one["line"] for one in differences], each
    assert set(between) == {tuple(each["between"]) for each in wanted(name)}
    assert code == (1 if wanted(name) else 0) or found["not_compared"]
