"""New releases of Keras become targets of a copy of the project, as the weekly workflow has it.

The newest target is taken out of the copy, so that its release is new again. Three releases after
it are brought out: one that does the same, one that does otherwise, one that cannot be imported.
"""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from harness.environments.targets import Target, load_targets
from tests.integration.command_line import Harness
from tests.integration.wheels import release_keras
from tests.support.places import ROOT, TARGETS

*_, BEFORE, NEWEST = (target for target in TARGETS.values() if target.family == "keras")
MAJOR, MINOR = map(int, NEWEST.name.removeprefix("keras-").split("."))
SAME, OTHER, BROKEN = (f"{MAJOR}.{MINOR + ahead}" for ahead in (1, 2, 3))
RELEASES = {
    SAME: {},
    OTHER: {"keras/src/layers/rnn/lstm.py": ("return h, [h, c]", "return h, [c, h]")},
    BROKEN: {"keras/__init__.py": ('"""DO NOT', 'raise SystemError("out of order")\n"""DO NOT')},
}
# what the index had when the targets were made: no test fails because something has come out since
INDEX = max(target.as_of for target in TARGETS.values() if target.as_of)
COPIED = ("harness", "baselines", "docs", "tests", "pyproject.toml", "README.md")


@dataclass(frozen=True, kw_only=True)
class Ran:
    """What a command printed, and how it ended."""

    code: int
    printed: str


@dataclass(frozen=True, kw_only=True)
class Project:
    """A copy of the project, and the wheels that uv finds besides those of the index."""

    root: Path
    wheels: Path

    def run(self, *arguments: str, **variables: str) -> Ran:
        environment = {
            **os.environ,
            "CI": "true",
            "PYTHONPATH": str(self.root),
            "UV_EXCLUDE_NEWER": f"{INDEX}T23:59:59Z",
            "UV_FIND_LINKS": str(self.wheels),
            **variables,
        }
        done = subprocess.run(
            [sys.executable, "-m", "harness", *arguments],
            cwd=self.root,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        return Ran(code=done.returncode, printed=done.stdout + done.stderr)

    @property
    def contents(self) -> dict[str, bytes]:
        """What git would see."""
        paths = [self.root / "README.md"]
        for place in ("baselines", "docs", "harness/resources"):
            paths += [path for path in (self.root / place).rglob("*") if path.is_file()]
        return {str(path.relative_to(self.root)): path.read_bytes() for path in paths}

    @property
    def targets(self) -> dict[str, Target]:
        return load_targets(self.root / "harness" / "resources" / "targets.toml")

    @property
    def body(self) -> Path:
        return self.root / "results" / "update.md"


def copy(root: Path, wheels: Path) -> Project:
    """The project without its newest Keras target."""
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, root / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, root / name)
    resources = root / "harness" / "resources"
    path = resources / "targets.toml"
    entry = rf'\[target\."{re.escape(NEWEST.name)}"\]\n(.+\n)+\n'
    text, removed = re.subn(entry, "", path.read_text(encoding="utf-8"))
    assert removed == 1
    path.write_text(text, encoding="utf-8")
    (resources / "locks" / f"{NEWEST.name}.txt").unlink()
    shutil.rmtree(root / "baselines" / NEWEST.name)
    return Project(root=root, wheels=wheels)


@dataclass(frozen=True, kw_only=True)
class Updated:
    """The copy after an update, what it held before, and what the update said."""

    project: Project
    before: dict[str, bytes]
    ran: Ran
    body: str
    after: dict[str, bytes]

    def section(self, name: str) -> str:
        """What the body says of a target."""
        [text] = re.findall(rf"^## {name}, (.*?)(?=^## |\Z)", self.body, re.MULTILINE | re.DOTALL)
        return str(text)


@pytest.fixture(scope="module")
def updated(harness: Harness, tmp_path_factory: pytest.TempPathFactory) -> Updated:
    place = tmp_path_factory.mktemp("update")
    harness.ready(NEWEST.name)
    packages = harness.package_file(NEWEST.name, "keras").parent
    project = copy(place / "copy", place / "wheels")
    for minor, edits in RELEASES.items():
        release_keras(packages, f"{minor}.0", project.wheels, edits)
    before = project.contents
    ran = project.run("update")
    assert project.body.exists(), ran.printed
    body = project.body.read_text(encoding="utf-8")
    return Updated(project=project, before=before, ran=ran, body=body, after=project.contents)


def test_a_release_that_is_there_is_proposed_as_the_target_that_it_was(updated: Updated) -> None:
    assert updated.project.targets[NEWEST.name] == NEWEST
    lock = f"harness/resources/locks/{NEWEST.name}.txt"
    assert updated.after[lock] == (ROOT / lock).read_bytes()
    names = {path.name for path in (ROOT / "baselines" / NEWEST.name).iterdir()}
    made = updated.project.root / "baselines" / NEWEST.name
    assert {path.name for path in made.iterdir()} == names
    assert f"follows `{BEFORE.name}`" in updated.section(NEWEST.name)


def test_new_targets_come_after_the_newest_and_are_like_it(updated: Updated) -> None:
    targets = updated.project.targets
    names = [NEWEST.name, f"keras-{SAME}", f"keras-{OTHER}"]
    keras = [name for name, target in targets.items() if target.family == "keras"]
    assert keras[-3:] == names
    assert [each.python for each in map(targets.get, names) if each] == [NEWEST.python] * 3
    for name, minor in zip(names[1:], (SAME, OTHER), strict=True):
        assert targets[name].requirements == (NEWEST.requirements[0], f"keras=={minor}.0")
        lock = updated.after[f"harness/resources/locks/{name}.txt"].decode()
        assert f"\nkeras=={minor}.0 \\\n    --hash=sha256:" in lock


def test_nothing_else_of_the_targets_file_is_touched(updated: Updated) -> None:
    path = "harness/resources/targets.toml"
    text = updated.after[path].decode()
    for minor in (SAME, OTHER):
        text, removed = re.subn(rf'\[target\."keras-{minor}"\]\n(.+\n)+\n', "", text)
        assert removed == 1
    assert text == (ROOT / path).read_text(encoding="utf-8")


def test_what_is_proposed_passes_in_ci(updated: Updated) -> None:
    name = f"keras-{SAME}"
    before = updated.project.contents
    ran = updated.project.run("run", name)
    assert (ran.code, f"{name} passed in" in ran.printed) == (0, True), ran.printed
    assert updated.project.contents == before


def test_the_body_tells_a_release_that_does_the_same_from_one_that_does_otherwise(
    updated: Updated,
) -> None:
    title = updated.body.splitlines()[0]
    releases = [NEWEST.requirements[1].replace("==", " "), f"keras {SAME}.0", f"keras {OTHER}.0"]
    assert title == f"# New releases: {', '.join(releases)}"
    same, other = (updated.section(f"keras-{minor}") for minor in (SAME, OTHER))
    assert f"`keras=={SAME}.0`, follows `{NEWEST.name}`" in same
    assert "- Nothing that the scenarios do differs." in same
    assert "do not pass" not in same
    assert "Findings that no known change explains" not in same
    assert f"`keras=={OTHER}.0`, follows `keras-{SAME}`" in other
    unknown = other.split("Findings that no known change explains")[1].split("</details>")[0]
    assert re.search(
        r"^\d+\. \*\*stateful: other values\*\* \(other results; ", unknown, re.MULTILINE
    )
    assert "`stateful / second pass (" in unknown
    assert "oracle / stateful / second pass: drift" in other.split("do not pass")[1]


def test_a_release_that_cannot_be_imported_leaves_nothing_but_a_line(updated: Updated) -> None:
    assert updated.ran.code == 3
    line = f"- `keras-{BROKEN}`, `{NEWEST.requirements[0]}` `keras=={BROKEN}.0`: "
    assert line in updated.body.split("## Not proposed")[1]
    assert "out of order" in updated.body
    assert f"keras-{BROKEN}" not in updated.project.targets
    assert not [path for path in updated.after if f"keras-{BROKEN}" in path]


def test_only_what_was_proposed_is_written(updated: Updated) -> None:
    differing = {
        path
        for path in updated.before.keys() | updated.after.keys()
        if updated.before.get(path) != updated.after.get(path)
    }
    proposed = [NEWEST.name, f"keras-{SAME}", f"keras-{OTHER}"]
    theirs = {path for path in differing if {*Path(path).parts, Path(path).stem} & {*proposed}}
    assert len(theirs) > 3 * 20
    documents = {"README.md", "docs/targets.md", "docs/internals.md", "docs/numerics.md"}
    documents |= {"docs/open-defects.md"}
    shared = {
        path for path in differing - updated.before.keys() if path.startswith("baselines/shared/")
    }
    assert differing - theirs - shared <= {"harness/resources/targets.toml", *documents}
    for table in ("README.md", "docs/targets.md"):
        assert f"keras-{OTHER}" in updated.after[table].decode()


def test_the_next_update_finds_nothing_new(updated: Updated, tmp_path: Path) -> None:
    for minor in (SAME, OTHER):
        shutil.copy(updated.project.wheels / f"keras-{minor}.0-py3-none-any.whl", tmp_path)
    before = updated.project.contents
    ran = updated.project.run("update", UV_FIND_LINKS=str(tmp_path))
    assert (ran.code, "nothing new" in ran.printed) == (0, True), ran.printed
    assert updated.project.contents == before
    assert not updated.project.body.exists()


def test_an_index_that_cannot_be_asked_is_not_one_with_nothing_new(updated: Updated) -> None:
    before = updated.project.contents
    nowhere = {"UV_DEFAULT_INDEX": "http://127.0.0.1:9/index", "UV_HTTP_RETRIES": "0"}
    ran = updated.project.run("update", **nowhere)
    assert ran.code == 3
    assert "error: the package index could not be queried for tensorflow==" in ran.printed
    assert "nothing new" not in ran.printed
    assert updated.project.contents == before
