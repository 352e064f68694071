"""Sources as they are compared: nothing that does nothing is left, nothing that does is lost."""

import ast
import inspect
import json
import textwrap
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.judging.changes import ChangeKind
from harness.judging.internals import compare_internals
from harness.observing.sources import normalise_source
from tests.unit.test_internals import NAME, edited, seen

STDLIB: list[Callable[..., object] | type] = [
    inspect.getsource,
    inspect.Signature,
    json.dumps,
    json.JSONEncoder.default,
    textwrap.TextWrapper,
    textwrap.dedent,
    pytest.approx,
]


# a comment at the margin, and after it what must not be lost
COMMENTED = edited("        if states", "# zeros\n        if states")


def test_what_follows_a_comment_at_the_margin_is_not_lost() -> None:
    later = COMMENTED.replace("return self.states", "return None")
    [change] = compare_internals(NAME, seen(COMMENTED), seen(later))
    assert change.kind is ChangeKind.BODY


@pytest.mark.parametrize("found", STDLIB, ids=lambda found: found.__qualname__)
def test_source_that_is_normalised_stays_as_it_is(found: Callable[..., object]) -> None:
    once = normalise_source(inspect.getsource(found))
    assert once
    assert normalise_source(once) == once
    assert '"""' not in once


STATEMENTS = st.sampled_from(
    [
        "'a text'",
        "...",
        "1",
        "x: int",
        "x: int = 1",
        "self.x: int = 1",
        "pass",
        "return f'{self!r:>{2}}'",
        "return lambda x: (yield)",
    ]
)


@st.composite
def blocks(draw: st.DrawFn, depth: int = 3) -> list[str]:
    lines: list[str] = []
    heads = [
        "def f(self, x: int = 1, *y: int, **z: int) -> int:",
        "async def f(self) -> int:",
        "class C:",
        "if self:",
    ]
    for _ in range(draw(st.integers(1, 3))):
        if depth and draw(st.booleans()):
            head = draw(st.sampled_from(heads))
            lines += [head, *(f"    {line}" for line in draw(blocks(depth - 1)))]
        else:
            lines.append(draw(STATEMENTS))
    return lines


@given(blocks())
def test_any_function_that_is_normalised_stays_as_it_is(lines: list[str]) -> None:
    text = "\n".join(["    def f(self):", *(f"        {line}" for line in lines)])
    once = normalise_source(text)
    assert normalise_source(once) == once
    ast.parse(once)


NO_PYTHON = {
    "a lambda cut out of its line": ("lambda self: (\n  1)),  # one", "lambda self: ( 1)), # one"),
    "nothing": ("", ""),
    "a decorator alone": ("@property", "@property"),
    "a newer syntax": ("def f[T](x):\n    pass\n  \n  type = ", "def f[T](x): pass type ="),
    "half of a text": ('"""never\nending', '"""never ending'),
    "a null byte": ("\0", "\0"),
}


@pytest.mark.parametrize(("text", "expected"), NO_PYTHON.values(), ids=NO_PYTHON)
def test_what_is_no_python_keeps_its_words(text: str, expected: str) -> None:
    assert normalise_source(text) == expected
