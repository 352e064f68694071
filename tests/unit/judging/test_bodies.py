"""What users meet of the difference of two function bodies."""

import pytest

from harness.judging.bodies import body_differences
from harness.judging.changes import ChangeKind

RAISES = "def f(x):\n    if x is None:\n        raise ValueError('x must be given')\n    return x"
CASES: dict[str, tuple[str, str, list[ChangeKind]]] = {
    "nothing": (RAISES, RAISES, []),
    "a new raise": ("def f(x):\n    return x", RAISES, [ChangeKind.NEW_RAISE]),
    "a raise less": (RAISES, "def f(x):\n    return x", [ChangeKind.REMOVED_RAISE]),
    "another exception": (
        RAISES,
        RAISES.replace("ValueError", "TypeError"),
        [ChangeKind.OTHER_EXCEPTION],
    ),
    "another text of an error": (RAISES, RAISES.replace("given", "passed"), []),
    "a raise under another condition": (RAISES, RAISES.replace("x is None", "not x"), []),
    "a raise beside another": (
        RAISES,
        RAISES.replace("return x", "raise TypeError('never')"),
        [ChangeKind.NEW_RAISE],
    ),
    "another name of a variable": (RAISES, RAISES.replace("x", "y"), []),
    "an alias of a module": (
        "def f(self):\n    return self.dtype or K.floatx()",
        "def f(self):\n    return self.dtype or backend.floatx()",
        [],
    ),
    "a default of pop": (
        "def f(self, **kwargs):\n    self.a = kwargs.pop('a', 1)\n    g()",
        "def f(self, **kwargs):\n    self.a = kwargs.pop('a', 2)",
        [ChangeKind.BODY_DEFAULT],
    ),
    "a default of getattr": (
        "def f(o):\n    return getattr(o, 'a', False)",
        "def f(o):\n    x = getattr(o, 'a', True)\n    return x",
        [ChangeKind.BODY_DEFAULT],
    ),
    "a default where None": (
        "def f(x=None):\n    if x is None:\n        x = 1\n    return x",
        "def f(x=None):\n    if x is None:\n        x = 2\n    return x + 0",
        [ChangeKind.BODY_DEFAULT],
    ),
    "a default after or": (
        "def f(x):\n    x = x or 'tanh'\n    return x",
        "def f(x):\n    x = x or 'relu'\n    return g(x)",
        [ChangeKind.BODY_DEFAULT],
    ),
    "a default of a function within": (
        "def f():\n\n    def g(x, *, y=1):\n        return x\n    return g",
        "def f():\n\n    def g(x, *, y=2):\n        return x\n    return h(g)",
        [ChangeKind.BODY_DEFAULT],
    ),
    "a constant alone": (
        "def f(self):\n    self.supports_masking = True",
        "def f(self):\n    self.supports_masking = False",
        [ChangeKind.BODY_DEFAULT],
    ),
    "a text for people": ("def f():\n    log('one text')", "def f():\n    log('another text')", []),
    "no Python": ("def f(", "def g(", []),
}


@pytest.mark.parametrize(("old", "new", "kinds"), CASES.values(), ids=CASES)
def test_each_difference_that_users_meet_has_its_kind(
    old: str, new: str, kinds: list[ChangeKind]
) -> None:
    assert [kind for kind, _, _ in body_differences(old, new)] == kinds


def test_a_raise_is_told_with_its_condition() -> None:
    [(_, before, after)] = body_differences("def f(x):\n    return x", RAISES)
    assert (before, after) == ("nothing", "raise ValueError('x must be given') if x is None")


def test_the_table_has_every_kind_of_a_body() -> None:
    assert {kind for _, _, kinds in CASES.values() for kind in kinds} == {
        ChangeKind.NEW_RAISE,
        ChangeKind.REMOVED_RAISE,
        ChangeKind.OTHER_EXCEPTION,
        ChangeKind.BODY_DEFAULT,
    }
