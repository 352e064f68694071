"""Which changes of files are seen, and which targets stay warm."""

import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from harness.base import processes
from harness.base.errors import UncheckedError
from harness.environments.virtual_environments import Environment
from harness.observing.probing import Limits, Probe
from harness.running.warm import Memory, Warm, changes, memory_at_hand
from tests.support.makers import SAMPLE
from tests.support.places import project_at

GIGABYTE = 10**9


def test_the_first_change_is_that_of_all_files_and_the_next_that_of_the_saved_one(
    tmp_path: Path,
) -> None:
    one, two = tmp_path / "one.py", tmp_path / "two.py"
    one.write_text("1", encoding="utf-8")
    two.write_text("2", encoding="utf-8")
    seen = changes(lambda: [one, two, tmp_path / "none.py"])
    assert set(next(seen)) == {one, two}
    two.write_text("3", encoding="utf-8")
    assert next(seen) == pytest.approx({two: two.stat().st_mtime})


def test_a_file_that_is_written_anew_in_its_place_is_a_change(tmp_path: Path) -> None:
    path, beside = tmp_path / "one.py", tmp_path / "beside"
    path.write_text("1", encoding="utf-8")
    seen = changes(lambda: [path])
    next(seen)
    beside.write_text("2", encoding="utf-8")
    os.utime(beside, ns=(path.stat().st_mtime_ns,) * 2)  # same size and time
    beside.replace(path)
    assert set(next(seen)) == {path}


def test_a_file_that_is_being_written_is_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "one.py"
    path.touch()
    writing: list[Callable[[], list[Path]]] = []
    seen = changes(lambda: writing[0]() if writing else [path])
    next(seen)
    left = list(range(20))

    def files() -> list[Path]:  # between two looks, the file grows
        if left:
            with path.open("a", encoding="utf-8") as stream:
                stream.write(f"{left.pop()}\n")
        return [path]

    writing.append(files)
    next(seen)
    assert not left


def test_what_python_compiled_of_a_saved_file_is_forgotten(tmp_path: Path) -> None:
    path, compiled = tmp_path / "one.py", tmp_path / "__pycache__" / "one.cpython-311.pyc"
    path.touch()
    seen = changes(lambda: [path])
    next(seen)
    compiled.parent.mkdir()
    compiled.touch()
    path.write_text("1", encoding="utf-8")
    next(seen)
    assert not compiled.exists()


def test_targets_stay_warm_within_the_budget() -> None:
    memory = Memory(budget=3 * GIGABYTE)
    assert memory.admits("a", 2 * GIGABYTE)
    assert not memory.admits("b", 2 * GIGABYTE)
    assert memory.admits("a", GIGABYTE)  # its size now, not besides
    assert memory.admits("b", 2 * GIGABYTE)
    assert not memory.admits("a", 2 * GIGABYTE)
    assert memory.used == {"b": 2 * GIGABYTE}


def warm_at(root: Path, memory: Memory, start: Callable[..., Probe]) -> Warm:
    return Warm(target=SAMPLE, project=project_at(root), memory=memory, start=start)


@pytest.mark.parametrize(
    ("group", "limit", "at_hand"),
    [("0::/", "3000000", 2_000_000), ("0::/a/b", "3000000", 2_000_000), ("0::/", "max", 4_096_000)],
)
def test_the_memory_at_hand_is_that_of_the_machine_or_of_its_container(
    group: str, limit: str, at_hand: int, tmp_path: Path
) -> None:
    files = {
        "proc/meminfo": "MemTotal: 9000 kB\nMemAvailable: 4000 kB\n",
        "proc/self/cgroup": f"{group}\n",
        f"sys/fs/cgroup{group.removeprefix('0::')}/memory.max": f"{limit}\n",
        f"sys/fs/cgroup{group.removeprefix('0::')}/memory.current": "1000000\n",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert memory_at_hand(tmp_path) == at_hand
    (tmp_path / "proc/self/cgroup").unlink()
    assert memory_at_hand(tmp_path) == 4_096_000


def test_a_target_that_ends_while_another_asks_for_memory_disturbs_nobody(tmp_path: Path) -> None:
    class Sizes(dict[str, int]):
        """Sizes, in the middle of which another thread ends a target."""

        def items(self) -> Iterator[tuple[str, int]]:  # type: ignore[override]
            for each in super().items():
                ending.start()
                ending.join(timeout=0.2)
                yield each

    memory = Memory(budget=GIGABYTE, used=Sizes({SAMPLE.name: GIGABYTE}))
    ending = threading.Thread(target=warm_at(tmp_path, memory, Probe).close)
    assert not memory.admits("other", GIGABYTE)
    ending.join()
    assert memory.used == {}


def test_a_probe_that_is_started_while_the_watch_ends_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = Environment(directory=tmp_path, lock_sha256="0" * 64)
    monkeypatch.setattr("harness.running.warm.ensure_environment", lambda *_: environment)
    monkeypatch.setattr("harness.running.warm.prepared", lambda _, project: project)
    log_file = tmp_path / "probe.log"
    process = processes.start(["sleep", "60"], env=os.environ, log_file=log_file, asks=True)
    probe = Probe(
        target=SAMPLE,
        environment=environment,
        process=process,
        output=tmp_path / "record.json",
        log_file=log_file,
        limits=Limits(),
        temporary=tmp_path / "temporary",
    )

    def start(*_: object) -> Probe:
        warm.end()  # by Ctrl-C, while packages are installed
        return probe

    warm = warm_at(tmp_path, Memory(budget=0), start)
    # what would wait for the record of a probe that nobody ends
    monkeypatch.setattr(Probe, "written", lambda _: pytest.fail("waits for a record"))
    with pytest.raises(UncheckedError, match="the watch was ended"):
        warm.record()
    assert process.poll() is not None
