"""The committed baselines agree with facts that were checked by hand in installed sources."""

import pytest

from harness.environments.locks import pinned, read_lock
from harness.judging.changes import ChangeKind
from harness.judging.diff import diff
from harness.judging.history import Watch, stretches
from harness.judging.internals import compare_internals
from harness.judging.known import KnownChange
from harness.observing.baselines import load_watches
from harness.observing.internals import Described
from harness.observing.snapshots import from_baseline
from tests.support.places import CANONICAL, CRITERIA, TARGETS

# releases at which the text of the function differs from the release before, or its file moved
SOURCES = {
    "RNN.get_initial_state": {
        "tensorflow": "2.1 2.4 2.6 2.9 2.13 2.16",
        "keras": "",
    },
    "RNN.reset_states": {
        "tensorflow": "2.1 2.4 2.5 2.6 2.7 2.9 2.13 2.14 2.16",
        "keras": "",
    },
    "RNN.reset_state": {"tensorflow": "2.16 2.19", "keras": "3.11"},
    "LSTMCell.get_initial_state": {"tensorflow": "2.6 2.9 2.13 2.16", "keras": ""},
    "RNN.call": {
        "tensorflow": "2.1 2.2 2.3 2.4 2.5 2.6 2.7 2.9 2.13 2.16 2.17 2.21",
        "keras": "3.1 3.5 3.12 3.14",
    },
}


@pytest.fixture(scope="module")
def watches() -> dict[str, dict[str, dict[str, Described]]]:
    return load_watches(CANONICAL.baselines, TARGETS.values())


@pytest.mark.parametrize(
    ("name", "family"), [(name, family) for name, found in SOURCES.items() for family in found]
)
def test_a_history_agrees_with_the_installed_sources(
    watches: dict[str, dict[str, Watch]], name: str, family: str
) -> None:
    changed = [
        stretch.targets[0].split("-")[1]
        for stretch in stretches(name, watches[family])
        if {change.kind for change in stretch.changes} - {ChangeKind.CALL_PROTOCOL}
    ]
    assert changed == SOURCES[name][family].split()


@pytest.mark.parametrize(
    ("release", "keras"),
    [("tf-2.16", "keras-3.4"), ("tf-2.17", "keras-3.6"), ("tf-2.21", "keras-3.13")],
)
def test_the_same_keras_on_another_python_and_tensorflow_shows_no_change(
    watches: dict[str, dict[str, Watch]], release: str, keras: str
) -> None:
    locks = [pinned(read_lock(TARGETS[name], CANONICAL.locks)) for name in (release, keras)]
    assert locks[0]["keras"] == locks[1]["keras"]
    before, after = watches["tensorflow"][release], watches["keras"][keras]
    assert before.keys() == after.keys()
    for name in before:
        assert list(compare_internals(name, before[name], after[name])) == []


# from 2.15 to 2.16: the kind, the step or internal, and the known change that explains it
KERAS_3 = [
    ("newly raises", "reset / reset to ones", "reset_states takes no values any more"),
    ("signature", "RNN.reset_states", "reset_states takes no values any more"),
    (
        "signature",
        "RNN.get_initial_state",
        "get_initial_state takes a batch size instead of the input",
    ),
    (
        "call protocol",
        "RNN.get_initial_state",
        "get_initial_state takes a batch size instead of the input",
    ),
    (
        "other semantics",
        "initial_state / stateful, initial_state in a later call",
        "A stateful layer uses initial_state again",
    ),
    (
        "newly raises",
        "initial_state / functional model, states as second argument",
        "A functional model takes no states as second argument",
    ),
]


@pytest.fixture(scope="module")
def keras_3() -> dict[tuple[str, str], list[KnownChange]]:
    sides = [from_baseline(TARGETS[name], CANONICAL) for name in ("tf-2.15", "tf-2.16")]
    found = diff(sides[0], sides[1], CRITERIA).findings
    return {(each.change.kind, each.change.where): list(each.known) for each in found}


@pytest.mark.parametrize(("kind", "where", "title"), KERAS_3)
def test_the_changes_of_keras_3_are_found_explained_and_have_advice(
    keras_3: dict[tuple[str, str], list[KnownChange]], kind: str, where: str, title: str
) -> None:
    [known] = [each for each in keras_3[kind, where] if each.title == title]
    assert known.instead
    assert known.portable
