"""A record with large texts, or with control characters, makes no large or odd report."""

from dataclasses import replace
from pathlib import Path

import pytest

from harness.observing.records import Failure, Record
from harness.report.legible import LENGTH
from harness.report.writing import write_report
from tests.support.makers import (
    array,
    gives,
    internal,
    raises,
    run,
    sees,
    surroundings,
    twice,
)
from tests.unit.report.gathering import WHOLE, accept, gathered, only, store

LONG = "x" * 1_000_000
ENVIRONMENT = surroundings()
LARGE = {
    "an error": replace(WHOLE, runs=tuple(twice(raises(LONG, kind=LONG)))),
    "a step": replace(WHOLE, runs=tuple(twice(gives(1.0, step=LONG)))),
    "an array": replace(WHOLE, runs=tuple(twice(sees("step", **{LONG: array(1.0)})))),
    "how a run ended": replace(
        WHOLE, runs=(run(gives(1.0, 2.0)), run(number=2, end="crashed", detail=LONG))
    ),
    "why there are no internals": replace(WHOLE, internals_failure=LONG),
    "an internal": replace(
        WHOLE, internals=(internal(source="a"),), sources={"a": f"def f():\n    return {LONG!r}"}
    ),
    "a version": replace(WHOLE, environment=replace(ENVIRONMENT, numpy=LONG, platform=LONG)),
    "why there is nothing": replace(WHOLE, runs=(), failure=Failure(type=LONG, message=LONG)),
}


@pytest.mark.fault(
    "files", "a name, an error or a source of a million characters", "the report cuts it"
)
@pytest.mark.parametrize("what", LARGE.values(), ids=LARGE)
def test_no_text_of_a_record_makes_a_report_large(tmp_path: Path, what: Record) -> None:
    store(tmp_path, what)
    store(tmp_path, replace(WHOLE, target="tf-2.14"))
    accept(tmp_path, WHOLE)
    written = write_report(gathered(tmp_path), tmp_path / "report")
    assert {path.name for path in written if path.stat().st_size > 250_000} == set()


def test_a_long_error_is_cut(tmp_path: Path) -> None:
    long = replace(WHOLE, runs=tuple(twice(raises(LONG))))
    store(tmp_path, long)
    [error] = [o.error for o in only(gathered(tmp_path)).observations if o.error]
    assert len(error.message) < LENGTH + 60


@pytest.mark.fault("files", "a record has control characters", "the report writes them out")
def test_controls_in_a_record_are_written_out(tmp_path: Path) -> None:
    odd = "\x1b[31mred\x1b[0m \x07"
    what = replace(WHOLE, runs=tuple(twice(raises(odd, step=odd))))
    store(tmp_path, what)
    [error] = [o.error for o in only(gathered(tmp_path)).observations if o.error]
    assert error.message == r"red \x07"
    steps = {o.verdict.step for o in only(gathered(tmp_path)).observations}
    assert r"red \x07" in steps
    assert odd not in steps
