"""An upgrade: the route from one target to another, and the events of each need."""

import re
from pathlib import Path

import pytest

from harness.base.errors import UsageError
from harness.base.project import PROBE, RESOURCES
from harness.judging.changes import ChangeKind
from harness.judging.criteria import Criteria
from harness.judging.oracle.meanings import expected
from harness.judging.upgrade import Need, load_needs, route, upgrade
from harness.observing.records import Observation
from harness.observing.snapshots import Snapshot
from tests.support.makers import accept, accepts, gives, observed, raises
from tests.support.places import CRITERIA, TARGETS

IN_A_ROW = list(TARGETS.values())

WAYS = {
    "releases of TensorFlow": ("2.9", "2.12", "tf-2.9 tf-2.10 tf-2.11 tf-2.12"),
    "releases of Keras": ("3.5", "3.7", "keras-3.5 keras-3.6 keras-3.7"),
    "names of targets": ("tf-2.15", "tf-2.16", "tf-2.15 tf-2.16"),
    "a name and a release": ("tf-2.15", "2.16", "tf-2.15 tf-2.16"),
    "back": ("2.12", "2.10", "tf-2.12 tf-2.11 tf-2.10"),
    "within another family": (
        "2.16-legacy",
        "tf-2.18-legacy",
        "tf-2.16-legacy tf-2.17-legacy tf-2.18-legacy",
    ),
    "from one family into another": (
        "2.14",
        "3.2",
        "tf-2.14 tf-2.15 keras-3.0 keras-3.1 keras-3.2",
    ),
    "back to another family": ("keras-3.1", "tf-2.15", "keras-3.1 keras-3.0 tf-2.15"),
    "on to the newest of today": ("2.20", "tf-2.21-fresh", "tf-2.20 tf-2.21 tf-2.21-fresh"),
    "between two that follow neither": ("2.16", "3.5", "tf-2.16 keras-3.5"),
    "to Keras 2 on the same TensorFlow": ("2.16", "2.16-legacy", "tf-2.16 tf-2.16-legacy"),
    "to a following family": ("2.20", "nightly", "tf-2.20 tf-2.21 tf-nightly"),
    "on to another family that follows": (
        "2.14",
        "2.16-legacy",
        "tf-2.14 tf-2.15 tf-2.16-legacy",
    ),
    "back to a followed family": ("nightly", "2.21", "tf-nightly tf-2.21"),
    "by numbers, not by text": ("2.1", "2.3", "tf-2.1 tf-2.2 tf-2.3"),
}


@pytest.mark.parametrize(("start", "end", "names"), WAYS.values(), ids=WAYS)
def test_the_route_has_all_targets_of_a_family(start: str, end: str, names: str) -> None:
    assert [target.name for target in route(IN_A_ROW, start, end)] == names.split()


@pytest.mark.parametrize("wrong", ["2.99", "", "2", "tf", "keras", "tensorflow", "tf-2.9 "])
def test_an_unknown_release_is_named(wrong: str) -> None:
    for names in ((wrong, "2.9"), ("2.9", wrong)):
        with pytest.raises(UsageError, match=re.escape(f"no target {wrong!r}")):
            route(IN_A_ROW, *names)


def test_from_a_target_to_itself_there_is_no_upgrade() -> None:
    with pytest.raises(UsageError, match=r"from tf-2\.9 to tf-2\.9 there is no upgrade"):
        route(IN_A_ROW, "2.9", "tf-2.9")


RESET = Need(name="reset", steps=("reset / zeros", "reset / ones"), portable="portable_set_values")
OTHER = Need(name="other", steps=("other / step",), portable="portable_set_values")
WORKS, FAILS = gives(1.0, step="ones"), raises("no", step="ones")
ROUNDS, DRIFTS = gives(1.0 + 2.0**-23, step="ones"), gives(2.0, step="ones")


def targets(*given: Observation, variants: tuple[str, ...] = ("fixed",)) -> list[Snapshot]:
    return [
        observed({("reset", variant): accept(seen) for variant in variants}, name=name)
        for name, seen in zip("abcdef", given, strict=False)
    ]


# the kinds of the events, their targets, and whether the step raises in the end
OUTLOOKS: dict[str, tuple[list[Snapshot], list[tuple[str, ChangeKind]], bool]] = {
    "nothing": (targets(WORKS, WORKS, WORKS), [], False),
    "nothing, but it raises": (targets(FAILS, FAILS), [], True),
    "it raises on the way": (
        targets(WORKS, FAILS, WORKS),
        [("b", ChangeKind.NEWLY_RAISES), ("c", ChangeKind.WORKS)],
        False,
    ),
    "it raises from one target on": (
        targets(WORKS, WORKS, FAILS, FAILS),
        [("c", ChangeKind.NEWLY_RAISES)],
        True,
    ),
    "other values, then an error": (
        targets(WORKS, DRIFTS, FAILS),
        [("b", ChangeKind.VALUES), ("c", ChangeKind.NEWLY_RAISES)],
        True,
    ),
    "rounding is nothing": (targets(WORKS, ROUNDS), [], False),
    "random numbers are no event": (
        targets(WORKS, DRIFTS, variants=("printed", "strict")),
        [],
        False,
    ),
    "an error in all variants": (
        targets(WORKS, FAILS, variants=("printed", "fixed")),
        [("b", ChangeKind.NEWLY_RAISES)],
        True,
    ),
}


@pytest.mark.parametrize(("in_a_row", "events", "in_the_end"), OUTLOOKS.values(), ids=OUTLOOKS)
def test_each_need_has_its_events_and_the_steps_that_raise_in_the_end(
    in_a_row: list[Snapshot], events: list[tuple[str, ChangeKind]], *, in_the_end: bool
) -> None:
    found = upgrade(in_a_row, [OTHER, RESET], Criteria())
    assert found.targets == tuple(each.name for each in in_a_row)
    other, reset = found.outlooks
    assert (other.need, other.events, other.raises) == (OTHER, (), ())
    assert [(event.target, event.attributed.change.kind) for event in reset.events] == events
    assert reset.raises == (("reset / ones",) if in_the_end else ())


def test_an_event_names_its_known_change() -> None:
    before, after = (
        observed({("reset", "fixed"): accept(seen)}, name=keras, keras=keras)
        for keras, seen in (("2.15.0", WORKS), ("3.0.0", FAILS))
    )
    known = accepts("newly raises: reset / ones")
    [outlook] = upgrade([before, after], [RESET], Criteria(known=(known,))).outlooks
    assert [event.attributed.known for event in outlook.events] == [(known,)]


NEEDS = load_needs(RESOURCES / "needs.toml")


def test_every_need_has_a_name_of_its_own_and_its_steps() -> None:
    names = [need.name for need in NEEDS]
    assert sorted(set(names)) == sorted(names)
    assert all(need.steps for need in NEEDS)


@pytest.mark.parametrize("need", NEEDS, ids=lambda need: str(need.name))
def test_the_script_of_a_need_exists_and_the_oracle_knows_it(need: Need) -> None:
    assert need.script.is_relative_to(PROBE)
    assert need.portable.startswith("portable_")
    assert "def scenario(" in need.script.read_text(encoding="utf-8")
    assert expected(need.portable)


def test_every_portable_script_belongs_to_a_need() -> None:
    scripts = {path.stem for path in (PROBE / "scenarios").glob("portable_*.py")}
    assert {need.portable for need in NEEDS} == scripts
    assert {known.portable for known in CRITERIA.known} - {None} <= scripts


@pytest.mark.parametrize(
    ("version", "more", "message"),
    [(1, "colour = 1\n", "colour"), (2, "", "schema_version"), (1, "= no TOML", "Invalid")],
)
def test_a_file_of_needs_contains_nothing_else(
    tmp_path: Path, version: int, more: str, message: str
) -> None:
    path = tmp_path / "needs.toml"
    entry = '[[need]]\nname = "a"\nsteps = ["s / t"]\nportable = "portable_set_values"\n'
    path.write_text(f"schema_version = {version}\n{entry}{more}", encoding="utf-8")
    with pytest.raises(UsageError, match=f"(?s)needs.toml.*{message}"):
        load_needs(path)


@pytest.mark.parametrize(
    ("field", "message"),
    [
        ('steps = ["second pass"]\nportable = "portable_set_values"', "'second pass' is not 'SCEN"),
        ('steps = ["s / t"]\nportable = "portable_nix"', "no scenario 'portable_nix'"),
        (f'steps = ["s / t"]\nportable = "{"x" * 5000}"', "of length <= 100 - at"),
    ],
)
def test_a_fault_of_a_need_is_named(tmp_path: Path, field: str, message: str) -> None:
    path = tmp_path / "needs.toml"
    path.write_text(f'schema_version = 1\n[[need]]\nname = "a"\n{field}\n', encoding="utf-8")
    with pytest.raises(UsageError, match=f"needs.toml: .*need.*{message}"):
        load_needs(path)


def test_a_file_of_needs_is_read(tmp_path: Path) -> None:
    path = tmp_path / "needs.toml"
    entry = '[[need]]\nname = "a"\nsteps = ["s / t"]\nportable = "portable_set_values"\n'
    path.write_text(f"schema_version = 1\n{entry}", encoding="utf-8")
    [need] = load_needs(path)
    assert need == Need(name="a", steps=("s / t",), portable="portable_set_values")
