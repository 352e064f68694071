"""Normalised sources lose everything without effect, and nothing that has an effect."""

import ast
import inspect
import json
import textwrap
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.observing.sources import below_signature, normalise_source
from tests.support.watched import CUT, LAMBDA, SOURCE, body, edited, seen

STDLIB: list[Callable[..., object] | type] = [
    inspect.getsource,
    inspect.Signature,
    json.dumps,
    json.JSONEncoder.default,
    textwrap.TextWrapper,
    textwrap.dedent,
    pytest.approx,
]


SOURCES_ALIKE = {
    "a comment": (SOURCE, edited("  # as it was", "  # as it has to be")),
    "a comment less": (SOURCE, edited("  # as it was", "")),
    "a docstring": (
        SOURCE,
        edited("Reset them.", "Reset all states.\n\n        To zeros.\n        "),
    ),
    "a docstring less": (SOURCE, edited('        """Reset them."""\n', "")),
    "text at the margin of a docstring": (
        SOURCE,
        edited("Reset them.", "Reset them:\n>>> layer.reset_states()\n"),
    ),
    "a comment without indentation": (
        SOURCE,
        edited("        if states", "# zeros\n        if states"),
    ),
    "a docstring instead of a body": (body('"""Nothing."""'), body("pass")),
    "layout": (
        SOURCE,
        edited("[state for state in states]", "[\n  state\n  for state in states\n]"),
    ),
    "blank lines": (SOURCE, edited("        return", "\n\n        return")),
    "indentation": (SOURCE, textwrap.dedent(SOURCE)),
    "parentheses": (SOURCE, edited("return self.states", "return (self.states)")),
    "quotes": (SOURCE, edited('"zeros"', "'zeros'")),
    "an annotated parameter": (
        SOURCE,
        edited("(self, states=None)", "(self, states: list = None)"),
    ),
    "an annotated return": (SOURCE, edited("=None):", "=None) -> list:")),
    "an annotated assignment": (
        SOURCE,
        edited('self.states = "zeros"', 'self.states: str | None = "zeros"'),
    ),
    "a declaration": (body("return 1"), body("x: int", "return 1")),
    "nothing but a declaration": (body("pass"), body("x: int")),
    "a branch with nothing but a declaration": (
        body("if states:", "    pass", "return 1"),
        body("if states:", "    x: int", "return 1"),
    ),
    "the docstring of a function within": (
        body("def inner():", "    return 1", "return inner"),
        body("def inner():", "    'Its own.'", "    return 1", "return inner"),
    ),
    "the docstring of an asynchronous function": (
        body("return 1", head="async def reset_states(self):"),
        body("'Reset them.'", "return 1", head="async def reset_states(self) -> int:"),
    ),
    "the docstring of a class": (
        "class States:\n    size = 1\n",
        "class States:\n    'All of them.'\n    size = 1\n",
    ),
    "the layout of a lambda": (LAMBDA, f"    {LAMBDA}\n"),
    "the layout of text that is not Python": (CUT, CUT.replace(" ", "\n  ")),
}


@pytest.mark.parametrize(("one", "other"), SOURCES_ALIKE.values(), ids=SOURCES_ALIKE)
def test_sources_with_the_same_effect_become_equal(one: str, other: str) -> None:
    assert one != other
    assert normalise_source(one) == normalise_source(other)
    assert seen(one) == seen(other)


# a comment without indentation, and after it code that must not be lost
COMMENTED = edited("        if states", "# zeros\n        if states")

SOURCES_APART = {
    "code after a comment without indentation": (
        COMMENTED,
        COMMENTED.replace("return self.states", "return None"),
    ),
    "one line": (SOURCE, edited("return self.states", "return None")),
    "a text that is no docstring": (SOURCE, edited('"zeros"', '"ones"')),
    "a default": (SOURCE, edited("states=None", "states=0")),
    "a name": (SOURCE, edited("def reset_states", "def reset_state")),
    "a decorator": (SOURCE, edited("    def reset", "    @cached\n    def reset")),
    "a value that is annotated": (body("x: int = 1", "return x"), body("x: int = 2", "return x")),
    "a lambda": (LAMBDA, LAMBDA.replace("_states", "_all")),
    "text that is not Python": (CUT, CUT.replace("_states", "_all")),
}


@pytest.mark.parametrize(("one", "other"), SOURCES_APART.values(), ids=SOURCES_APART)
def test_sources_with_different_effects_stay_different(one: str, other: str) -> None:
    assert normalise_source(one) != normalise_source(other)
    assert seen(one) != seen(other)


BELOW = {
    "another default": ("states=None", "states=0", True),
    "another parameter": ("(self, states=None)", "(self, states=None, *rest)", True),
    "another name": ("def reset_states", "def reset_state", False),
    "another body": ("return self.states", "return None", False),
}


@pytest.mark.parametrize(("old", "new", "alike"), BELOW.values(), ids=BELOW)
def test_below_its_signature_a_method_has_no_parameters(old: str, new: str, *, alike: bool) -> None:
    sides = [below_signature(normalise_source(text)) for text in (SOURCE, edited(old, new))]
    assert (sides[0] == sides[1]) is alike


def test_source_without_a_function_has_no_signature_to_remove() -> None:
    for text in (normalise_source(LAMBDA), CUT):
        assert below_signature(text) == text


@pytest.mark.parametrize("found", STDLIB, ids=lambda found: found.__qualname__)
def test_normalising_twice_changes_nothing(found: Callable[..., object]) -> None:
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
def test_normalising_any_function_twice_changes_nothing(lines: list[str]) -> None:
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
def test_text_that_is_not_python_keeps_its_words(text: str, expected: str) -> None:
    assert normalise_source(text) == expected
