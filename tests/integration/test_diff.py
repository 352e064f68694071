"""Diffs of real releases: nothing between a target and itself, what is accepted between two."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from harness.judging.known import Effect
from tests.integration.command_line import Harness

RELEASES = [f"tf-2.{minor}" for minor in range(22)]
SOME = ("tf-2.0", "tf-2.15", "tf-2.21")
MEAN = re.compile(r"mean (-?[0-9.]+(?:e[-+]?[0-9]+)?)")


@pytest.fixture
def load() -> Iterator[None]:
    """Keep every core busy."""
    command = [sys.executable, "-c", "while True: pass"]
    spinning = [subprocess.Popen(command) for _ in os.sched_getaffinity(0)]
    yield
    for process in spinning:
        process.kill()
        process.wait()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "release" in metafunc.fixturenames:
        every = metafunc.config.getoption("--all-releases")
        metafunc.parametrize("release", RELEASES if every else SOME)


def diff(harness: Harness, *arguments: str) -> tuple[int, dict[str, Any]]:
    """The exit code, and what the command printed as JSON."""
    command = harness.command("diff", "--format=json", *arguments)
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)


def test_a_target_does_not_differ_from_itself(harness: Harness, release: str) -> None:
    code, document = diff(harness, release, release, "--threads=1")
    assert document["changes"] == document["lost"] == []
    assert code == 0


@pytest.mark.usefixtures("load")
def test_nor_with_two_threads_under_load(harness: Harness, release: str) -> None:
    code, document = diff(harness, release, release, "--threads=2")
    assert document["changes"] == document["lost"] == []
    assert code == 0


def test_what_two_targets_do_differs_as_their_baselines_do(harness: Harness) -> None:
    code, observed = diff(harness, "tf-2.15", "tf-2.16")
    _, accepted = diff(harness, "tf-2.15", "tf-2.16", "--accepted")
    assert code == 1
    assert texts(observed) == texts(accepted)
    assert means(observed) == pytest.approx(means(accepted), abs=1e-6)
    assert counts(observed) == counts(accepted)


IN_SOURCES = [
    pytest.param(
        ("keras-3.11", "keras-3.12"),
        {("RNN.call", "new raise")},
        "+            raise ValueError(f'If an RNN is stateful, the batch size of the input",
        id="another-batch-size",
    ),
    pytest.param(
        ("keras-3.13", "keras-3.14"),
        {("TimeDistributed.call", "new raise"), ("TimeDistributed.call", "removed raise")},
        "-        raise ValueError(f'`TimeDistributed` Layer should be passed a `mask` of shape",
        id="another-mask",
    ),
]


@pytest.mark.parametrize(("targets", "findings", "line"), IN_SOURCES)
def test_a_raise_is_told_by_the_sources(
    harness: Harness, targets: tuple[str, str], findings: set[tuple[str, str]], line: str
) -> None:
    code, document = diff(harness, *targets, "--accepted")
    assert code == 1
    kinds = ("new raise", "removed raise")
    found = [each for each in document["changes"] if each["kind"] in kinds]
    assert {(each["subject"], each["kind"]) for each in found} == findings
    assert all("raise ValueError" in each["difference"] for each in found)
    command = harness.command("diff", *targets, "--accepted", "--kind=body")
    printed = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    assert f"    {line}" in printed


def test_every_finding_between_two_generations_belongs_to_one_of_its_causes(
    harness: Harness,
) -> None:
    _, document = diff(harness, "tf-2.15", "tf-2.16", "--accepted")
    causes = {each["title"]: each for each in document["causes"]}
    assert len(causes) == len(document["causes"]) == document["totals"]["causes"] > 10
    for change in document["changes"]:
        assert (change["cause"] in causes) is change["finding"]
    effects = [each["effect"] for each in document["causes"]]
    assert effects == sorted(effects, key=list(Effect).index)
    command = harness.command("diff", "tf-2.15", "tf-2.16", "--accepted")
    printed = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    lines = printed.split("\n\n")[0].splitlines()
    numbered = [line.split(". ", 1)[1] for line in lines]
    assert all(line.startswith(title) for line, title in zip(numbered, causes, strict=True))
    assert not re.search(r"\\_|&lt;|<details>|\x1b", printed)


def beyond_rounding(document: dict[str, Any]) -> list[dict[str, Any]]:
    """The changes that show on every machine; the last digits depend on the processor."""
    return [change for change in document["changes"] if change["kind"] != "rounding"]


def texts(document: dict[str, Any]) -> list[dict[str, Any]]:
    """The changes with `#` for each mean, and without what has more numbers."""
    return [
        {
            **{key: text for key, text in change.items() if key not in ("reason", "difference")},
            **{side: MEAN.sub("mean #", change[side]) for side in ("before", "after")},
        }
        for change in beyond_rounding(document)
    ]


def means(document: dict[str, Any]) -> list[float]:
    sides = [change[side] for change in beyond_rounding(document) for side in ("before", "after")]
    return [float(number) for side in sides for number in MEAN.findall(side)]


def counts(document: dict[str, Any]) -> dict[str, int]:
    """The number of changes of each kind, except roundings and the sum."""
    totals: dict[str, int] = document["totals"]
    return {kind: n for kind, n in totals.items() if kind not in ("rounding", "changes")}


def test_records_are_compared_by_their_paths(harness: Harness) -> None:
    for target in ("tf-2.15", "tf-2.21"):
        assert harness.run(target).code == 0
    paths = [
        str(harness.project.results / target / "record.json") for target in ("tf-2.15", "tf-2.21")
    ]
    code, document = diff(harness, *paths)
    assert code == 1
    assert [document[side]["name"] for side in ("before", "after")] == ["tf-2.15", "tf-2.21"]
    _, accepted = diff(harness, "tf-2.15", "tf-2.21", "--accepted")
    assert document["totals"]["other semantics"] == accepted["totals"]["other semantics"] > 0
