"""Changes planted in what Keras does with states: a step of a scenario finds and names each."""

from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest

from harness.environments.virtual_environments import ensure_environment
from harness.judging.judge import judge
from harness.observing.probing import Limits, start_probe
from harness.observing.snapshots import load_baseline
from tests.integration.command_line import Harness
from tests.integration.planting import planted
from tests.support.places import CRITERIA, TARGETS


class Plant(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A change to plant, and the step of a scenario that must change by it."""

    name: str
    target: str
    file: str
    old: str
    new: str
    scenario: str
    step: str
    says: str


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    plant: tuple[Plant, ...]


TABLE = Path(__file__).with_name("planted_states.toml")
PLANTS = msgspec.toml.decode(TABLE.read_bytes(), type=_File).plant


def found(harness: Harness, target: str, scenarios: Sequence[str]) -> list[str]:
    """The unknown differences of some scenarios from their baselines, and what was not observed."""
    project = harness.project
    environment = ensure_environment(TARGETS[target], project)
    with start_probe(
        TARGETS[target],
        environment,
        project.scenarios,
        project.results / target,
        jobs=1,
        limits=Limits(),
        only=scenarios,
    ) as probe:
        record = probe.record()
    judgement = judge(record, load_baseline(TARGETS[target], project), CRITERIA)
    assert judgement.observed, judgement.failure
    changes = [
        f"{each.change.where}: {each.change}"
        for each in judgement.changes
        if each.change.scenario in scenarios and each.unknown
    ]
    return [*changes, *map(str, judgement.observed.gaps)]


@pytest.mark.parametrize("plant", PLANTS, ids=lambda plant: plant.name)
def test_a_step_finds_and_names_what_was_planted(private: Harness, plant: Plant) -> None:
    ensure_environment(TARGETS[plant.target], private.project)
    with planted(private.package_file(plant.target, plant.file), [(plant.old, plant.new)]):
        texts = found(private, plant.target, (plant.scenario,))
    expected = f"{plant.scenario} / {plant.step}: {plant.says}"
    assert any(text.startswith(expected) for text in texts), texts


@pytest.mark.parametrize("target", dict.fromkeys(plant.target for plant in PLANTS))
def test_without_a_plant_the_same_scenarios_show_nothing(private: Harness, target: str) -> None:
    scenarios = dict.fromkeys(plant.scenario for plant in PLANTS if plant.target == target)
    assert found(private, target, tuple(scenarios)) == []
