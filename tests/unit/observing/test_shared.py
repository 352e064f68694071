"""What baselines share is stored once, is checked when it is read, and goes when nobody uses it."""

import hashlib
import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from harness.base.errors import BaselineError, UnwritableError
from harness.base.files import alone_in
from harness.base.project import Project
from harness.observing.baselines import (
    INTERNALS,
    internals_document,
    load_internals,
    load_steps,
    steps_document,
)
from harness.observing.internals import Described
from harness.observing.shared import SHARED, named_in, remove_unused, unused_files
from harness.observing.snapshots import from_baseline, load_baseline
from tests.support.fakes import TARGET, Fake
from tests.support.makers import accept, gives
from tests.support.places import CANONICAL, TARGETS, project_at

USER, OTHER = TARGETS["tf-2.0"], TARGETS["tf-2.1"]
MINE, COMMON = (1.0, 2.0, 3.0, 4.0, 5.0, 6.5), (0.5,) * 7
BODY = "def call(self):\n    return 1"
LAYER = Described(kind="layer", facts={"config": ("units = 2",)})
WATCHED = {"RNN.call": Described(kind="method", body=BODY), "RNN": LAYER}


def test_the_committed_baselines_have_no_unused_and_no_missing_shared_file() -> None:
    assert unused_files(CANONICAL.baselines) == []
    names = named_in(CANONICAL.baselines.glob("*/*.json"))
    assert [name for name in names if not (CANONICAL.baselines / SHARED / name).is_file()] == []
    unread = [load_baseline(target, CANONICAL).unread for target in TARGETS.values()]
    assert [each for each in unread if each] == []


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Two targets with common values; one of them has more that is shared."""
    made = project_at(tmp_path)
    for target, steps in ((USER, [*MINE]), (OTHER, [*COMMON])):
        given = accept(gives(*steps, step="own"), gives(*COMMON, step="common"))
        steps_document(given).write(made.baselines / target.name / "stateful-fixed.json")
    internals_document(WATCHED).write(made.baselines / USER.name / INTERNALS)
    internals_document({}).write(made.baselines / OTHER.name / INTERNALS)
    return made


def shared_file(project: Project, kind: str) -> Path:
    """The shared file of a kind that only `USER` names."""
    paths = (project.baselines / SHARED / kind).iterdir()
    [found] = [path for path in paths if "0.5" not in path.read_text(encoding="utf-8")]
    return found


def test_what_two_targets_have_in_common_is_stored_once(project: Project) -> None:
    files = [path for path in (project.baselines / SHARED).rglob("*") if path.is_file()]
    assert len(files) == 4
    assert shared_file(project, "sources").read_text(encoding="utf-8") == f"{BODY}\n"
    assert from_baseline(USER, project).internals == WATCHED
    assert (
        from_baseline(OTHER, project).steps["stateful", "fixed"]["own"]
        == (from_baseline(USER, project).steps["stateful", "fixed"]["common"])
    )


def edit(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("1", "8", 1).replace("u", "v"), encoding="utf-8")


def replace_by_directory(path: Path) -> None:
    path.unlink()
    path.mkdir()


# what is done to a shared file, and the reason in the message
DAMAGES: dict[str, tuple[Callable[[Path], object], str]] = {
    "missing": (Path.unlink, "No such file"),
    "edited": (edit, "another digest"),
    "empty": (lambda path: path.write_bytes(b""), "another digest"),
    "half of it": (lambda path: path.write_bytes(path.read_bytes()[:9]), "another digest"),
    "not UTF-8": (lambda path: path.write_bytes(b"\xff\xfe"), "another digest"),
    "a directory": (replace_by_directory, "not a file"),
}


@pytest.mark.fault(
    "files",
    "a shared file of baselines is missing, damaged, or not the one that its name stands for",
    "the message names it and the way out; a target that does not use it is checked as ever",
)
@pytest.mark.parametrize("kind", ["values", "layers", "sources"])
@pytest.mark.parametrize(("damage", "reason"), DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_shared_file_harms_only_the_targets_that_use_it(
    damage: Callable[[Path], object], reason: str, kind: str, project: Project
) -> None:
    path = shared_file(project, kind)
    damage(path)
    [(file, why)] = load_baseline(USER, project).unread.items()
    assert file.name == ("stateful-fixed.json" if kind == "values" else INTERNALS)
    assert why.startswith(f"{path}: ")
    assert [part for part in (reason, "git checkout", "--force-regen") if part not in why] == []
    with pytest.raises(BaselineError):
        from_baseline(USER, project)
    assert load_baseline(OTHER, project).unread == {}


FORGED: dict[str, tuple[str, bytes, str]] = {
    "values that do not fill the shape": ("values", b"[[1.0, 2.0]]", "2 values do not fill"),
    "values with another mean": ("values", b"[[9, 9, 9, 9, 9, 9]]", "the stored mean is"),
    "values that are no rows": ("values", b'{"a": 1}', "cannot be read as a shared part"),
    "values that are no numbers": ("values", b'[["x", 1, 1, 1, 1, 1]]', "could not convert"),
    "facts that are a list": ("layers", b"[]", "cannot be read as a shared part"),
    "a source that is not UTF-8": ("sources", b"\xff\xfe", "it is not UTF-8"),
}


@pytest.mark.parametrize(("kind", "data", "reason"), FORGED.values(), ids=FORGED)
def test_a_file_with_a_digest_that_fits_is_checked_as_well(
    kind: str, data: bytes, reason: str, project: Project
) -> None:
    path = shared_file(project, kind)
    digest = hashlib.sha256(data).hexdigest()[:16]
    forged = path.with_name(f"{path.stem[:-16]}{digest}{path.suffix}")
    forged.write_bytes(data)
    for file in (project.baselines / USER.name).iterdir():
        text = file.read_text(encoding="utf-8")
        file.write_text(text.replace(path.name, forged.name), encoding="utf-8")
    [why] = load_baseline(USER, project).unread.values()
    assert reason in why


def test_writing_repairs_a_damaged_shared_file_and_no_other(project: Project) -> None:
    before = from_baseline(USER, project)
    damaged = shared_file(project, "values")
    sound = damaged.read_bytes()
    damaged.write_bytes(b"[]")
    directory = project.baselines / SHARED / "values"
    kept = {path: path.stat().st_ino for path in directory.iterdir() if path != damaged}
    document = steps_document(before.steps["stateful", "fixed"])
    document.write(project.baselines / USER.name / "stateful-fixed.json")
    assert damaged.read_bytes() == sound
    assert {path: path.stat().st_ino for path in kept} == kept
    assert list((project.baselines / SHARED).glob(".*")) == []


def test_what_no_baseline_names_any_more_is_removed_and_nothing_else(project: Project) -> None:
    remove_unused(project.baselines)  # there is nothing to remove
    there = set((project.baselines / SHARED).rglob("*"))
    gone = {shared_file(project, kind) for kind in ("values", "layers", "sources")}
    shutil.rmtree(project.baselines / USER.name)
    left_over = project.baselines / SHARED / "values" / "0123456789abcdef.json.part"
    left_over.touch()
    assert set(unused_files(project.baselines)) == {*gone, left_over}
    remove_unused(project.baselines)
    assert set((project.baselines / SHARED).rglob("*")) == there - gone
    assert load_baseline(OTHER, project).unread == {}


def test_what_a_damaged_baseline_names_is_kept(project: Project) -> None:
    for path in (project.baselines / USER.name).iterdir():
        path.write_bytes(b"{" + path.read_bytes())
    assert unused_files(project.baselines) == []


def test_small_baselines_share_nothing_and_make_no_directory(tmp_path: Path) -> None:
    path = tmp_path / "tf-2.0" / "stateful-fixed.json"
    steps_document(accept(gives(1.0, 2.0, 3.0, 4.0))).write(path)
    assert load_steps(path)["step"].arrays["output"].values == (1.0, 2.0, 3.0, 4.0)
    remove_unused(tmp_path)
    assert [each.name for each in tmp_path.iterdir()] == ["tf-2.0"]


def test_a_directory_that_cannot_be_made_is_an_error_that_names_it(tmp_path: Path) -> None:
    (tmp_path / SHARED).write_bytes(b"")
    with pytest.raises(UnwritableError, match=f"{SHARED}/.lock: cannot be written: "):
        steps_document(accept(gives(*MINE))).write(tmp_path / "tf-2.0" / "stateful-fixed.json")


WORKER = """
import sys
from pathlib import Path
from harness.observing.baselines import load_steps, steps_document
from harness.observing.records import Array
from harness.observing.results import Result
from harness.observing.shared import remove_unused
baselines, name = Path(sys.argv[1]), sys.argv[2]
path = baselines / name / "stateful-fixed.json"
for turn in range(40):
    arrays = {
        "own": Array(dtype="float32", shape=(8,), values=(float(turn), *map(float, range(7)))),
        "common": Array(dtype="float32", shape=(8,), values=(0.5 + turn // 4,) * 8),
    }
    steps = {"step": Result(arrays=arrays)}
    steps_document(steps).write(path)
    assert load_steps(path) == steps
    remove_unused(baselines)
"""


@pytest.mark.fault(
    "disks and folders",
    "several processes write baselines and remove what no baseline uses, at the same time",
    "no baseline ever lacks a shared file, and none is left over",
)
def test_processes_that_write_and_remove_never_take_a_file_from_another(tmp_path: Path) -> None:
    processes = [
        subprocess.Popen([sys.executable, "-c", WORKER, tmp_path, f"tf-2.{number}"])
        for number in range(4)
    ]
    assert [process.wait() for process in processes] == [0] * 4
    assert unused_files(tmp_path) == []
    assert {path.name for path in (tmp_path / SHARED).iterdir()} == {"values"}


def test_only_one_is_alone_in_a_directory_and_nothing_is_left(tmp_path: Path) -> None:
    waits = "from pathlib import Path; from harness.base.files import alone_in\n"
    waits += "import sys\nwith alone_in(Path(sys.argv[1])): print('in')"
    with alone_in(tmp_path):
        process = subprocess.Popen([sys.executable, "-c", waits, tmp_path])
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(timeout=2)
    assert process.wait(timeout=20) == 0
    assert list(tmp_path.iterdir()) == []


LARGE = (
    "def scenario(_, step):\n    with step('one') as see:\n        see(output=[[1.5] * 6] * 2)\n"
)


@pytest.fixture
def fake(tmp_path: Path) -> Iterator[Fake]:
    made = Fake.make(tmp_path / "project")
    made.write_scenario("reset", LARGE)
    assert made.run("run", TARGET).returncode == 3
    yield made
    assert unused_files(made.baselines) == []


def values_of(fake: Fake) -> list[str]:
    return [path.name for path in (fake.baselines / SHARED / "values").iterdir()]


@pytest.mark.parametrize("command", ["run", "matrix"])
def test_force_regen_writes_new_values_and_removes_the_old_ones(command: str, fake: Fake) -> None:
    [before] = values_of(fake)
    fake.write_scenario("reset", LARGE.replace("1.5", "2.5"))
    assert fake.run("run", TARGET).returncode == 1
    assert values_of(fake) == [before]
    assert fake.run(command, TARGET, "--force-regen").returncode == 1
    [after] = values_of(fake)
    assert after != before
    done = fake.run("run", TARGET)
    assert done.returncode == 0, done.stdout
    path = fake.baselines / TARGET / "reset-fixed.json"
    assert json.loads(path.read_bytes())["steps"]["one"]["arrays"]["output"]["mean"] == 2.5


def test_force_regen_makes_a_missing_shared_file_again(fake: Fake) -> None:
    before = {path: path.read_bytes() for path in fake.baselines.rglob("*") if path.is_file()}
    for path in before:
        if SHARED in path.parts:
            path.unlink()
    done = fake.run("run", TARGET)
    assert done.returncode == 3
    assert f"{SHARED}/values/" in "".join(done.stdout.split())
    fake.run("run", TARGET, "--force-regen")
    after = {path: path.read_bytes() for path in fake.baselines.rglob("*") if path.is_file()}
    assert after == before
    assert load_internals(fake.baselines / TARGET / INTERNALS)
