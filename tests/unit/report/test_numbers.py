"""The tables on numbers: eras, distances from the oracle, seeds; from targets made by hand."""

from collections.abc import Mapping

import numpy as np
import pytest

from harness.judging.oracle.meanings import expected
from harness.judging.oracle.terms import DEFINED
from harness.observing.numerics import Tolerances
from harness.observing.results import Result, Results, combine
from harness.observing.snapshots import Snapshot
from harness.report.numbers import WAYS, eras_rows, oracle_rows, seeding_rows
from tests.support.makers import accept, differently, gives, observed, raises, recorded, sees

STEP = "layers / step"
ULP = 2.0**-23


def target(name: str, *seen: float) -> Snapshot:
    return observed({("layers", "fixed"): accept(gives(*seen))}, name=name)


def test_an_era_has_a_row_with_its_end_and_its_largest_difference() -> None:
    families = {
        "tensorflow": [target("a", 1.0), target("b", 1.0), target("c", 1.0 + 3 * ULP / 2)],
        "keras": [target("d", 1.0)],
    }
    assert list(eras_rows(families, Tolerances())) == [
        ["family", "era", "to", "steps that differ", "at most"],
        ["tensorflow", "era of a", "b", "", ""],
        ["tensorflow", "era of c", "c", "1", "2 ULP"],
        ["keras", "era of d", "d", "", ""],
    ]


def computes(name: str, off: float = 0.0) -> Snapshot:
    """A target with two steps of the oracle, one of them with a small error."""
    steps: dict[tuple[str, str], Results] = {}
    for scenario, step in (("stateful", "first pass"), ("portable_batch_sizes", "batch")):
        arrays = expected(scenario)[step][DEFINED]
        here = off if scenario == "stateful" else 0.0
        seen = {key: recorded((values + here).astype(np.float32)) for key, values in arrays.items()}
        steps[scenario, "fixed"] = accept(sees(step, **seen), raises("no", step="another"))
    steps["stateful", "strict"] = accept(gives(1.0, step="first pass"))
    return observed(steps, name=name)


def test_targets_that_are_equally_far_from_the_oracle_share_a_row() -> None:
    families = {"tensorflow": [computes("a"), computes("b"), computes("c", 1e-4)]}
    heading, near, far = oracle_rows(families)
    assert len(heading) == len(near) == len(far)
    assert (near[0], far[0]) == ("a … b", "c")
    assert (near[1], far[1]) == ("2", "2")
    assert far[2] == "stateful / first pass"
    assert float(near[3]) <= 0.5
    assert float(far[3]) > 100
    assert near[5:] == far[5:]
    assert (near[5], float(near[6]) <= 0.5) == ("1", True)


DRAWN, SAME, FAILS = (
    combine(differently(gives(1.0), gives(2.0)), Tolerances()),
    accept(gives(1.0)),
    accept(raises("no", "TypeError")),
)


def seeds(name: str, **ways: Mapping[str, Result]) -> Snapshot:
    """A target with one step for each way to seed; ways without a value have that of the first."""
    steps = {("seeding", way): ways.get(way, DRAWN) for way in WAYS}
    return observed(steps, name=name)


ROWS: dict[str, tuple[list[Snapshot], str]] = {
    "nowhere": ([seeds("a"), seeds("b")], "no"),
    "everywhere": ([seeds("a", numpy_too=SAME), seeds("b", numpy_too=SAME)], "yes"),
    "an error everywhere": ([seeds("a", numpy_too=FAILS)], "`TypeError`"),
    "from some target on": (
        [seeds("a"), seeds("b", numpy_too=SAME), seeds("c", numpy_too=SAME)],
        "a: no; b … c: yes",
    ),
    "up to some target": (
        [seeds("a", numpy_too=SAME), seeds("b", numpy_too=SAME), seeds("c", numpy_too=FAILS)],
        "a … b: yes; c: `TypeError`",
    ),
    "not observed at first": ([seeds("a", numpy_too={}), seeds("b")], "a: not observed; b: no"),
}


@pytest.mark.parametrize(("targets", "cell"), ROWS.values(), ids=ROWS)
def test_a_step_has_a_cell_for_each_way_to_seed(targets: list[Snapshot], cell: str) -> None:
    heading, row = seeding_rows({"tensorflow": targets})
    assert heading == ["family", "step", *WAYS]
    assert row[:2] == ["tensorflow", "step"]
    cells = dict(zip(heading[2:], row[2:], strict=True))
    assert cells["numpy_too"] == cell
    assert cells["random_too"] == "no"
