"""The paths of a project: the files and directories of one user of the harness.

The package contains the canonical project. Another repository sets its own paths, and the scripts
that it has checked, in the `[tool.state-harness]` table of its pyproject.toml, relative to that
file; a checkout of the harness does the same. Without such a table, results are in the working
directory, and environments in the cache directory of the user, which all projects share.
"""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import platformdirs

from harness.base.errors import UsageError
from harness.base.files import is_directory
from harness.base.loading import Layout

PACKAGE = Path(__file__).parent.parent
PROBE = PACKAGE / "probe"
RESOURCES = PACKAGE / "resources"
SCENARIOS = PROBE / "scenarios"  # the canonical scenarios, a part of the probe
CHECKOUT = PACKAGE.parent  # for an editable installation; for a wheel, this is site-packages
TABLE = "state-harness"
PLACES = ("scenarios", "baselines", "known-changes", "results", "environments", "archive")
LISTS = ("scripts", "targets", "with", "requirements")  # what `check` runs, where, and with what
SETTINGS = (*PLACES, *LISTS, "cwd")


@dataclass(frozen=True, kw_only=True)
class Scripts:
    """The plain scripts of a project, as its table names them.

    `patterns` name the scripts, relative to the root; `targets` are names as `--on` takes them.
    `packages` are requirements, or directories of projects to build; `requirements` are files.
    They run in `directory`, or without one each time in a new one.
    """

    patterns: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    requirements: tuple[Path, ...] = ()
    directory: Path | None = None


@dataclass(frozen=True, kw_only=True)
class Project:
    """The files and directories of one user of the harness; all paths are absolute.

    `root` is the directory of the pyproject.toml with the table, or the working directory.
    """

    root: Path
    scenarios: Path
    baselines: Path
    known_changes: Path
    results: Path
    environments: Path
    archive: Path
    scripts: Scripts = field(default_factory=Scripts)
    targets: Path = RESOURCES / "targets.toml"
    locks: Path = RESOURCES / "locks"

    @property
    def canonical(self) -> bool:
        """Whether the scenarios are those of the article, whose figures were published."""
        return self.scenarios == SCENARIOS

    @property
    def checkout(self) -> bool:
        """Whether the root is a checkout of the harness, so that commands may edit its files."""
        return self.root == CHECKOUT

    def with_places(self, **places: Path) -> "Project":
        """A copy of the project with other paths, such as `results=...`, for one run."""
        changes: dict[str, Any] = {**places}
        return replace(self, **changes)

    def may_write(self, path: Path) -> bool:
        """Whether a file belongs to the project, and not to the installed package."""
        shipped = path.is_relative_to(PACKAGE) or path.is_relative_to(CHECKOUT / "baselines")
        return self.checkout or not shipped

    def require_checkout(self, command: str) -> None:
        """Raise UsageError unless the project is a checkout, whose files `command` edits."""
        if not self.checkout:
            raise UsageError(
                f"`{command}` edits files of the harness itself: run it in a checkout of the "
                f"harness, not in {self.root}"
            )

    def require_baselines(self, purpose: str) -> None:
        """Raise UsageError if the baselines are a part of the installed package."""
        if not self.may_write(self.baselines):
            raise UsageError(
                f"{purpose} would write into the installed package, {self.baselines}: set "
                f"`baselines` in [tool.{TABLE}] of a pyproject.toml, or give --baselines DIR"
            )


def find_project(directory: Path) -> Project:
    """The project of a working directory, by the table in the nearest pyproject.toml, upwards.

    Raises UsageError, which names the file and the setting.
    """
    directory = directory.absolute()
    for parent in (directory, *directory.parents):
        settings = _settings(parent / "pyproject.toml")
        if settings is not None:
            places: dict[str, Any] = {
                name.replace("-", "_"): parent / path
                for name, path in settings.items()
                if name in PLACES
            }
            return replace(_default(parent), **places, scripts=_scripts(parent, settings))
    return _default(directory)


def _default(root: Path) -> Project:
    return Project(
        root=root,
        scenarios=SCENARIOS,
        baselines=_shipped_baselines(),
        known_changes=RESOURCES / "known_changes.toml",
        results=root / "results",
        environments=_cache(root) / "environments",
        archive=root / "archive",
    )


def _scripts(root: Path, settings: dict[str, Any]) -> Scripts:
    lists = {name: settings.get(name, []) for name in LISTS}
    packages = (str(root / each) if is_directory(root / each) else each for each in lists["with"])
    return Scripts(
        patterns=tuple(lists["scripts"]),
        targets=tuple(lists["targets"]),
        packages=tuple(packages),
        requirements=tuple(root / each for each in lists["requirements"]),
        directory=root / settings["cwd"] if "cwd" in settings else None,
    )


def _cache(root: Path) -> Path:
    """The cache directory of the user; that of a user without a home is below `root`."""
    try:
        # relative with older releases of platformdirs, an error with newer ones
        return root / ".cache" / platformdirs.user_cache_path(TABLE)
    except RuntimeError:
        return root / ".cache"


def _shipped_baselines() -> Path:
    """The baselines are in `resources` in a wheel, and at the top of a checkout."""
    shipped = RESOURCES / "baselines"
    return shipped if shipped.is_dir() else CHECKOUT / "baselines"


def _settings(path: Path) -> dict[str, Any] | None:
    """The settings of a pyproject.toml; None if the file or the table does not exist."""
    if not path.is_file():
        return None
    table = PYPROJECT.load(path).tool.get(TABLE)
    if table is None:
        return None
    where = f"{path}, [tool.{TABLE}]"
    if not isinstance(table, dict):
        raise UsageError(f"{where}: must be a table")
    for name, value in table.items():
        if name not in SETTINGS:
            raise UsageError(f"{where}: {name!r} is none of {', '.join(SETTINGS)}")
        if name not in LISTS and not _is_text(value):
            raise UsageError(f"{where}, {name!r}: must be a path, as text")
        if name in LISTS and not (isinstance(value, list) and all(map(_is_text, value))):
            raise UsageError(f'{where}, {name!r}: must be a list of texts, such as ["..."]')
    return table


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip()) and "\0" not in value


@dataclass(frozen=True, kw_only=True)
class _PyProject:
    tool: dict[str, Any] = field(default_factory=dict)


PYPROJECT = Layout(
    content=_PyProject,
    title="TOML",
    error=UsageError,
    way_out="correct it",
    toml=True,
)
