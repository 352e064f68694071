"""The README's tables are those of the targets, the locks and the baselines."""

import msgspec
import pytest

from harness.errors import UsageError
from harness.paths import ROOT, Workspace
from harness.report.readme import results_table, targets_table, with_tables
from harness.targets import load_targets, select

EVERY = list(load_targets().values())
BASELINES = Workspace().baselines
MARKERS = (
    "<!-- begin results -->",
    "<!-- end results -->",
    "<!-- begin targets -->",
    "<!-- end targets -->",
)
TEXT = "before\n{}\n{}\nbetween\n{}\nold\n{}\nafter\n".format(*MARKERS)


def test_the_table_of_targets_has_a_row_for_each() -> None:
    heading, rule, *rows = targets_table(EVERY)
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
def test_a_row_says_what_a_target_is(name: str, cells: str) -> None:
    [row] = list(targets_table(select(load_targets(), [name])))[2:]
    assert row == f"| `{name}` | {cells} |"


def test_targets_that_give_the_same_share_a_row() -> None:
    releases = select(load_targets(), ["tf-2.5", "tf-2.6"])
    [row] = list(results_table(releases, BASELINES))[2:]
    assert row.startswith("| tf-2.5 … tf-2.6 | ")
    assert len(list(results_table(releases[:1], BASELINES))[2:]) == 1


def test_nightly_and_fresh_targets_are_not_among_the_results() -> None:
    unlocked = [msgspec.structs.replace(target, as_of=None) for target in EVERY]
    assert len(list(results_table(unlocked, BASELINES))) == 2


def test_the_tables_stand_between_their_markers_and_nothing_else_changes() -> None:
    written = with_tables(TEXT, BASELINES)
    assert written.startswith("before\n<!-- begin results -->\n| targets | Keras | ")
    assert "|\n<!-- end results -->\nbetween\n<!-- begin targets -->\n| target | " in written
    assert written.endswith("|\n<!-- end targets -->\nafter\n")
    assert "old" not in written.split("<!-- begin targets -->")[1]
    assert with_tables(written, BASELINES) == written


@pytest.mark.parametrize("marker", MARKERS)
def test_a_missing_marker_is_named(marker: str) -> None:
    with pytest.raises(UsageError, match=r"README\.md: .* is missing") as raised:
        with_tables(TEXT.replace(marker, ""), BASELINES)
    assert marker in str(raised.value)


def test_the_readme_is_up_to_date() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert text == with_tables(text, BASELINES), "`nox -s readme` writes its tables anew"
