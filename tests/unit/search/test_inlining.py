"""The program of a statement in a function that runs once."""

import ast

import pytest

from harness.base.errors import UncheckedError, UsageError
from harness.search.inlining import of_script
from harness.search.slicing import sliced

SCRIPT = """\
import sys

rate = 0.5

def build(size, *, name="a", depth=2):
    "The docstring."
    layers = [size] * depth
    return layers

def main(argv=None):
    rate = 2
    model = build(rate, depth=3)
    print(model)
    if argv:
        return 1
    print(rate)

if __name__ == "__main__":
    sys.exit(main(sys.argv))
"""


def text(*lines: int) -> list[str]:
    return ast.unparse(sliced(of_script(SCRIPT, *lines))).splitlines()


def test_what_is_given_to_a_function_is_assigned() -> None:
    assert text(19, 12, 7) == [
        "rate = 0.5",
        "rate = 2",
        "depth = 3",
        "size = rate",
        "with step('witness') as see:",
        "    layers = [size] * depth",
    ]
    assert text(19, 13)[-2:] == ["with step('witness') as see:", "    print(model)"]


def test_a_line_that_begins_no_statement_is_refused() -> None:
    for lines in ((19, 6, 7), (19, 99), (18,)):
        with pytest.raises(UsageError, match="no statement begins in line"):
            of_script(SCRIPT, *lines)
    with pytest.raises(UsageError, match="no statement begins in line 7 of what line 3 calls"):
        of_script(SCRIPT, 3, 7)


def test_a_function_that_cannot_be_taken_apart_is_refused() -> None:
    with pytest.raises(UncheckedError, match="the statements of main do not stand alone"):
        of_script(SCRIPT, 19, 16)
    starred = "def f(*a):\n    x = a\nf(1)"
    with pytest.raises(UncheckedError, match=r"a call with `\*`, in line 3"):
        of_script(starred, 3, 2)


def test_parameters_get_their_values_at_once() -> None:
    script = "def f(a, b):\n    r = a - b\ndef main():\n    a = 1\n    b = 5\n    f(b, a)\nmain()"
    assert "a, b = (b, a)" in ast.unparse(of_script(script, 7, 6, 2))


def test_of_several_calls_the_one_that_has_the_line() -> None:
    script = "def show(x):\n    print(x)\ndef make():\n    a = 1\n    return a\nshow(make())"
    assert ast.unparse(of_script(script, 6, 4)).endswith("a = 1")


SHADOWS = """\
x = 1
def g(n):
    r = n + x
    return r
def main():
    x = 5
    g(2)
main()
"""


@pytest.mark.parametrize("lines", [(8, 7), (8, 7, 3)])
def test_a_variable_that_is_two_is_refused(lines: tuple[int, ...]) -> None:
    with pytest.raises(UncheckedError, match="'x' is a variable of main and another one of the"):
        of_script(SHADOWS, *lines)
