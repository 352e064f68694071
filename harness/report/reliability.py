"""The tables of faults that tests hold, read from the marks in the source of the tests."""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from harness.base.errors import UsageError

MARK = "pytest.mark.fault"
AREAS = (
    "verdicts",
    "scenarios",
    "scripts",
    "processes",
    "files",
    "environments",
    "packages and indexes",
    "disks and folders",
    "secrets",
    "command lines",
)


class Fault(NamedTuple):
    area: str
    fault: str
    outcome: str
    test: str
    path: Path


def fault_tables(root: Path) -> Iterator[str]:
    """A heading and a table for each area; the rows are in the order of the files in `root`/tests.

    Raises UsageError, which names the place, if a mark cannot be read or belongs to no test.
    """
    found = [fault for path in sorted((root / "tests").rglob("*.py")) for fault in faults(path)]
    for area in AREAS:
        rows = [fault for fault in found if fault.area == area]
        if rows:
            yield from ("", f"## {area.capitalize()}", "")
            yield from ("| fault | outcome | test |", "| --- | --- | --- |")
        for each in rows:
            test = f"[{each.test}](../{each.path.relative_to(root).as_posix()})"
            yield f"| {each.fault} | {each.outcome} | {test} |"
    yield ""


def faults(path: Path) -> Iterator[Fault]:
    """The faults that the tests of a file hold."""
    module = ast.parse(path.read_text(encoding="utf-8"))
    tables = {
        name.id: node.value
        for node in module.body
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value
        for name in ast.walk(node)
        if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Store)
    }
    unread = [node for node in ast.walk(module) if isinstance(node, ast.expr) and _is_mark(node)]
    for test in ast.walk(module):
        if isinstance(test, ast.FunctionDef) and test.name.startswith("test_"):
            for call in _calls(test, tables):
                if call.func in unread and (texts := _texts(call)):
                    unread.remove(call.func)
                    yield Fault(*texts, test.name, path)
    for node in unread:
        raise UsageError(
            f"{path}:{node.lineno}: {MARK} needs a test, and three texts, AREA, FAULT and OUTCOME; "
            f"AREA is one of {', '.join(AREAS)}"
        )


def _is_mark(node: ast.expr) -> bool:
    return isinstance(node, ast.Attribute) and ast.unparse(node) == MARK


def _calls(test: ast.FunctionDef, tables: Mapping[str, ast.expr]) -> Iterator[ast.Call]:
    """The calls in the decorators of a test, and in the tables that the decorators name."""
    for decorator in test.decorator_list:
        for node in ast.walk(decorator):
            if isinstance(node, ast.Call):
                yield node
            if isinstance(node, ast.Name) and node.id in tables:
                table = ast.walk(tables[node.id])
                yield from (each for each in table if isinstance(each, ast.Call))


def _texts(call: ast.Call) -> tuple[str, str, str] | None:
    match [getattr(each, "value", None) for each in call.args], call.keywords:
        case [str(area), str(fault), str(outcome)], [] if area in AREAS:
            return area, fault, outcome
    return None
