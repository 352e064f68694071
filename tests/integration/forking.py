"""Runs scripts on one import of TensorFlow: reads {NAME: SCRIPT} and writes {NAME: TEXT}, as JSON.

Started by path in a target's environment; its argument is the directory of the probe. Each script
runs in a child of its own. The text is what the script printed, or the reason why it failed. A
script has the names `tf`, `np` and `raised`.
"""

from __future__ import annotations

import collections
import contextlib
import importlib
import io
import json
import os
import pathlib
import runpy
import sys
import tempfile
from typing import Any

LIMIT = 120.0  # seconds for a script


def raised(call: Any, *arguments: object, **keywords: object) -> str:
    """The type of the error that a call raises, or "nothing"."""
    try:
        call(*arguments, **keywords)
    except Exception as error:  # noqa: BLE001 - the error is the answer
        return type(error).__name__
    return "nothing"


class Work:
    """A script; a file, since Keras reads the source of functions."""

    def __init__(self, name: str, path: pathlib.Path, given: dict[str, Any]) -> None:
        self.name, self.path, self.given = name, path, given

    def __call__(self, send: Any) -> None:
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            runpy.run_path(str(self.path), self.given)
        send(printed=printed.getvalue().strip())


def main() -> None:
    sys.path.insert(0, sys.argv[1])
    isolate, tf, np = map(importlib.import_module, ("isolate", "tensorflow", "numpy"))
    _ = tf.keras.layers  # newer releases import Keras now
    given = {"tf": tf, "np": np, "raised": raised}
    texts = {}
    with tempfile.TemporaryDirectory() as directory:
        works: collections.deque[Work] = collections.deque()
        for number, (name, script) in enumerate(json.load(sys.stdin).items()):
            path = pathlib.Path(directory, f"script_{number}.py")
            path.write_text(script, encoding="utf-8")
            works.append(Work(name, path, given))
        for child in isolate.finished(works, os.cpu_count() or 1, LIMIT):
            [*_, last] = child.messages or [{"printed": child.detail}]
            texts[child.work.name] = last["printed"]
    json.dump(texts, sys.stdout)
    sys.stdout.flush()


if __name__ == "__main__":
    main()
    os._exit(0)  # as the probe does: without TensorFlow's slow teardown
