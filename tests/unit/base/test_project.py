"""The paths of a project: by the nearest table, or by default, and never in the package."""

from collections.abc import Mapping
from pathlib import Path

import platformdirs
import pytest

from harness.base.errors import UsageError
from harness.base.project import (
    CHECKOUT,
    PACKAGE,
    RESOURCES,
    SCENARIOS,
    Project,
    Scripts,
    find_project,
)
from tests.support.places import CANONICAL

HEAD = "[tool.state-harness]\n"
PLACES = ("scenarios", "baselines", "known_changes", "results", "environments", "archive")


def write(directory: Path, text: str) -> Path:
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / "pyproject.toml"
    path.write_text(text, encoding="utf-8")
    return path


def places(project: Project) -> dict[str, Path]:
    return {name: getattr(project, name) for name in PLACES}


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The cache directory of the user, in the directory of the test."""
    directory = tmp_path / "cache"
    monkeypatch.setenv("XDG_CACHE_HOME", str(directory))
    assert platformdirs.user_cache_path() == directory
    return directory


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """A working directory without a table in it or in its parents."""
    directory = tmp_path / "work"
    directory.mkdir()
    return directory


NO_TABLE: dict[str, str | None] = {
    "no pyproject.toml": None,
    "an empty one": "",
    "no tools": "[project]\nname = 'a'\n",
    "other tools": "[tool.ruff]\nline-length = 100\n",
    "a tool of another name": "[tool.state-harness-2]\nresults = 'here'\n",
    "a table of no tool": "[state-harness]\nresults = 'here'\n",
}


@pytest.mark.parametrize("text", NO_TABLE.values(), ids=NO_TABLE)
def test_without_a_table_results_are_here_and_environments_in_the_cache(
    text: str | None, work: Path, cache: Path
) -> None:
    if text is not None:
        write(work, text)
    project = find_project(work)
    assert project.root == work
    assert places(project) == {
        "scenarios": SCENARIOS,
        "baselines": CANONICAL.baselines,
        "known_changes": RESOURCES / "known_changes.toml",
        "results": work / "results",
        "environments": cache / "state-harness" / "environments",
        "archive": work / "archive",
    }
    assert (project.canonical, project.checkout) == (True, False)


def test_two_projects_without_a_table_share_only_their_environments(
    work: Path, cache: Path
) -> None:
    one, other = (find_project(work / name) for name in ("one", "other"))
    assert one.environments == other.environments
    assert one.environments.is_relative_to(cache)
    assert one.results != other.results


# the settings, and the paths that differ from those of a project without settings
TABLES: dict[str, tuple[str, Mapping[str, str]]] = {
    "nothing": ("", {}),
    "results": ("results = 'found'", {"results": "found"}),
    "a name with a dash": ("known-changes = 'known.toml'", {"known_changes": "known.toml"}),
    "a directory in a directory": ("archive = 'a/b/c'", {"archive": "a/b/c"}),
    "scenarios": ("scenarios = 'scenarios'", {"scenarios": "scenarios"}),
    "everything": (
        "scenarios = 's'\nbaselines = 'b'\nknown-changes = 'k.toml'\nresults = 'r'\n"
        "environments = 'e'\narchive = 'a'",
        {
            "scenarios": "s",
            "baselines": "b",
            "known_changes": "k.toml",
            "results": "r",
            "environments": "e",
            "archive": "a",
        },
    ),
}


@pytest.mark.parametrize("below", [".", "sub", "sub/of/sub", "not/there/yet"])
@pytest.mark.parametrize(("settings", "own"), TABLES.values(), ids=TABLES)
@pytest.mark.usefixtures("cache")
def test_a_table_is_found_from_all_directories_below_and_its_paths_are_relative_to_its_file(
    settings: str, own: Mapping[str, str], below: str, work: Path
) -> None:
    if not below.startswith("not"):
        (work / below).mkdir(parents=True, exist_ok=True)
    plain = places(find_project(work))
    write(work, HEAD + settings)
    project = find_project(work / below)
    assert project.root == work
    assert places(project) == plain | {name: work / path for name, path in own.items()}
    assert project.canonical is ("scenarios" not in own)
    assert all(path.is_absolute() for path in places(project).values())


@pytest.mark.usefixtures("cache")
def test_the_scripts_of_a_table_are_relative_to_its_file(work: Path) -> None:
    (work / "sub").mkdir()
    assert find_project(work).scripts == Scripts()
    write(
        work,
        f"{HEAD}scripts = ['scripts/*.py']\ntargets = ['tf-2.15', 'keras']\n"
        "with = ['.', 'pandas>=2']\nrequirements = ['needs.txt']\ncwd = 'data'\n",
    )
    assert find_project(work / "sub").scripts == Scripts(
        patterns=("scripts/*.py",),
        targets=("tf-2.15", "keras"),
        packages=(str(work), "pandas>=2"),
        requirements=(work / "needs.txt",),
        directory=work / "data",
    )


@pytest.mark.usefixtures("cache")
def test_a_requirement_may_be_longer_than_a_path(work: Path) -> None:
    write(work, f"{HEAD}with = ['{'x' * 5000}']")
    assert find_project(work).scripts.packages == ("x" * 5000,)


@pytest.mark.usefixtures("cache")
def test_the_nearest_table_counts_and_a_nearer_file_without_a_table_does_not(work: Path) -> None:
    write(work, f"{HEAD}results = 'outer'\narchive = 'outer'")
    write(work / "inner", f"{HEAD}results = 'inner'")
    write(work / "inner" / "plain", "[tool.ruff]\nline-length = 100\n")
    project = find_project(work / "inner" / "plain")
    assert project.root == work / "inner"
    assert project.results == work / "inner" / "inner"
    assert project.archive == work / "inner" / "archive"  # nothing from the outer table
    assert find_project(work).results == work / "outer"


def test_an_absolute_path_is_not_changed(work: Path, tmp_path: Path) -> None:
    write(work, f"{HEAD}results = '{tmp_path}/elsewhere'")
    assert find_project(work).results == tmp_path / "elsewhere"


def test_a_relative_working_directory_gives_absolute_places(
    work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(work)
    assert find_project(Path("sub")).root == work / "sub"
    write(work, f"{HEAD}results = 'found'")
    assert find_project(Path("sub")).results == work / "found"


# a file, and the parts of the error message besides the name of the file
BROKEN: dict[str, tuple[str, list[str]]] = {
    "no TOML": ("[tool", ["cannot be read as TOML"]),
    "a name twice": (f"{HEAD}results = 'a'\nresults = 'b'", ["cannot be read as TOML"]),
    "no table of tools": ("tool = 1", ["cannot be read as TOML"]),
    "no table": ("[tool]\nstate-harness = 'results'", ["[tool.state-harness]", "must be a table"]),
    "many tables": ("[[tool.state-harness]]\nresults = 'a'", ["must be a table"]),
    "an unknown setting": (
        f"{HEAD}result = 'a'",
        ["[tool.state-harness]", "'result' is none of scenarios, baselines, known-changes"],
    ),
    "an unknown setting among others": (
        f"{HEAD}results = 'a'\ncolour = 'green'",
        ["'colour' is none of"],
    ),
    "a setting with an underscore": (f"{HEAD}known_changes = 'a'", ["'known_changes' is none of"]),
    "a path without a setting": (f"{HEAD}locks = 'a'", ["'locks' is none of"]),
    "a number": (f"{HEAD}results = 1", ["'results'", "must be a path, as text"]),
    "a boolean": (f"{HEAD}results = true", ["'results'", "must be a path, as text"]),
    "a list": (f"{HEAD}archive = ['a']", ["'archive'", "must be a path, as text"]),
    "an empty text": (f"{HEAD}baselines = ''", ["'baselines'", "must be a path, as text"]),
    "scripts as text": (f"{HEAD}scripts = 'a.py'", ["'scripts'", "must be a list of texts"]),
    "a target that is no text": (f"{HEAD}targets = [2.15]", ["'targets'", "a list of texts"]),
    "an empty requirement": (f"{HEAD}with = ['']", ["'with'", "must be a list of texts"]),
    "a directory as a list": (f"{HEAD}cwd = ['a']", ["'cwd'", "must be a path, as text"]),
}


@pytest.mark.fault(
    "files",
    "`pyproject.toml` is no TOML, or has an unknown setting or no path",
    "exit code 2, and the message names the file and the setting",
)
@pytest.mark.parametrize(("text", "message"), BROKEN.values(), ids=BROKEN)
def test_a_wrong_setting_is_an_error_with_the_name_of_the_file(
    text: str, message: list[str], work: Path
) -> None:
    path = write(work, text)
    write(work.parent, f"{HEAD}results = 'outer'")  # which must not be used instead
    with pytest.raises(UsageError) as raised:
        find_project(work / "sub")
    assert str(raised.value).startswith(f"{path}")
    assert [each for each in message if each not in str(raised.value)] == []


def test_a_file_that_is_not_text_is_named(work: Path) -> None:
    path = work / "pyproject.toml"
    path.write_bytes(b"[tool.state-harness]\nresults = '\xff'")
    with pytest.raises(UsageError, match="cannot be read as TOML") as raised:
        find_project(work)
    assert str(raised.value).startswith(f"{path}: ")


@pytest.mark.parametrize("below", [".", "harness", "docs", "tests/unit"])
def test_the_checkout_has_its_own_table(below: str) -> None:
    project = find_project(CHECKOUT / below)
    assert (project.root, project.checkout, project.canonical) == (CHECKOUT, True, True)
    assert places(project) == {
        "scenarios": SCENARIOS,
        "baselines": CHECKOUT / "baselines",
        "known_changes": RESOURCES / "known_changes.toml",
        "results": CHECKOUT / "results",
        "environments": CHECKOUT / ".environments",
        "archive": CHECKOUT / "archive",
    }
    assert (project.targets, project.locks) == (RESOURCES / "targets.toml", RESOURCES / "locks")


def test_other_paths_for_one_run_leave_the_rest_unchanged(work: Path) -> None:
    plain = find_project(work)
    moved = plain.with_places(results=work / "elsewhere")
    assert moved.results == work / "elsewhere"
    assert moved.with_places(results=plain.results) == plain
    assert plain.results == work / "results"


# a file, and whether a project outside the checkout may write it; a checkout may write all
FILES: dict[str, tuple[Path, bool]] = {
    "a shipped baseline": (CHECKOUT / "baselines" / "tf-2.15" / "internals.json", False),
    "the shipped baselines": (CHECKOUT / "baselines", False),
    "a baseline among the resources of a wheel": (RESOURCES / "baselines" / "tf-2.15", False),
    "a lock": (RESOURCES / "locks" / "tf-2.15.txt", False),
    "the package": (PACKAGE, False),
    "a directory beside the package, of a like name": (PACKAGE.parent / "harness-2", True),
    "a directory beside the baselines, of a like name": (CHECKOUT / "baselines-2", True),
    "a baseline of its own": (Path("/somewhere/baselines/tf-2.15/internals.json"), True),
}


@pytest.mark.parametrize(("path", "own"), FILES.values(), ids=FILES)
def test_only_a_checkout_may_write_shipped_files(path: Path, work: Path, *, own: bool) -> None:
    assert find_project(work).may_write(path) is own
    assert CANONICAL.may_write(path)


def test_shipped_baselines_are_refused_with_a_remedy(work: Path) -> None:
    with pytest.raises(UsageError, match="installed package") as raised:
        find_project(work).require_baselines("--force-regen")
    message = str(raised.value)
    assert message.startswith(f"--force-regen would write into the installed package, {CHECKOUT}")
    assert "[tool.state-harness]" in message
    assert "--baselines DIR" in message


def test_baselines_of_the_project_are_not_refused(work: Path) -> None:
    find_project(work).with_places(baselines=work / "mine").require_baselines("--force-regen")
    write(work, f"{HEAD}baselines = 'mine'")
    find_project(work).require_baselines("--force-regen")
    CANONICAL.require_baselines("--force-regen")


def test_a_command_that_edits_the_harness_needs_a_checkout(work: Path) -> None:
    with pytest.raises(UsageError, match="`lock` edits files of the harness itself") as raised:
        find_project(work).require_checkout("lock")
    assert str(raised.value).endswith(f"not in {work}")
    write(work, f"{HEAD}baselines = 'mine'")  # a table is not enough
    with pytest.raises(UsageError, match="checkout"):
        find_project(work).require_checkout("lock")
    find_project(CHECKOUT / "docs").require_checkout("lock")


@pytest.mark.fault(
    "disks and folders",
    "a user without a home directory, and no HOME",
    "environments lie below the working directory",
)
def test_the_environments_of_a_user_without_a_home_are_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(_uid: int) -> None:
        raise KeyError

    for name in ("HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("pwd.getpwuid", unknown)
    assert tmp_path / ".cache" in find_project(tmp_path).environments.parents
