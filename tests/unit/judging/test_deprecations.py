"""What a warning says of the release that removes a thing, and what later targets show of it."""

from collections.abc import Sequence

import pytest

from harness.judging.deprecations import REMOVED, Deprecation, deprecations
from harness.observing.records import Observation
from harness.observing.scripts import Trace
from tests.support.traces import did, statement, step, traced

SCRIPT = [statement(1, "f()"), statement(2, "g()")]
OLD = "UserWarning: f is deprecated and will be removed in a future version"


def warns(*texts: str, line: int = 1) -> list[Observation]:
    return [did(n, warned=texts if n == line else ()) for n in (1, 2)]


def found(*observed: Sequence[Observation]) -> list[Deprecation]:
    """The deprecations on targets a, b, c ..., each compared with the one before."""
    names = "abcdefg"[: len(observed)]
    traces: dict[str, Trace] = {
        name: traced(SCRIPT, *each, target=name) for name, each in zip(names, observed, strict=True)
    }
    before: list[str | None] = [None, *names[:-1]]
    return list(deprecations(traces, list(zip(names, before, strict=True))))


NAMED = {
    "f is deprecated and will be removed in a future version. Use g in 2 places": "",
    "will be removed in a future version of Keras": "",
    "f is deprecated since 2.3 and will be removed": "",
    "removed in favor of 2 others": "",
    "(Deprecated NumPy 1.24)": "",
    "`f` is deprecated, and will be removed after 2020-10-11.": "removed after 2020-10-11",
    "f will be removed in version 4.0.": "removed in version 4.0",
    "will be removed in TensorFlow 2.16, use g": "removed in TensorFlow 2.16",
    "the imp module is deprecated and slated for removal in Python 3.12; see": (
        "removal in Python 3.12"
    ),
    "slated for removal as early as 2025-11-30.": "removal as early as 2025-11-30",
}


@pytest.mark.parametrize(("text", "said"), NAMED.items())
def test_only_a_release_or_day_that_the_warning_names(text: str, said: str) -> None:
    match = REMOVED.search(text)
    assert (match[0] if match else "") == said
    [one] = found(warns(f"DeprecationWarning: {text}, deprecated"))
    assert one.removed == said


ERROR = [did(1, error="AttributeError: no f")]
OUTCOMES: dict[str, tuple[list[list[Observation]], list[str]]] = {
    "warned of to the end": ([warns(OLD), warns(OLD)], []),
    "an error at once": ([warns(OLD), ERROR], ["b raises AttributeError: no f"]),
    "an error, which the next target has too": (
        [warns(OLD), ERROR, ERROR],
        ["b raises AttributeError: no f"],
    ),
    "quiet": ([warns(OLD), warns(), warns()], ["b no longer gives this warning"]),
    "quiet, then an error": (
        [warns(OLD), warns(), ERROR],
        ["b no longer gives this warning", "c raises AttributeError: no f"],
    ),
    "not reached": ([warns(OLD, line=2), ERROR], ["b is not reached"]),
    "another statement warns": ([warns(OLD), warns(OLD, line=2)], []),
    "not warned of yet": ([warns(), warns(OLD)], []),
    "warned of again": ([warns(OLD), warns(), warns(OLD)], ["b no longer gives this warning"]),
}


@pytest.mark.parametrize(("observed", "said"), OUTCOMES.values(), ids=OUTCOMES)
def test_what_later_targets_show(observed: list[list[Observation]], said: list[str]) -> None:
    first, *_ = found(*observed)
    assert [f"{each.target} {each}" for each in first.outcomes] == said


def test_a_warning_from_other_files_is_the_same() -> None:
    texts = [
        f"WARNING: From /env/{n}/math_ops.py:{n}: to_int32 at 0x{n}f is deprecated" for n in (1, 2)
    ]
    [one] = found(*(warns(text) for text in texts))
    assert (one.text, one.targets) == ("WARNING: to_int32 at 0x... is deprecated", ("a", "b"))


def test_other_warnings_are_none_and_one_of_a_step_has_its_place() -> None:
    observed = [
        did(1, warned=["UserWarning: slow"]),
        step("a", 5, 2, warned=["FutureWarning: h will be removed"]),
        did(2),
    ]
    [one] = found(observed)
    assert (one.statement.name, one.statement.line, one.outcomes) == ("step a", 5, ())
