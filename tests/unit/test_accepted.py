"""The committed baselines: what was checked by hand against the installed sources stays so."""

import pytest

from harness.baselines import load_watches
from harness.changes import ChangeKind
from harness.environments import pinned, read_lock
from harness.history import Watch, stretches
from harness.internals import Described, compare_internals
from harness.paths import Workspace
from harness.targets import load_targets

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
    return load_watches(Workspace().baselines, load_targets().values())


@pytest.mark.parametrize(
    ("name", "family"), [(name, family) for name, found in SOURCES.items() for family in found]
)
def test_a_history_is_that_of_the_installed_sources(
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
    targets = load_targets()
    locks = [pinned(read_lock(targets[name])) for name in (release, keras)]
    assert locks[0]["keras"] == locks[1]["keras"]
    before, after = watches["tensorflow"][release], watches["keras"][keras]
    assert before.keys() == after.keys()
    for name in before:
        assert list(compare_internals(name, before[name], after[name])) == []
