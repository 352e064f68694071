"""Plants changes in the files of an installed Keras, and takes them away again."""

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path

KERAS_2 = "keras/src/layers/rnn/base_rnn.py"
KERAS_3 = "keras/src/layers/rnn/rnn.py"
LSTM = "keras/src/layers/rnn/lstm.py"


@contextlib.contextmanager
def planted(path: Path, edits: Sequence[tuple[str, str]]) -> Iterator[None]:
    """What is written, and what instead; the file is replaced, its link in uv's cache stays."""
    text = changed = path.read_text(encoding="utf-8")
    for old, new in edits:
        assert old in changed
        changed = changed.replace(old, new)
    _replace(path, changed)
    try:
        yield
    finally:
        _replace(path, text)


def _replace(path: Path, text: str) -> None:
    beside = path.with_suffix(".planted")
    beside.write_text(text, encoding="utf-8")
    beside.replace(path)
