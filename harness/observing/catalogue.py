"""The observable things: the scripts of the scenarios, and the watched internals."""

import ast
from dataclasses import dataclass
from pathlib import Path

from harness.base.errors import UsageError
from harness.base.loading import Layout, Name
from harness.base.project import PROBE, SCENARIOS

PORTABLE = "portable_"  # prefix of the names of the scenarios that run on every target


def scenario_script(scenario: str) -> Path:
    """The script of a canonical scenario, which may be in the directory of its family."""
    of_families = {path.stem: path for path in SCENARIOS.glob("*/*.py")}
    return of_families.get(scenario, SCENARIOS / f"{scenario}.py")


def scenario_scripts(directory: Path) -> dict[str, Path]:
    """The scripts of the scenarios of a project, by name."""
    found = [*directory.glob("*.py"), *directory.glob("*/*.py")]
    return {
        path.stem: path
        for path in sorted(found)
        if "def scenario(" in path.read_text(encoding="utf-8", errors="replace")
    }


def variants_named(path: Path) -> tuple[str, ...] | None:
    """The variants that a file of scenarios names in VARIANTS; None if that cannot be told."""
    found: list[object] = []
    try:
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            inner = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
            if not inner and any(map(_assigns_variants, ast.walk(node))):
                found += ast.literal_eval(getattr(node, "value", None) or node)
    except (OSError, SyntaxError, TypeError, ValueError):
        return None
    names = tuple(name for name in found if isinstance(name, str))
    return names if len(names) == len(found) else None


def _assigns_variants(node: ast.AST) -> bool:
    return isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and node.id == "VARIANTS"


def watched_internals(path: Path = PROBE / "watched.json") -> dict[str, str]:
    """Every watched internal, with the reason for watching it, from the probe's list."""
    table = WATCHED.load(path)
    return {
        f"{class_name}.{entry.name}": entry.why
        for entry in table.watched
        for group in entry.of
        for class_name in table.groups[group]
    }


@dataclass(frozen=True, kw_only=True)
class _Watched:
    """An attribute to watch, in the classes of some groups, and the reason."""

    of: tuple[str, ...]
    name: Name
    why: Name


@dataclass(frozen=True, kw_only=True)
class _Table:
    groups: dict[str, tuple[Name, ...]]
    watched: tuple[_Watched, ...]


def _check_groups(table: _Table) -> None:
    for entry in table.watched:
        for group in entry.of:
            if group not in table.groups:
                raise ValueError(f"{entry.name!r} is watched in {group!r}, which is no group")


WATCHED = Layout(
    content=_Table,
    title="the list of internals",
    error=UsageError,
    way_out="each entry of `watched` needs `of`, the names of groups, `name` and `why`",
    check=_check_groups,
)


def files_of_scenarios(scenarios: Path) -> list[Path]:
    """The scenarios, and every other file in their directory, which they may read."""
    paths = scenarios.rglob("*")
    return sorted(path for path in paths if "__pycache__" not in path.parts and path.is_file())
