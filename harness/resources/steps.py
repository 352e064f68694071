"""Named steps of a script; a copy of this file belongs beside the script.

    from steps import see, step

    with step("first pass"):
        see(model(x))

With plain Python, a step prints its name and the mean of each value that it sees. Under
`state-harness try` and `check`, a step is compared between releases like a statement.
It needs Python 3.7, and no other file.

From tensorflow-state-harness, under the MIT licence.
"""

import contextvars
import math
import sys
from typing import Any, List, Optional

HARNESS = "state_harness_steps"  # a module that is there only under the harness

_current: "contextvars.ContextVar[Any]" = contextvars.ContextVar("the innermost step")


def step(name: str) -> "Step":
    """A part of a script with a name; an error in it is raised as usual.

    `with step("one") as see: see(output=y)` works as well. Raises ValueError for a blank name.
    """
    if not isinstance(name, str) or not name.strip():
        raise ValueError("the name of a step must be text, not {!r}".format(name))
    return Step(name)


def see(*values: Any, **named: Any) -> None:
    """Show values, as they are now, as results of the step around this call."""
    seen = _current.get(None)
    if seen is None:
        raise RuntimeError("see() belongs into a step: `with step('name'): see(value)`")
    for value in values:
        seen.see("", value)
    for name, value in named.items():
        seen.see(name, value)


class Step:
    """The context of a step; the harness has another one for what it sees."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __enter__(self) -> Any:
        harness: Any = sys.modules.get(HARNESS)
        self._seen = (harness and harness.begin(self.name)) or Printed(self.name)
        self._before = _current.set(self._seen)
        return see

    def __exit__(self, kind: object, error: Optional[BaseException], trace: object) -> None:
        _current.reset(self._before)
        self._seen.end(error)


class Printed:
    """What a step saw, to be printed in one line when it ends."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.parts: List[str] = []

    def see(self, name: str, value: Any) -> None:
        self.parts.append("{} {}".format(name, _mean(value)).strip())

    def end(self, error: Optional[BaseException]) -> None:
        parts = self.parts + (["raises {}".format(type(error).__name__)] if error else [])
        print("{:<40} {}".format(self.name, ", ".join(parts)).rstrip())


def _mean(value: Any) -> str:
    """The mean of all numbers in a value; its type if it has others, or none."""
    try:
        numbers = _numbers(value)
        return "{:.8g}".format(math.fsum(numbers) / len(numbers))
    except Exception:  # whatever the value is, the script goes on
        return "a {}".format(type(value).__name__)


def _numbers(value: Any) -> List[float]:
    for method in ("numpy", "tolist"):  # of a tensor or variable, and of an array
        if hasattr(value, method):
            value = getattr(value, method)()
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        return [number for each in value for number in _numbers(each)]
    return [value + 0.0]
