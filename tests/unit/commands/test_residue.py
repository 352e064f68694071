"""Commands write into the places of the project, and nowhere else."""

from pathlib import Path

import pytest

from tests.support.fakes import OTHER, TARGET, Fake

# as TensorFlow's AutoGraph does, whose files are removed at an exit that the children do not have
LEAVES_A_FILE = """
import tempfile

VARIANTS = ("fixed",)


def scenario(_, step):
    with step("one") as see:
        tempfile.NamedTemporaryFile(delete=False)
        see(output=1.0)
"""
COMMANDS = (
    ("run", TARGET),
    ("run", TARGET),
    ("run", OTHER),
    ("diff", TARGET, OTHER),
    ("diff", TARGET, OTHER, "--accepted"),
    ("report",),
    ("upgrade", TARGET, OTHER),
    ("known",),
    ("internals", "RNN.get_initial_state"),
    ("targets",),
    ("nightly", TARGET),
    ("run", "no-such-target"),
)
WRITTEN = {"results", "baselines", "archive"}
LOCKS = {f"environments/{name}.lock" for name in (TARGET, OTHER)}


def tree(root: Path) -> set[str]:
    """All files and directories, without the caches of byte code that each Python writes."""
    paths = {path.relative_to(root) for path in root.rglob("*") if "__pycache__" not in path.parts}
    return {str(path) for path in paths}


@pytest.mark.fault(
    "disks and folders",
    "all commands in turn, where home, cache and temporary directory are empty",
    "they write results, baselines, archive and lock files of the project, and nothing else",
)
def test_nothing_is_written_outside_the_places_of_the_project(tmp_path: Path) -> None:
    variables = {"HOME": "home", "XDG_CACHE_HOME": "cache", "XDG_CONFIG_HOME": "config"}
    variables |= {"TMPDIR": "temporary"}
    places = {name: str(tmp_path / directory) for name, directory in variables.items()}
    for place in places.values():
        Path(place).mkdir()
    fake = Fake.make(tmp_path / "project", TARGET, OTHER, variables=places)
    fake.write_scenario("leaves_a_file", LEAVES_A_FILE)
    before = tree(tmp_path)
    codes = [fake.run(*command).returncode for command in COMMANDS]
    assert codes == [3, 0, 3, 0, 0, 0, 0, 3, 3, 0, 0, 2]
    project = fake.root.name
    new = {path.removeprefix(f"{project}/") for path in tree(tmp_path) - before}
    assert new > WRITTEN
    assert {path for path in new if path.split("/")[0] not in WRITTEN} == LOCKS
