"""The kinds of file that the harness reads, and what it then does with the content."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.base.errors import HarnessError

Read = Callable[[bytes], object]


class LeftOutError(HarnessError):
    """The harness goes on without a file that it cannot read."""


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A kind of file: sound samples of it, and a function that reads and uses one.

    `read` raises HarnessError for a file that is refused. `form` is the form of the samples: json,
    lines (of JSON), toml or text. `part` is the part of all tries that a slow kind gets, where a
    quick one has 1.
    """

    name: str
    samples: Sequence[bytes]
    read: Read
    form: str = "json"
    part: float = 1.0


def stored(path: Path, use: Callable[[Path], object]) -> Read:
    """A function that writes a file to a path, uses it, and puts back what was there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    sound = path.read_bytes() if path.exists() else None

    def read(data: bytes) -> object:
        path.write_bytes(data)
        try:
            return use(path)
        finally:
            if sound is not None:
                path.write_bytes(sound)

    return read
