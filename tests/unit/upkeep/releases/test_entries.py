"""A target is written into targets.toml, and no other byte of the file changes."""

import datetime
import tomllib
from pathlib import Path

import msgspec
import pytest

from harness.base.errors import TargetsError
from harness.base.project import RESOURCES
from harness.environments.targets import Target, load_targets
from harness.upkeep.releases.entries import edited
from tests.support.places import TARGETS

TARGETS_TOML = (RESOURCES / "targets.toml").read_text(encoding="utf-8")
DAY = datetime.date(2026, 3, 7)
EVERY = TARGETS
LAST = {target.family: target for target in EVERY.values()}
KERAS = LAST["keras"]
NEXT = msgspec.structs.replace(
    KERAS,
    name="keras-9.9",
    python="3.99",
    requirements=(KERAS.requirements[0], "keras==9.9.0"),
    as_of=datetime.date(2099, 12, 1),
)
ENTRY = f"""
[target."keras-9.9"]
family = "keras"
python = "3.99"
requirements = ["{KERAS.requirements[0]}", "keras==9.9.0"]
as_of = 2099-12-01
"""


def test_a_new_entry_is_the_only_change() -> None:
    text = edited(TARGETS_TOML, KERAS.name, NEXT)
    above, below = text.split(ENTRY)
    assert above + below == TARGETS_TOML
    assert above.rsplit("[target", 1)[1].startswith(f'."{KERAS.name}"]\n')
    assert above.endswith(f"as_of = {KERAS.as_of}\n")
    assert below.startswith("\n\n# Fresh: ")


def test_a_changed_entry_differs_in_the_lines_that_change() -> None:
    changed = msgspec.structs.replace(NEXT, name=KERAS.name, python=KERAS.python)
    after = edited(TARGETS_TOML, KERAS.name, changed).splitlines()
    before = TARGETS_TOML.splitlines()
    assert len(before) == len(after)
    assert [line for old, line in zip(before, after, strict=True) if old != line] == [
        f'requirements = ["{KERAS.requirements[0]}", "keras==9.9.0"]',
        "as_of = 2099-12-01",
    ]


def test_an_unchanged_target_keeps_its_text() -> None:
    text = TARGETS_TOML
    for name, each in EVERY.items():
        text = edited(text, name, each)
    assert text == TARGETS_TOML


def test_every_family_can_be_continued(tmp_path: Path) -> None:
    text = TARGETS_TOML
    added = {}
    for family in ("tensorflow", "legacy", "keras", "fresh"):
        new = msgspec.structs.replace(LAST[family], name=f"{LAST[family].name}-next")
        text = edited(text, LAST[family].name, new)
        added[new.name] = new
    path = tmp_path / "targets.toml"
    path.write_text(text, encoding="utf-8")
    loaded = load_targets(path)
    assert loaded == {**EVERY, **added}
    names = list(loaded)
    assert [f"{names[names.index(name) - 1]}-next" for name in added] == list(added)


ODD = """\
schema_version = 1
# above
[target."a-1"]   # aside
family = "keras"

[target."a-2"]
python   =  '3.12' # the newest
family = "keras"  # of
requirements = [
    'numpy<2', # by hand
    "keras==3.15.1",
] # all
follows = "a-1"
as_of = 2026-01-01 # a day
pins = [{ expires = 2026-01-01, requirement = "numpy<2", reason = "as it was" }]"""


def odd(name: str, python: str, keras: str = "3.15.2") -> Target:
    return Target(
        name=name,
        family="keras",
        python=python,
        requirements=("numpy<2", f"keras=={keras}"),
        as_of=DAY,
    )


def test_the_style_of_an_entry_is_kept() -> None:
    day = ODD.replace("2026-01-01 #", "2026-03-07 #")
    patch = day.replace("3.15.1", "3.15.2")
    assert edited(ODD, "a-2", odd("a-2", "3.12", "3.15.1")) == day
    assert edited(ODD, "a-2", odd("a-2", "3.12")) == patch
    assert edited(ODD, "a-2", odd("a-2", "3.13")) == patch.replace("'3.12'", '"3.13"')


def test_a_new_entry_has_the_style_of_the_one_before_it_and_goes_to_the_end() -> None:
    new = odd("a-3", "3.12")
    text = edited(ODD, "a-2", new)
    assert text.startswith(f'{ODD}\n\n[target."a-3"]\n')
    assert text.count("# by hand") == 2
    document = tomllib.loads(text)["target"]
    assert document["a-2"] == tomllib.loads(ODD)["target"]["a-2"]
    assert document["a-3"] == {
        "family": "keras",
        "python": "3.12",
        "requirements": ["numpy<2", "keras==3.15.2"],
        "as_of": DAY,
    }


@pytest.mark.parametrize("standing", ["a-9", "a-1"], ids=["there is none", "another way to write"])
def test_an_entry_that_is_not_found_is_named(standing: str) -> None:
    with pytest.raises(TargetsError, match=rf'no line \[target\."{standing}"\], for a-3'):
        edited(ODD, standing, odd("a-3", "3.12"))
