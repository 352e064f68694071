"""The tables of the documents agree with the targets, the locks and the baselines."""

import re

import msgspec
import pytest

from harness.base.errors import UsageError
from harness.environments.targets import select
from harness.observing.catalogue import watched_internals
from harness.observing.internals import Described
from harness.report.tables import (
    changes_rows,
    documents,
    internals_table,
    results_table,
    targets_table,
    with_parts,
)
from tests.support.makers import accepts
from tests.support.places import CANONICAL, CRITERIA, ROOT, TARGETS

EVERY = list(TARGETS.values())
MARKERS = (
    "<!-- begin results -->",
    "<!-- end results -->",
    "<!-- begin targets -->",
    "<!-- end targets -->",
)
TEXT = "before\n{}\n{}\nbetween\n{}\nold\n{}\nafter\n".format(*MARKERS)


def test_the_table_of_targets_has_a_row_for_each() -> None:
    heading, rule, *rows = targets_table(EVERY, CANONICAL)
    assert heading == "| target | family | requirements | Keras | Python | as of |"
    assert set(rule) == set("| -")
    assert [row.split("`")[1] for row in rows] == [target.name for target in EVERY]


@pytest.mark.parametrize(
    ("name", "cells"),
    [
        ("tf-2.0", "tensorflow | `tensorflow==2.0.4` | built in | 3.7 | 2021-01-07"),
        ("tf-2.15", "tensorflow | `tensorflow==2.15.1` | 2.15.0 | 3.11 | 2024-03-09"),
        (
            "tf-2.16-legacy",
            "legacy | `tensorflow==2.16.2` `tf-keras==2.16.0` | 2.16.0 | 3.12 | 2024-06-29",
        ),
        ("tf-2.21-fresh", "fresh | `tensorflow==2.21.0` | newest | 3.13 | the day it runs"),
    ],
)
def test_a_row_has_the_requirements_and_versions_of_a_target(name: str, cells: str) -> None:
    [row] = list(targets_table(select(TARGETS, [name]), CANONICAL))[2:]
    assert row == f"| `{name}` | {cells} |"


def test_targets_with_the_same_results_share_a_row() -> None:
    releases = select(TARGETS, ["tf-2.5", "tf-2.6"])
    [row] = list(results_table(releases, CANONICAL))[2:]
    assert row.startswith("| tf-2.5 … tf-2.6 | ")
    assert len(list(results_table(releases[:1], CANONICAL))[2:]) == 1


def test_nightly_and_fresh_targets_are_not_among_the_results() -> None:
    unlocked = [msgspec.structs.replace(target, as_of=None) for target in EVERY]
    assert len(list(results_table(unlocked, CANONICAL))) == 2


def test_only_the_text_between_the_markers_changes() -> None:
    parts = {"results": ["| a |", "| b |"], "targets": iter(["| c |"])}
    written = with_parts("README.md", TEXT, parts)
    assert written == TEXT.replace("results -->\n<", "results -->\n| a |\n| b |\n<").replace(
        "\nold\n", "\n| c |\n"
    )
    again = {"results": ["| a |", "| b |"], "targets": ["| c |"]}
    assert with_parts("README.md", written, again) == written


@pytest.mark.parametrize("marker", MARKERS)
def test_a_missing_marker_is_named_with_its_document(marker: str) -> None:
    with pytest.raises(UsageError, match=r"^README\.md: .* is missing") as raised:
        with_parts("README.md", TEXT.replace(marker, ""), {"results": [], "targets": []})
    assert marker in str(raised.value)


def method(body: str = "", owner: str = "keras.RNN") -> Described:
    return Described(kind="method", owner=owner, parameters=("self",), body=body)


def test_the_table_of_internals_has_the_targets_and_kinds_of_changes() -> None:
    watches = {
        "tensorflow": {
            "tf-2.0": {"RNN.call": method("def call(self):\n    return a")},
            "tf-2.1": {"RNN.call": method("def call(self):\n    return b", "keras.src.RNN")},
            "tf-2.2": {"RNN.call": method("def call(self):\n    return b", "keras.src.RNN")},
        },
        "keras": {"keras-3.0": {"RNN.call": Described()}, "keras-3.1": {"RNN.call": method()}},
    }
    heading, rule, *rows = internals_table(watches)
    assert heading == "| internal | tensorflow | keras | why it is watched |"
    assert rule.count("---") == 4
    why = watched_internals()["RNN.call"]
    assert rows == [f"| `RNN.call` | tf-2.1 moved, body | keras-3.1 added | {why} |"]


def test_an_internal_that_its_class_never_defines_has_no_row() -> None:
    watches = {"tensorflow": {"tf-2.0": {"LSTM.call": method(owner="keras.RNN")}}}
    assert len(list(internals_table(watches))) == 2


KNOWN = (
    accepts("added: *", title="first", portable="portable_set_values"),
    accepts("added: *", title="second", package="tensorflow", since="2.8"),
)


def test_the_table_of_changes_has_a_row_for_each() -> None:
    heading, first, second = changes_rows(KNOWN)
    assert heading == ["since", "what", "what it means", "what to write instead"]
    assert first == [
        "keras 3.0",
        "[first](https://example.org/)",
        "A reason.",
        "something else ([portable_set_values](../harness/probe/scenarios/portable_set_values.py))",
    ]
    assert second == [
        "tensorflow 2.8",
        "[second](https://example.org/)",
        "A reason.",
        "something else",
    ]


def test_no_accepted_change_breaks_its_row() -> None:
    rows = list(changes_rows(CRITERIA.known))
    assert [cell for row in rows for cell in row if "|" in cell or "\n" in cell] == []


def test_the_link_to_the_script_of_every_known_change_is_right() -> None:
    for _, _, _, instead in changes_rows(CRITERIA.known):
        for path in re.findall(r"\]\((\.\./[^)]*)\)", instead):
            assert (ROOT / "docs" / path).resolve().exists(), path


def test_the_documents_are_up_to_date() -> None:
    for path, text in documents(CANONICAL, EVERY, CRITERIA).items():
        assert path.read_text(encoding="utf-8") == text, f"`nox -s docs` writes {path} anew"
