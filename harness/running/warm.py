"""Targets whose probes keep TensorFlow imported, so that an edited file runs again at once."""

import contextlib
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from harness.base.errors import UncheckedError
from harness.base.project import Project
from harness.environments.candidates import prepared
from harness.environments.targets import Target
from harness.environments.virtual_environments import (
    Environment,
    ensure_environment,
    reserved_environment,
)
from harness.observing.probing import Probe
from harness.observing.records import Record, RunCount

POLL = 0.05  # seconds between two looks whether a file changed

Stamp = tuple[int, int, int]


@dataclass(kw_only=True)
class Memory:
    """The memory that warm targets may use together, in bytes. Many threads may ask."""

    budget: int
    used: dict[str, int] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def admits(self, target: str, size: int) -> bool:
        """Whether a target of that size can stay; then it counts as used."""
        with self._lock:
            others = sum(each for name, each in self.used.items() if name != target)
            stays = others + size <= self.budget
            if stays:
                self.used[target] = size
            else:
                self.used.pop(target, None)
            return stays

    def forget(self, target: str) -> None:
        """The target uses no memory any more."""
        with self._lock:
            self.used.pop(target, None)


@dataclass(kw_only=True)
class Warm:
    """A target. `start` starts a probe that asks, on scenarios that have names, or on everything.

    The probe stays between records as `memory` allows.
    """

    target: Target
    project: Project
    memory: Memory
    start: Callable[[Environment, Sequence[str]], Probe]
    probe: Probe | None = None
    ended: bool = False

    def record(
        self,
        names: Sequence[str] = (),
        more: Callable[[Record], Sequence[RunCount]] | None = None,
    ) -> Record:
        """A record of the files as they are now: of scenarios that have `names`, or of everything.

        `more` says of the first runs how often to run each scenario. Raises HarnessError.
        """
        with reserved_environment(self.target, self.project.environments):
            if self.probe is not None:
                self.probe.ask_again(names)
                if self.probe.written() is None and self.probe.process.poll() == 0:
                    self.close()  # this script needs a new process
            if self.probe is None:
                project = prepared(self.target, self.project)
                environment = ensure_environment(self.target, project)
                self._go_on()
                self.probe = self.start(environment, names)  # which may install packages first
                self._go_on()
            record = self.probe.written()
            if record is not None and more is not None:
                self.probe.ask_more(more(record))
                record = self.probe.written()
            if record is None:
                record = self.probe.record()
                self.close()
            elif not self.memory.admits(self.target.name, _resident(self.probe.process.pid)):
                self.close()
            return record

    def end(self) -> None:
        """End the probe, also one that another thread is about to start."""
        self.ended = True
        self.close()

    def _go_on(self) -> None:
        """Raise UncheckedError, without a probe, if the watch was ended meanwhile."""
        if self.ended:
            self.close()
            raise UncheckedError(f"{self.target.name}: the watch was ended")

    def close(self) -> None:
        """End the probe, if there is one."""
        self.memory.forget(self.target.name)
        probe, self.probe = self.probe, None
        if probe is not None:
            probe.close()


def memory_at_hand(root: Path = Path("/")) -> int:
    """The memory that programs can still take, in bytes: of this machine, or of its container."""
    free = _kilobytes(root / "proc/meminfo", "MemAvailable") * 1024
    with contextlib.suppress(OSError, ValueError):  # no limit, or an older kind of control groups
        group = (root / "proc/self/cgroup").read_text(encoding="utf-8").strip()
        directory = root / "sys/fs/cgroup" / group.removeprefix("0::").lstrip("/")
        limit, used = (
            int((directory / f"memory.{name}").read_text(encoding="utf-8"))
            for name in ("max", "current")
        )
        free = min(free, max(limit - used, 0))
    return free


def changes(files: Callable[[], Iterable[Path]]) -> Iterator[dict[Path, float]]:
    """The files that changed, each time that some did, with the times at which they were saved.

    The first time all of them. The times are seconds since the epoch.

    A file that is gone did not change: an editor may be about to write it. What changes while the
    caller works on the last changes comes next.
    """
    before: dict[Path, Stamp] = {}
    while True:
        now = _stamps(files())
        time.sleep(POLL)
        changed = {path: at[0] / 1e9 for path, at in now.items() if before.get(path) != at}
        if changed and now == _stamps(files()):  # otherwise a file is being written
            before |= now
            _forget_compiled(changed)
            yield changed


def _stamps(files: Iterable[Path]) -> dict[Path, Stamp]:
    found = {}
    for path in files:
        try:
            status = path.stat()
        except OSError:
            continue
        found[path] = (status.st_mtime_ns, status.st_size, status.st_ino)
    return found


def _forget_compiled(files: Iterable[Path]) -> None:
    """Python takes a compiled file for current if its source has the same second and size."""
    for path in files:
        for compiled in (path.parent / "__pycache__").glob(f"{path.stem}.*.pyc"):
            compiled.unlink(missing_ok=True)


def _resident(pid: int) -> int:
    """The memory of a process, in bytes; 0 if it ended."""
    try:
        return _kilobytes(Path(f"/proc/{pid}/status"), "VmRSS") * 1024
    except OSError:
        return 0


def _kilobytes(path: Path, field_name: str) -> int:
    """A size in a file of the kernel; 0 if it has none of that name."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return sum(int(each.split()[1]) for each in lines if each.startswith(f"{field_name}:"))
