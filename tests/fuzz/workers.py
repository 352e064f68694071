"""Tries all kinds of file in as many processes as there are cores."""

import logging
import multiprocessing
import os
import resource
import tempfile
import warnings
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from tests.fuzz.driver import Tally, attempt, kinds
from tests.fuzz.kinds import Kind

PIECE = 200  # tries that a process does at once
MEMORY = 4 << 30  # bytes of address space of a process


class Worker:
    """The kinds of file of one process, in a directory of its own."""

    found: Mapping[str, Kind]

    @classmethod
    def begin(cls, root: str) -> None:
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        logging.disable()
        warnings.simplefilter("ignore")
        cls.found = {kind.name: kind for kind in kinds(Path(tempfile.mkdtemp(dir=root)))}

    @classmethod
    def attempt(cls, name: str, seed: int, numbers: range) -> Tally:
        return attempt(cls.found[name], seed, numbers)


def tried(root: str, tries: Mapping[str, int], seed: int, first: int) -> Iterator[Tally]:
    """Each kind with its number of tries; the first try has the number `first`."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(
        os.cpu_count(), mp_context=context, initializer=Worker.begin, initargs=(root,)
    ) as pool:
        futures = {
            name: [
                pool.submit(Worker.attempt, name, seed, range(at, min(at + PIECE, first + most)))
                for at in range(first, first + most, PIECE)
            ]
            for name, most in tries.items()
        }
        for name, pieces in futures.items():
            yield sum((future.result() for future in pieces), Tally(kind=name))
