"""The line of a script in which an error was raised."""

import pytest

from harness.observing.raised import Raised, raised_in
from harness.observing.records import Error, Statement
from tests.support.traces import statement, step

CALLED = """Traceback (most recent call last):
  File "/home/a/my.py", line 20, in <module>
    model.restart(ones)
  File "/home/a/my.py", line 15, in restart
    layer.reset_states(values)
  File "/env/keras/src/layers/rnn.py", line 400, in reset_states
    self.states = [
TypeError: RNN.reset_states() takes 1 positional argument but 2 were given
"""
AT_TOP = """Traceback (most recent call last):
  File "/home/a/my.py", line 25, in <module>
    model.rnn.time_major
    ^^^^^^^^^^^^^^^^^^^^
AttributeError: 'GRU' object has no attribute 'time_major'
"""
CAUSED = (
    CALLED
    + "\nThe above exception was the direct cause of the following exception:\n\n"
    + AT_TOP.replace("line 25", "line 35")
)
BEHIND_FROZEN = CALLED.replace(
    "    model.restart(ones)\n",
    '    model.restart(ones)\n  File "<frozen importlib._bootstrap>", line 1, in _call\n',
)
IN_A_GRAPH = """Traceback (most recent call last):
  File "/home/a/my.py", line 20, in <module>
    step(x)
  File "/env/tensorflow/python/autograph/impl/api.py", line 52, in autograph_handler
    raise e.ag_error_metadata.to_exception(e)
TypeError: in user code:

    File "/home/a/my.py", line 12, in step  *
        return rnn.reset_states(x)

    TypeError: RNN.reset_states() takes 1 positional argument but 2 were given
"""


@pytest.mark.parametrize(
    ("traceback", "within", "expected"),
    [
        (CALLED, statement(20), Raised(line=15, function="restart", source=CALLED.split("\n")[4])),
        (AT_TOP, statement(22, "for n in x:\n    y = n\n    n.rnn\n    n.rnn.time_major"), 25),
        (AT_TOP, statement(23, "with tape:\n    a\n    model.rnn.time_major"), 25),
        (AT_TOP, step("reset", 23, 22).place, 25),
        (IN_A_GRAPH, statement(20), 12),
        (BEHIND_FROZEN, statement(20), 15),  # a frame without its code
        (CAUSED, statement(32), 35),
        # the statement itself
        (AT_TOP, statement(25), None),
        (AT_TOP, statement(24, "model(\n    model.rnn.time_major\n)"), None),
        (CALLED, statement(15), None),
        ("", statement(20), None),
        ("SyntaxError: invalid syntax", statement(20), None),
    ],
)
def test_the_innermost_line_of_the_script_is_told(
    traceback: str, within: Statement, expected: Raised | int | None
) -> None:
    found = raised_in(within, Error(type="TypeError", message="no", traceback=traceback))
    if isinstance(expected, Raised):
        assert found is not None
        assert (found.line, found.function) == (expected.line, expected.function)
        assert found.source == expected.source.strip()
    else:
        assert (found.line if found else None) == expected


def test_a_statement_without_an_error_raised_nowhere() -> None:
    assert raised_in(statement(20), None) is None


def test_a_line_is_told_with_its_function_if_it_has_one() -> None:
    found = Raised(line=15, function="restart", source="layer.reset_states(values)")
    assert str(found) == "line 15, in restart: layer.reset_states(values)"
    assert str(Raised(line=15, function="restart", source="")) == "line 15, in restart"
    found = Raised(line=25, function="<module>", source="model.rnn.time_major")
    assert str(found) == "line 25: model.rnn.time_major"
