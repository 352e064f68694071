"""Each mark `fault` of a test is a row of docs/reliability.md, or an error that names its place."""

from pathlib import Path

import pytest

from harness.base.errors import UsageError
from harness.report.reliability import AREAS, fault_tables, faults
from tests.support.places import ROOT

MARKED = """
import pytest

TABLE: dict[str, object] = {
    "third": pytest.param(3, marks=pytest.mark.fault("files", "a third file", "the end")),
}
OTHERS = {"no": pytest.param(4)}


@pytest.mark.fault("files", "a " "file", "the end")
@pytest.mark.fault("secrets", "a secret", "the end")
def test_two() -> None: ...


@pytest.mark.parametrize(
    "a", [2, pytest.param(1, marks=[pytest.mark.long, pytest.mark.fault("files", "x", "y")])]
)
@pytest.mark.parametrize("b", TABLE.values(), ids=TABLE)
@pytest.mark.parametrize("c", OTHERS.values(), ids=OTHERS)
def test_more(a: int, b: int, c: int) -> None: ...


@pytest.mark.parametrize("b", TABLE.values(), ids=TABLE)
def test_unmarked(b: int) -> None: ...
"""


def write(root: Path, name: str, text: str) -> Path:
    path = root / "tests" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_there_is_a_table_for_each_area_in_the_order_of_the_files(tmp_path: Path) -> None:
    write(tmp_path, "unit/test_b.py", MARKED)
    write(tmp_path, "integration/test_a.py", MARKED.replace("test_two", "test_first"))
    write(tmp_path, "unit/test_c.py", "def test_none() -> None: ...\n")
    heading = ["| fault | outcome | test |", "| --- | --- | --- |"]
    first, second = "../tests/integration/test_a.py", "../tests/unit/test_b.py"
    assert list(fault_tables(tmp_path)) == [
        *("", "## Files", "", *heading),
        f"| a file | the end | [test_first]({first}) |",
        f"| x | y | [test_more]({first}) |",
        f"| a third file | the end | [test_more]({first}) |",
        f"| a file | the end | [test_two]({second}) |",
        f"| x | y | [test_more]({second}) |",
        f"| a third file | the end | [test_more]({second}) |",
        *("", "## Secrets", "", *heading),
        f"| a secret | the end | [test_first]({first}) |",
        f"| a secret | the end | [test_two]({second}) |",
        "",
    ]


WRONG = {
    "an unknown area": '@pytest.mark.fault("weather", "rain", "the end")',
    "a name": '@pytest.mark.fault("files", FAULT, "the end")',
    "a text that is computed": '@pytest.mark.fault("files", f"{1}", "the end")',
    "a number": '@pytest.mark.fault("files", 1, "the end")',
    "two texts": '@pytest.mark.fault("files", "a file")',
    "four texts": '@pytest.mark.fault("files", "a file", "the end", "again")',
    "a keyword": '@pytest.mark.fault("files", "a file", outcome="the end")',
    "many arguments": "@pytest.mark.fault(*TEXTS)",
    "no arguments": "@pytest.mark.fault",
}


@pytest.mark.parametrize("mark", WRONG.values(), ids=WRONG)
def test_a_mark_without_three_texts_and_an_area_is_an_error_at_its_line(
    mark: str, tmp_path: Path
) -> None:
    path = write(tmp_path, "test_a.py", f"\n\n{mark}\ndef test_one() -> None: ...\n")
    with pytest.raises(UsageError, match="AREA is one of verdicts, ") as raised:
        list(fault_tables(tmp_path))
    assert str(raised.value).startswith(f"{path}:3: ")


RIGHT = 'pytest.mark.fault("files", "a file", "the end")'
LOST = {
    "a function that is no test": f"@{RIGHT}\ndef helper() -> None: ...\n",
    "a module": f"pytestmark = {RIGHT}\ndef test_one() -> None: ...\n",
    "a table that no test names": f"TABLE = [{RIGHT}]\ndef test_one() -> None: ...\n",
    "the body of a test": f"def test_one() -> None: {RIGHT}\n",
}


@pytest.mark.parametrize("text", LOST.values(), ids=LOST)
def test_a_mark_that_belongs_to_no_test_is_an_error(text: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="needs a test"):
        list(faults(write(tmp_path, "test_a.py", text)))


def test_no_text_breaks_its_row_and_each_area_has_rows() -> None:
    found = [fault for path in (ROOT / "tests").rglob("*.py") for fault in faults(path)]
    texts = [text for each in found for text in (each.fault, each.outcome)]
    assert [text for text in texts if "|" in text or "\n" in text or not text.strip()] == []
    assert {each.area for each in found} == set(AREAS)
