"""Many targets: as many at once as there are cores, going on after failures, resumable."""

import json
import multiprocessing
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from harness.check import Checked, check, load
from harness.errors import HarnessError
from harness.paths import Workspace
from harness.runner import Limits
from harness.targets import Target


@dataclass(frozen=True, kw_only=True)
class Progress:
    """One target is done, now or (`earlier`) in the matrix that this one takes up."""

    checked: Checked
    done: int
    total: int
    seconds_left: float
    earlier: bool = False


def run_matrix(
    targets: Sequence[Target],
    workspace: Workspace,
    *,
    jobs: int,
    limits: Limits,
    pytest_arguments: Sequence[str] = (),
    restart: bool = False,
) -> Iterator[Progress]:
    """Check `targets`, `jobs` at once, and tell of each as it is done.

    What is done is kept in `results/matrix.json` until all is: a matrix of the same targets takes
    up one that was interrupted, unless `restart` is set.
    """
    journal = workspace.results / "matrix.json"
    names = [target.name for target in targets]
    done = [] if restart else _interrupted(journal, names, workspace)
    _write(journal, names, done)
    for checked in done:
        yield Progress(
            checked=checked, done=len(done), total=len(names), seconds_left=0, earlier=True
        )
    finished = {checked.target for checked in done}
    waiting = [target for target in targets if target.name not in finished]
    began = time.monotonic()
    # spawned, not forked: a worker lives through many targets and loads pytest once
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(max_workers=jobs, mp_context=context) as pool:
        futures = [
            pool.submit(
                check,
                target,
                workspace,
                limits=limits,
                jobs=1,  # the other core has another target
                pytest_arguments=pytest_arguments,
                quiet=True,
            )
            for target in waiting
        ]
        try:
            for number, future in enumerate(as_completed(futures), 1):
                done.append(future.result())
                _write(journal, names, done)
                each = (time.monotonic() - began) / number
                yield Progress(
                    checked=done[-1],
                    done=len(done),
                    total=len(names),
                    seconds_left=each * (len(futures) - number),
                )
        except BaseException:  # an interrupt must not wait for what has not begun
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    journal.unlink()


def _interrupted(journal: Path, names: Sequence[str], workspace: Workspace) -> list[Checked]:
    """What an interrupted matrix of the same targets has done; nothing if there is none."""
    try:
        stored = json.loads(journal.read_text(encoding="utf-8"))
        if stored["targets"] != list(names):
            return []
        return [load(workspace.results / name) for name in stored["done"]]
    except (OSError, ValueError, KeyError, HarnessError):
        return []  # nothing to take up, so all of it is done anew


def _write(journal: Path, names: Sequence[str], done: Sequence[Checked]) -> None:
    journal.parent.mkdir(parents=True, exist_ok=True)
    state = {"targets": list(names), "done": [checked.target for checked in done]}
    beside = journal.with_suffix(".part")
    beside.write_text(json.dumps(state), encoding="utf-8")
    beside.replace(journal)
