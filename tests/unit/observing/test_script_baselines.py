"""A baseline of a script is read back as the trace that was accepted; a damaged file is named."""

import json
from pathlib import Path
from typing import Any

import pytest

from harness.base.errors import BaselineError
from harness.observing.records import Array
from harness.observing.script_baselines import load_trace, script_baseline, trace_text
from harness.observing.scripts import Trace
from tests.support.makers import array
from tests.support.traces import did, statement, step, traced

SCRIPT = [
    statement(1, "x = draw()\n# over lines", binds=["x"], reads=["draw"]),
    statement(3, "y = f(x)", binds=["y"], reads=["f", "x"]),
    statement(4, "print(y)", reads=["print", "y"]),
    statement(5, "never_reached()", reads=["never_reached"]),
]
OBSERVED = [
    did(1, {"x": array(0.5, "nan")}, facts={"x (digest)": "00ff"}, texts={"note": "a\nb"}),
    did(3, {"y": array(1, 2, dtype="int64")}, printed="two\nlines\n"),
    did(4, error="TypeError: f() got an unexpected keyword"),
]


def kept(trace: Trace, directory: Path) -> Path:
    path = script_baseline(directory / "some.py", trace.target)
    path.parent.mkdir(parents=True)
    path.write_text(trace_text(trace), encoding="utf-8")
    return path


def test_a_baseline_lies_beside_its_script(tmp_path: Path) -> None:
    path = script_baseline(tmp_path / "scripts" / "some.py", "tf-2.15")
    assert path == tmp_path / "scripts/baselines/some/tf-2.15.json"


def test_it_is_read_back_as_it_was(tmp_path: Path) -> None:
    trace = traced(SCRIPT, *OBSERVED)
    assert load_trace(kept(trace, tmp_path)) == trace


def test_a_named_step_is_read_back_too(tmp_path: Path) -> None:
    observed = [*OBSERVED[:2], step("a", 7, 4, {"value": array(0.5)}, binds=["h"]), OBSERVED[2]]
    trace = traced(SCRIPT, *observed)
    found = load_trace(kept(trace, tmp_path))
    assert found == trace
    assert [each.name for each in found.statements] == [
        *("line 1", "line 3", "step a", "line 4", "line 5")
    ]


def test_what_differs_from_run_to_run_has_no_values(tmp_path: Path) -> None:
    trace = traced(SCRIPT, did(1, {"x": array(1.0)}), again=[did(1, {"x": array(2.0)})])
    found = load_trace(kept(trace, tmp_path))
    assert found.results["line 1"].unsteady == {"x"}
    assert found.results["line 1"].result.arrays["x"] == Array(
        dtype="float32", shape=(1,), values=None
    )


def test_a_reviewer_reads_a_line_for_each_statement_and_row(tmp_path: Path) -> None:
    text = kept(traced(SCRIPT, did(1, {"x": array(1, 2, 3, 4, shape=(2, 2))})), tmp_path)
    lines = [line.strip() for line in text.read_text(encoding="utf-8").splitlines()]
    assert '"source": ["y = f(x)"],' in lines
    assert "[1, 2]," in lines
    assert "[3, 4]" in lines


DAMAGES: dict[str, tuple[Any, str]] = {
    "another target": (lambda stored: stored | {"target": "tf-2.9"}, "the baseline of 'tf-2.9'"),
    "no statements": (lambda stored: {**stored, "statements": 3}, "statements"),
    "a newer harness": (lambda stored: stored | {"schema_version": 2}, "upgrade the harness"),
    "other values": (lambda stored: _with_mean(stored, 7.0), "edited by hand"),
}


def _with_mean(stored: dict[str, Any], mean: float) -> dict[str, Any]:
    stored["statements"]["line 3"]["result"]["arrays"]["y"]["mean"] = mean
    return stored


@pytest.mark.fault(
    "files",
    "a baseline of a script is damaged, or another target's",
    "exit code 3, and the message names the file and how to make it again",
)
@pytest.mark.parametrize(("damage", "said"), DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_file_is_named_with_the_way_out(damage: Any, said: str, tmp_path: Path) -> None:
    path = kept(traced(SCRIPT, *OBSERVED), tmp_path)
    path.write_text(json.dumps(damage(json.loads(path.read_bytes()))), encoding="utf-8")
    with pytest.raises(BaselineError) as raised:
        load_trace(path)
    assert str(raised.value).startswith(str(path))
    assert said in str(raised.value)
