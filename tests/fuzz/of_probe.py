"""The messages of the children of the probe, and the record that the probe makes of them."""

import contextlib
import importlib
import io
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec

from harness.base.project import PROBE
from harness.observing.records import LAYOUT
from tests.fuzz.kinds import Kind, LeftOutError
from tests.support.makers import record, surroundings

SHARE = [(Path("a.py"), "fixed"), (Path("b.py"), "fixed")]
OBSERVED = {
    "step": "one",
    "arrays": {"output": {"dtype": "float32", "shape": [2], "values": [1.0, "nan"]}},
    "error": None,
    "seconds": 0.5,
}
RAISED = {
    "step": "two",
    "arrays": {},
    "error": {"type": "ValueError", "message": "no", "traceback": "line 1"},
    "seconds": 0.5,
}
SCENARIOS: list[dict[str, Any]] = [
    {"part": 0, "start_again": True},
    {"begin": "one"},
    {"observed": OBSERVED},
    {"begin": "two"},
    {"observed": RAISED},
    {"end": "completed", "seconds": 1.5},
    {"part": 1, "start_again": True},
    {"begin": "one"},
    {"observed": OBSERVED},
    {"end": "broken", "detail": "BrokenError: no", "seconds": 1.5},
    {"changed": ["the image data format"]},
    {"done": True},
]
WATCH: list[dict[str, Any]] = [
    {"internals": [{"name": "RNN.call", "present": False}], "sources": {"a": "def f(): pass"}},
    {"layers": {"LSTM": {"config": {"units": 2}}}},
    {"calls": []},
    {"done": True},
]


def of_probe(_: Path) -> Iterator[Kind]:
    isolate, running, wire = (_module(n) for n in ("isolate", "running", "wire"))
    sound: dict[str, Any] = msgspec.to_builtins(record([], environment=surroundings()))

    def read_scenarios(data: bytes) -> object:
        with contextlib.redirect_stdout(None):
            documents, _ = running.Running(SHARE, 1).documents(_child(isolate, data))
        return _record({**sound, "runs": documents})

    def read_watch(data: bytes) -> object:
        return _record({**sound, **wire.watched(_child(isolate, data))})

    yield Kind(
        name="messages of scenarios", samples=[_lines(SCENARIOS)], read=read_scenarios, form="lines"
    )
    yield Kind(name="messages of the watch", samples=[_lines(WATCH)], read=read_watch, form="lines")


def _lines(messages: list[dict[str, Any]]) -> bytes:
    return b"".join(json.dumps(each).encode() + b"\n" for each in messages)


def _module(name: str) -> ModuleType:
    """A module of the probe, which finds its neighbours on the path."""
    sys.path.insert(0, str(PROBE))
    try:
        return importlib.import_module(name)
    finally:
        sys.path.remove(str(PROBE))


def _child(isolate: ModuleType, data: bytes) -> Any:
    """A child that wrote this into its pipe, and then ended."""
    reading = os.memfd_create("pipe")
    os.write(reading, data)
    os.lseek(reading, 0, os.SEEK_SET)
    child = isolate.Child.__new__(isolate.Child)
    child.work, child.time_limit, child.pipe = None, 60.0, reading
    child.closed = child.garbled = False
    child.received, child.messages, child.end, child.detail = bytearray(), [], "crashed", "a reason"
    while not child.closed and not child.garbled:
        child.read()
    os.close(reading)
    if child.messages and child.messages[-1] == isolate.DONE:
        child.messages.pop()
        child.end, child.detail = "completed", None
    return child


def _record(found: dict[str, Any]) -> object:
    """The record, as the probe writes it, and as the harness reads it."""
    try:
        stream = io.StringIO()
        json.dump(found, stream, ensure_ascii=False)
    except RecursionError as error:
        raise LeftOutError("the probe crashes") from error
    return LAYOUT.decode(stream.getvalue().encode("utf-8", "replace"), "record.json")
