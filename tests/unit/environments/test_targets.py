"""The targets file loads; a fault is reported with its entry and field."""

import re
from pathlib import Path

import pytest

from harness.base.errors import TargetsError, UsageError
from harness.environments.targets import FAMILIES, Target, followed, load_targets, named, select
from tests.support.places import CANONICAL, TARGETS

SOUND = """
family = "tensorflow"
python = "3.11"
requirements = ["tensorflow==2.15.1"]
as_of = 2024-03-09
variables = { TF_ENABLE_ONEDNN_OPTS = "0" }
pins = [{ requirement = "numpy<2", reason = "as it was", expires = 2030-01-01 }]
"""

# the old text, the new one, and the field that the error names
BROKEN = {
    "an unknown family": ('"tensorflow"', '"torch"', "family"),
    "a patch version of Python": ('"3.11"', '"3.11.7"', "python"),
    "a Python that is a number": ('"3.11"', "3.11", "python"),
    "no Python": ('python = "3.11"', "", "python"),
    "no requirement": ('["tensorflow==2.15.1"]', "[]", "requirements"),
    "an invalid requirement": ('"tensorflow==2.15.1"', '"tensorflow=2.15"', "requirements"),
    "a locked family without a day": ("as_of = 2024-03-09", "", "as_of"),
    "a fresh family with a day": ('family = "tensorflow"', 'family = "fresh"', "as_of"),
    "an invalid day": ("2024-03-09", '"9 March"', "as_of"),
    "a variable that is a number": ('"0"', "0", "variables"),
    "a pin without a reason": ('"as it was"', '" "', "pins"),
    "a pin that is no requirement": ('"numpy<2"', '"numpy<"', "pins"),
    "a pin without a day": (", expires = 2030-01-01", "", "expires"),
    "an unknown field": ('python = "3.11"', 'python = "3.11"\npyhton = "3.12"', "pyhton"),
    "following an unknown target": (
        'python = "3.11"',
        'python = "3.11"\nfollows = "tf-1.15"',
        "follows",
    ),
    "following a number": ('python = "3.11"', 'python = "3.11"\nfollows = 1.15', "follows"),
    "a field for the name": ('python = "3.11"', 'python = "3.11"\nname = "tf"', "name"),
}

NO_TARGETS = {
    "no TOML": ("schema_version = ", "TOML"),
    "no schema version": ("[target.tf]\n" + SOUND, "schema_version"),
    "another schema version": ("schema_version = 2\n[target.tf]\n" + SOUND, "schema_version"),
    "no target": ("schema_version = 1", "`target`"),
    "another table": ("schema_version = 1\n[targets.tf]\n" + SOUND, "targets"),
    "a target that is no table": ("schema_version = 1\n[target]\ntf = 1", "'tf'"),
    "a name in capitals": ("schema_version = 1\n[target.TF]\n" + SOUND, "'TF'"),
}


def load(directory: Path, text: str) -> dict[str, Target]:
    path = directory / "targets.toml"
    path.write_text(text, encoding="utf-8")
    return load_targets(path)


def load_entry(directory: Path, entry: str) -> Target:
    return load(directory, f'schema_version = 1\n[target."tf-2.15"]\n{entry}')["tf-2.15"]


def test_a_sound_entry_loads(tmp_path: Path) -> None:
    target = load_entry(tmp_path, SOUND)
    assert target.locked
    assert target.summary == "tensorflow==2.15.1 on Python 3.11, as of 2024-03-09"
    assert [pin.reason for pin in target.pins] == ["as it was"]


def test_a_target_may_follow_a_later_target_of_the_file(tmp_path: Path) -> None:
    text = f'schema_version = 1\n[target."keras-3.0"]\n{SOUND}\nfollows = "tf-2.15"\n'
    targets = load(tmp_path, f'{text}[target."tf-2.15"]\n{SOUND}')
    assert targets["keras-3.0"].follows == "tf-2.15"


def test_the_first_target_of_a_family_may_follow_another_family() -> None:
    follows = {name: followed(target, TARGETS.values()) for name, target in TARGETS.items()}
    led = {name: before for name, before in follows.items() if before}
    assert led.keys() >= {"keras-3.0", "tf-2.16-legacy", "tf-nightly"}
    for name, before in led.items():
        family = [t.name for t in TARGETS.values() if t.family == TARGETS[name].family]
        assert family[0] == name
        assert before.family != TARGETS[name].family
        assert before.locked


def test_following_a_family_means_its_newest_target() -> None:
    newest = [target for target in TARGETS.values() if target.family == "tensorflow"][-1]
    assert followed(TARGETS["tf-nightly"], TARGETS.values()) == newest
    assert followed(newest, TARGETS.values()) is None


@pytest.mark.fault(
    "files", "an entry of `targets.toml` is wrong", "the message names the target and the field"
)
@pytest.mark.parametrize(("old", "new", "field"), BROKEN.values(), ids=BROKEN)
def test_a_broken_entry_is_refused_with_its_name_and_field(
    old: str, new: str, field: str, tmp_path: Path
) -> None:
    assert old in SOUND
    with pytest.raises(TargetsError) as raised:
        load_entry(tmp_path, SOUND.replace(old, new, 1))
    where, what = str(raised.value).removeprefix(f"{tmp_path}/targets.toml: ").split("'", 2)[1:]
    assert where == "tf-2.15"
    assert field in what


@pytest.mark.parametrize(("text", "message"), NO_TARGETS.values(), ids=NO_TARGETS)
def test_a_file_that_holds_no_targets_is_refused(text: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(TargetsError, match=r"targets\.toml: ") as raised:
        load(tmp_path, text)
    assert message in str(raised.value)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TargetsError, match=r"none\.toml: "):
        load_targets(tmp_path / "none.toml")


@pytest.mark.parametrize(("prefix", "newest"), [("tf-2", 21), ("keras-3", 15)])
def test_every_release_is_a_target(prefix: str, newest: int) -> None:
    minors = [
        int(name.rpartition(".")[2]) for name in TARGETS if re.fullmatch(rf"{prefix}\.\d+", name)
    ]
    assert minors == list(range(len(minors)))
    assert minors[-1] >= newest


@pytest.mark.parametrize("family", ["legacy", "fresh"])
def test_every_release_since_keras_3_can_be_run_in_each_way(family: str) -> None:
    names = {f"tf-2.{minor}-{family}" for minor in range(16, 22)}
    assert names <= {name for name, target in TARGETS.items() if target.family == family}


def test_every_locked_target_has_a_lock_and_every_lock_a_target() -> None:
    locked = {f"{name}.txt" for name, target in TARGETS.items() if target.locked}
    assert {path.name for path in CANONICAL.locks.iterdir()} == locked


def test_no_lock_leads_anywhere_but_to_the_index_of_the_user() -> None:
    texts = {path.name: path.read_text(encoding="utf-8") for path in CANONICAL.locks.iterdir()}
    assert [name for name, text in texts.items() if "http" in text or "--index" in text] == []


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ([], []),
        (["tf-2.1"], ["tf-2.1"]),
        (["tf-2.15", "tf-2.0", "tf-2.15"], ["tf-2.0", "tf-2.15"]),
        (["nightly", "tf-2.21-fresh"], ["tf-2.21-fresh", "tf-nightly"]),
        (["legacy"], [f"tf-2.{minor}-legacy" for minor in range(16, 22)]),
        (["all"], list(TARGETS)),
        (FAMILIES, list(TARGETS)),
    ],
)
def test_names_and_families_select_targets_in_the_order_of_the_file(
    names: list[str], expected: list[str]
) -> None:
    assert [target.name for target in select(TARGETS, names)] == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("tf-2.15", "tf-2.15"),
        ("2.15", "tf-2.15"),
        ("3.5", "keras-3.5"),
        ("2.16-legacy", "tf-2.16-legacy"),
        ("nightly", "tf-nightly"),
    ],
)
def test_a_target_is_found_by_its_release_too(name: str, expected: str) -> None:
    assert named(TARGETS.values(), name).name == expected


def test_a_misspelt_name_is_answered_with_similar_names() -> None:
    with pytest.raises(UsageError, match=r"no target 'tf2\.15' \(did you mean tf-2\.15, "):
        named(TARGETS.values(), "tf2.15")
    with pytest.raises(UsageError, match=r"no target 'jax'; a release such as"):
        named(TARGETS.values(), "jax")


def test_a_name_that_selects_nothing_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match=r"'tf-2'.*legacy.*tf-2\.15"):
        select(TARGETS, ["tf-2.15", "tf-2"])
