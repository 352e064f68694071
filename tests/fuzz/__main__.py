"""Mutates every file that the harness reads, and counts how the tries end: `nox -s fuzz`."""

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from harness.base.project import CHECKOUT
from harness.report.tables import with_parts
from tests.fuzz.driver import Tally, kinds, shares
from tests.fuzz.workers import tried

TRIES = 100_000
DOCUMENT = CHECKOUT / "docs" / "reliability.md"
FAILED = CHECKOUT / "results" / "fuzz"
SHOWN = 10  # failures of a kind


def main() -> int:
    options = _options()
    began = time.monotonic()
    with tempfile.TemporaryDirectory(dir=_memory()) as root:
        found = kinds(Path(tempfile.mkdtemp(dir=root)))
        wanted = [kind for kind in found if options.kind in (kind.name, None)]
        tries = shares(wanted, options.tries)
        tallies = list(tried(root, tries, options.seed, options.first))
    lines = list(_table(tallies))
    print(*lines, "", f"{time.monotonic() - began:.0f} s, seed {options.seed}", sep="\n")
    _explain(tallies)
    if options.write:
        text = with_parts(DOCUMENT.name, DOCUMENT.read_text(encoding="utf-8"), {"fuzz": lines})
        DOCUMENT.write_text(text, encoding="utf-8")
    return 1 if any(tally.failures for tally in tallies) else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="nox -s fuzz --", description=__doc__)
    parser.add_argument("tries", type=int, nargs="?", default=TRIES, help="of all kinds together")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kind", help="only this kind of file")
    parser.add_argument("--first", type=int, default=0, help="the number of the first try")
    parser.add_argument("--write", action="store_true", help=f"the table into {DOCUMENT.name}")
    return parser.parse_args()


def _memory() -> Path | None:
    """A directory in memory, which is quicker; None if there is none."""
    memory = Path("/dev/shm")  # noqa: S108 - the directory in it is made by tempfile
    return memory if memory.is_dir() else None


def _table(tallies: Sequence[Tally]) -> Iterator[str]:
    yield "| file | tries | a value | an error of the harness | anything else |"
    yield "| --- | ---: | ---: | ---: | ---: |"
    for tally in (*tallies, sum(tallies, Tally(kind="all"))):
        counts = (tally.tries, tally.values, tally.errors, len(tally.failures))
        yield f"| {tally.kind} | {' | '.join(f'{count:,}' for count in counts)} |"


def _explain(tallies: Sequence[Tally]) -> None:
    """Print the first failures at each place, and save their inputs."""
    for tally in tallies:
        places = {failure.reason: failure for failure in reversed(tally.failures)}
        for failure in list(places.values())[:SHOWN]:
            FAILED.mkdir(parents=True, exist_ok=True)
            path = FAILED / f"{failure.kind}-{failure.seed}-{failure.number}".replace(" ", "_")
            path.write_bytes(failure.data)
            print(
                f"\n{failure.kind}: {failure.reason}\n{failure.traceback}"
                f"shortest input: {path} ({len(failure.data)} bytes)\nagain: nox -s fuzz -- 1 "
                f"--kind '{failure.kind}' --seed {failure.seed} --first {failure.number}"
            )


if __name__ == "__main__":
    sys.exit(main())
