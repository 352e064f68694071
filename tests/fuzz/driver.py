"""Tries mutated files of one kind: each must end as a value, or as an error of the harness."""

import contextlib
import math
import random
import signal
import traceback
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import FrameType

from harness.base.errors import HarnessError
from tests.fuzz.kinds import Kind
from tests.fuzz.mutations import mutated
from tests.fuzz.of_nights import of_nights
from tests.fuzz.of_probe import of_probe
from tests.fuzz.of_projects import of_projects
from tests.fuzz.of_results import of_results

LIMIT = 20  # seconds of a try
SHORTENINGS = 300  # tries to shorten an input that fails


@dataclass(frozen=True, kw_only=True)
class Failure:
    """A try that ended otherwise: the last line of its traceback, and the shortest input."""

    kind: str
    seed: int
    number: int
    reason: str
    traceback: str
    data: bytes


@dataclass(kw_only=True)
class Tally:
    """How the tries of a kind ended."""

    kind: str
    values: int = 0
    errors: int = 0
    failures: list[Failure] = field(default_factory=list)

    def __add__(self, other: "Tally") -> "Tally":
        return replace(
            self,
            values=self.values + other.values,
            errors=self.errors + other.errors,
            failures=self.failures + other.failures,
        )

    @property
    def tries(self) -> int:
        return self.values + self.errors + len(self.failures)


class TooLongError(Exception):
    """A try took longer than LIMIT."""


def kinds(root: Path) -> list[Kind]:
    """Every kind of file; their files are below `root`."""
    makers = (of_projects, of_results, of_nights, of_probe)
    return [kind for make in makers for kind in make(root / make.__name__)]


def shares(found: Iterable[Kind], tries: int) -> dict[str, int]:
    """How many of all tries each kind gets, rounded up."""
    parts = {kind.name: kind.part for kind in found}
    return {name: math.ceil(tries * part / sum(parts.values())) for name, part in parts.items()}


def attempt(kind: Kind, seed: int, numbers: Iterable[int]) -> Tally:
    """Try the mutated files with these numbers."""
    tally = Tally(kind=kind.name)
    for number in numbers:
        rng = random.Random(f"{seed} {kind.name} {number}")  # noqa: S311 - not for secrets
        data = mutated(rng, kind.samples, kind.form)
        outcome = _outcome(kind, data)
        if isinstance(outcome, HarnessError):
            tally.errors += 1
        elif outcome is None:
            tally.values += 1
        else:
            tally.failures.append(
                Failure(
                    kind=kind.name,
                    seed=seed,
                    number=number,
                    reason=_place(outcome),
                    traceback="".join(traceback.format_exception(outcome)),
                    data=_shortened(kind, data, _place(outcome)),
                )
            )
    return tally


def _outcome(kind: Kind, data: bytes) -> BaseException | None:
    try:
        with _limited(LIMIT):
            kind.read(data)
    except Exception as error:  # noqa: BLE001 - what is tried is whether there is one
        return error
    return None


@contextlib.contextmanager
def _limited(seconds: int) -> Iterator[None]:
    def interrupt(_: int, __: FrameType | None) -> None:
        raise TooLongError(f"took longer than {seconds} s")

    before = signal.signal(signal.SIGALRM, interrupt)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def _place(error: BaseException) -> str:
    """The type of an error, and the place that raised it."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if "/harness/" in frame.filename] or list(frames)
    return f"{type(error).__name__} at {Path(own[-1].filename).name}:{own[-1].lineno}"


def _shortened(kind: Kind, data: bytes, reason: str) -> bytes:
    """The shortest input found that fails at the same place."""

    def fails(shorter: bytes) -> bool:
        outcome = _outcome(kind, shorter)
        return outcome is not None and _place(outcome) == reason

    return shortest(data, fails, SHORTENINGS)


def shortest(data: bytes, fails: Callable[[bytes], bool], tries: int) -> bytes:
    """Leave out parts of an input, smaller and smaller ones, while it still fails."""
    size = len(data) // 2
    while size and tries > 0:
        at = 0
        while at < len(data) and tries > 0:
            tries -= 1
            shorter = data[:at] + data[at + size :]
            if fails(shorter):
                data = shorter
            else:
                at += size
        size //= 2
    return data
