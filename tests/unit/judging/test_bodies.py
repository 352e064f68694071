"""What users meet of the difference of two function bodies."""

import pytest

from harness.judging.bodies import body_differences
from harness.judging.changes import ChangeKind
from harness.judging.known import MIRRORED
from harness.observing.sources import normalise_source


def function(*lines: str) -> str:
    return "\n".join(["def f(x):", *(f"    {line}" for line in lines)])


NO = "raise ValueError('there is no such state')"
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
    "a raise moved in its function": (
        function(NO, "a()"),
        function("a()", "if y:", "    if x:", f"        {NO}"),
        [],
    ),
    "one of two equal raises less": (function(NO, NO), function(NO), [ChangeKind.REMOVED_RAISE]),
    "a raise with another text altogether": (
        function("raise ValueError('units must be a number')"),
        function("raise ValueError('no such state')"),
        [ChangeKind.NEW_RAISE, ChangeKind.REMOVED_RAISE],
    ),
    "an error that is caught and raised again": (
        function("try:", "    a()", "except KeyError:", "    b()"),
        function("try:", "    a()", "except KeyError:", "    raise"),
        [ChangeKind.NEW_RAISE],
    ),
    "an error raised from another": (function(NO), function(f"{NO} from None"), []),
    "an error raised as a class": (
        function("raise NotImplementedError()"),
        function("raise NotImplementedError"),
        [],
    ),
    "an exception by the name of another module": (
        function("raise errors.NotFoundError('no state')"),
        function("raise tf.errors.NotFoundError('no state')"),
        [],
    ),
    "a number in the text of an error": (
        function("raise ValueError('at most 3 dimensions')"),
        function("raise ValueError('at most 4 dimensions')"),
        [],
    ),
    "a word that is the text of an error": (
        function("raise KeyError('states')"),
        function("raise KeyError('state')"),
        [],
    ),
    "a default of get": (
        function("a = config.get('a', 1)", "g()"),
        function("a = config.get('a', 2)"),
        [ChangeKind.BODY_DEFAULT],
    ),
    "a default of setdefault": (
        function("config.setdefault('a', 1)", "g()"),
        function("config.setdefault('a', 2)"),
        [ChangeKind.BODY_DEFAULT],
    ),
    "a default in one of two branches": (
        function("if x:", "    a = k.pop('a', True)", "else:", "    a = k.pop('a', False)"),
        function("g()", "if x:", "    a = k.pop('a', False)", "else:", "    a = k.pop('a', False)"),
        [ChangeKind.BODY_DEFAULT],
    ),
    "the branches of a default the other way round": (
        function("if x:", "    a = k.pop('a', True)", "else:", "    a = k.pop('a', False)"),
        function("if not x:", "    a = k.pop('a', False)", "else:", "    a = k.pop('a', True)"),
        [],
    ),
    "a default that is called by another name": (
        function("a = config.get('a', K.floatx())"),
        function("a = config.get('a', backend.floatx())"),
        [],
    ),
    "a default of an attribute that is None": (
        function("if self.a is None:", "    self.a = 1", "g()"),
        function("if self.a is None:", "    self.a = 2"),
        [ChangeKind.BODY_DEFAULT],
    ),
    "a default that only one side has": (
        function("a = config.get('a')"),
        function("a = config.get('a', 2)"),
        [],
    ),
    "a number of another sign": (
        function("return concatenate(x, axis=1)"),
        function("return concatenate(x, axis=-1)"),
        [ChangeKind.BODY_DEFAULT],
    ),
    "a number in a condition": (
        function("if x.ndim > 3:", "    g()"),
        function("if x.ndim > 2:", "    g()"),
        [ChangeKind.BODY_DEFAULT],
    ),
    "a number in a loop": (
        function("for i in range(3):", "    g(i)"),
        function("for i in range(4):", "    g(i)"),
        [ChangeKind.BODY_DEFAULT],
    ),
    "a name that is a text": (
        function("self.gate = activation('hard_sigmoid')"),
        function("self.gate = activation('sigmoid')"),
        [ChangeKind.BODY_DEFAULT],
    ),
    "a number and a name": (function("return a + 1"), function("return b + 2"), []),
    "a value of a decorator": ("@export('a.b')\n" + RAISES, "@export('a.c')\n" + RAISES, []),
    "a default of the function itself": (
        RAISES.replace("(x)", "(x=1)"),
        RAISES.replace("(x)", "(x=2)"),
        [],
    ),
    "no Python": ("def f(", "def g(", []),
    "no Python of late": (RAISES, "lambda self: self.x, doc='x')", []),
    "a null character": (RAISES, "\0", []),
    "no source of late": (RAISES, "", [ChangeKind.REMOVED_RAISE]),
}


@pytest.mark.parametrize(("old", "new", "kinds"), CASES.values(), ids=CASES)
def test_each_difference_that_users_meet_has_its_kind(
    old: str, new: str, kinds: list[ChangeKind]
) -> None:
    assert [kind for kind, _, _ in body_differences(old, new)] == kinds


@pytest.mark.parametrize(("old", "new", "kinds"), CASES.values(), ids=CASES)
def test_in_the_reverse_direction_each_has_its_counterpart(
    old: str, new: str, kinds: list[ChangeKind]
) -> None:
    back = [kind for kind, _, _ in body_differences(new, old)]
    assert sorted(back) == sorted(MIRRORED.get(kind, kind) for kind in kinds)


@pytest.mark.parametrize(("old", "new", "kinds"), CASES.values(), ids=CASES)
def test_a_reformatted_body_is_the_same_body(old: str, new: str, kinds: list[ChangeKind]) -> None:
    spread = new.replace("(x)", "(\n    x\n)").replace(":\n", ":  # a comment\n\n")
    sides = normalise_source(old), normalise_source(spread)
    if kinds:
        assert [kind for kind, _, _ in body_differences(*sides)] == kinds
    else:
        assert body_differences(*sides) == ()


# two bodies, and both sides of the first difference as people read it
TOLD = {
    "a new raise": (
        function("return x"),
        RAISES,
        ("nothing", "raise ValueError('x must be given') if x is None"),
    ),
    "raises in the branches of a condition": (
        function("if x:", "    a()", "else:", "    b()"),
        function("if x:", "    raise A", "elif y:", "    raise B()", "else:", "    raise C('c')"),
        ("nothing", "raise A if x\nraise B if y\nraise C('c') if not (y)"),
    ),
    "an error in a variable": (
        function("a()"),
        function("raise error"),
        ("nothing", "raise error"),
    ),
    "an error that is raised again": (function("a()"), function("raise"), ("nothing", "raise")),
    "another exception": (
        function("if not x:", f"    {NO}"),
        function("if not x:", f"    {NO.replace('ValueError', 'KeyError')}"),
        (f"{NO} if not x", f"{NO.replace('ValueError', 'KeyError')} if not x"),
    ),
    "two defaults": (
        function("a = k.pop('a', 1)", "b = k.pop('b', 2)", "g()"),
        function("a = k.pop('a', None)", "b = k.pop('b', 3)"),
        ("k.pop('a') = 1\nk.pop('b') = 2", "k.pop('a') = None\nk.pop('b') = 3"),
    ),
    "a default in branches": (
        function("a = k.pop('a', False)", "g()"),
        function("if x:", "    a = k.pop('a', True)", "else:", "    a = k.pop('a', False)"),
        ("k.pop('a') = False", "k.pop('a') = False or True"),
    ),
    "a default of a function within": (
        function("def g(y=1):", "    return y", "return g"),
        function("def g(y=2):", "    return y", "return h(g)"),
        ("g(y) = 1", "g(y) = 2"),
    ),
    "a value in a condition": (
        function("if x > 1:", "    g(2)"),
        function("if x > 3:", "    g(2)"),
        ("if x > 1", "if x > 3"),
    ),
}


@pytest.mark.parametrize(("old", "new", "sides"), TOLD.values(), ids=TOLD)
def test_a_difference_is_told_as_people_read_it(old: str, new: str, sides: tuple[str, str]) -> None:
    assert [each[1:] for each in body_differences(old, new)] == [sides]


def test_the_table_has_every_kind_of_a_body() -> None:
    assert {kind for _, _, kinds in CASES.values() for kind in kinds} == {
        ChangeKind.NEW_RAISE,
        ChangeKind.REMOVED_RAISE,
        ChangeKind.OTHER_EXCEPTION,
        ChangeKind.BODY_DEFAULT,
    }
