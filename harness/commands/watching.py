"""What commands with `--watch` have in common."""

import argparse
import contextlib
import math
import signal
import sys
import time
from collections.abc import Sequence

from harness.base.words import counted, listed
from harness.commands.options import tell
from harness.environments.targets import Target
from harness.running.warm import Memory, memory_at_hand

INTERRUPTED = 128 + signal.SIGINT  # the exit code of a watch that ends before it has checked
NAMED = 8  # targets that a line names


def watching(when: str) -> argparse.ArgumentParser:
    """The arguments of a command that can run again when a file changes, as `when` says."""
    arguments = argparse.ArgumentParser(add_help=False)
    arguments.add_argument("--watch", action="store_true", help=f"run again each time that {when}")
    arguments.add_argument(
        "--memory",
        type=_gigabytes,
        metavar="GB",
        help="with --watch, what targets that keep TensorFlow imported may use together (default: "
        "half of the free memory)",
    )
    return arguments


def memory_of(options: argparse.Namespace) -> Memory:
    """The memory for targets that keep TensorFlow imported."""
    size = memory_at_hand() // 2 if options.memory is None else int(options.memory * 1e9)
    return Memory(budget=size)


def tell_warm(memory: Memory, targets: Sequence[Target], saved: float | None) -> None:
    """Say how long ago a file was saved, and which targets keep TensorFlow imported."""
    cold = [each.name for each in targets if each.name not in memory.used]
    used, budget = (size / 1e9 for size in (sum(memory.used.values()), memory.budget))
    sys.stdout.flush()  # into a pipe, too: the next output may come hours later
    tell(
        (f"{time.time() - saved:.2f} s after the file was saved; " if saved else "")
        + f"warm: {counted(len(memory.used), 'target')} with {used:.1f} of {budget:.1f} GB; "
        + (f"not warm: {listed(cold, NAMED)}; " if cold else "")
        + "waiting for a change, Ctrl-C ends"
    )


def _gigabytes(text: str) -> float:
    with contextlib.suppress(ValueError):
        if 0 <= (size := float(text)) < math.inf:
            return size
    raise argparse.ArgumentTypeError(f"{text!r} is no number of gigabytes, such as 4 or 0.5")
