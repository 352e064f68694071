"""Open defects: where a step shows one, and a file of them that is out of date or damaged."""

from pathlib import Path

import pytest

from harness.base.errors import UsageError
from harness.base.project import RESOURCES
from harness.judging.defects import Defect, load_defects, open_defects
from harness.observing.catalogue import scenario_script
from harness.observing.snapshots import Snapshot, from_baseline
from tests.support.makers import raises, side
from tests.support.places import CANONICAL, TARGETS

DEFECT = Defect(what="Something.", step="unheard_of / step", shows="TypeError")


def target(name: str, kind: str) -> Snapshot:
    return side(raises("a message", kind=kind), name=name)


def observed(*, newest: str, nightly: str) -> dict[str, list[Snapshot]]:
    return {
        "tensorflow": [target("tf-2.15", "ValueError"), target("tf-2.16", "TypeError")],
        "keras": [target("keras-3.0", "TypeError"), target("keras-3.1", newest)],
        "nightly": [target("tf-nightly", nightly)],
    }


@pytest.mark.parametrize(
    ("newest", "nightly", "targets"),
    [
        ("TypeError", "TypeError", ("tf-2.16", "keras-3.0", "keras-3.1", "tf-nightly")),
        ("TypeError", "ValueError", ("tf-2.16", "keras-3.0", "keras-3.1")),
        ("ValueError", "TypeError", ("tf-2.16", "keras-3.0", "tf-nightly")),
    ],
)
def test_the_targets_that_show_a_defect(
    newest: str, nightly: str, targets: tuple[str, ...]
) -> None:
    [found] = open_defects([DEFECT], observed(newest=newest, nightly=nightly))
    assert found.targets == targets
    assert found.nightly is (nightly == "TypeError")


def test_a_defect_is_gone_with_the_newest_release_and_the_nightly() -> None:
    gone = [
        found.gone
        for newest in ("TypeError", "ValueError")
        for nightly in ("TypeError", "ValueError")
        for found in open_defects([DEFECT], observed(newest=newest, nightly=nightly))
    ]
    assert gone == [False, False, False, True]


def test_no_defect_in_the_file_is_gone() -> None:
    families: dict[str, list[Snapshot]] = {}
    for each in TARGETS.values():
        if each.family in ("keras", "nightly"):
            families.setdefault(each.family, []).append(from_baseline(each, CANONICAL))
    found = open_defects(load_defects(RESOURCES / "open_defects.toml"), families)
    assert [each.defect.step for each in found if each.gone] == []


def test_a_step_that_a_target_does_not_have_shows_nothing() -> None:
    assert not DEFECT.is_in(side(raises("a message", kind="TypeError"), scenario="another"))


def test_each_defect_names_a_step_of_a_scenario_that_exists() -> None:
    for defect in load_defects(RESOURCES / "open_defects.toml"):
        text = scenario_script(defect.scenario).read_text(encoding="utf-8")
        assert "def scenario(" in text, defect.step


DAMAGED = ["", "schema_version = 1", 'schema_version = 1\n[[defect]]\nwhat = "a"\nstep = "b"\n']


@pytest.mark.parametrize("text", DAMAGED)
def test_a_damaged_file_is_named(text: str, tmp_path: Path) -> None:
    path = tmp_path / "open_defects.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match=r"open_defects\.toml"):
        load_defects(path)
