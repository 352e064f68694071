"""The functions that ran on two invented sides, and how they differ."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from harness.environments.virtual_environments import Environment
from harness.search import functions as module
from harness.search.executing import Called, Executed
from harness.search.functions import Functions, functions
from harness.search.where import Where, where_document, where_lines

OLD = '''\
class RNN:
    @property
    def states(self):
        return self._states

    def call(self, x):
        """Call."""
        return x  # a comment

    def reset(self, value=None):
        return value

    def gone(self):
        pass
'''
NEW = """\
class RNN:

    @property
    def states(self):
        return self._states

    def call(self, x):
        if x is None:
            raise ValueError("The batch size must be the same")
        return x

    def reset(self, value=0):
        return value

    def added(self):
        pass
"""


def side(root: Path, name: str, source: str) -> Environment:
    packages = root / name / "lib" / "python3.11" / "site-packages"
    (packages / "keras").mkdir(parents=True)
    (packages / "keras" / "rnn.py").write_text(source, encoding="utf-8")
    (packages / "keras" / "odd.py").write_text("def f(:", encoding="utf-8")
    record = packages / "keras-3.0.0.dist-info" / "RECORD"
    record.parent.mkdir()
    record.write_text("keras/rnn.py,,\nkeras/odd.py,,\n", encoding="utf-8")
    return Environment(directory=root / name, lock_sha256="")


def lines(source: str) -> list[tuple[str, int, bool]]:
    """Each function of a source by its first line; all but the property ran in the step."""
    found = []
    for number, line in enumerate(source.splitlines(), 1):
        if "@property" in line:
            found.append(("keras/rnn.py", number, False))
        elif "def " in line and "states" not in line:
            found.append(("keras/rnn.py", number, True))
    return [*found, ("numpy/core.py", 3, True), ("keras/rnn.py", 1, False)]


def gives(calls: Sequence[Called], ended: str = "") -> Executed:
    return Executed(calls=tuple(calls), ended=ended)


def compared(
    monkeypatch: pytest.MonkeyPatch, root: Path, old: str, new: str, text: str = ""
) -> Functions:
    sides = side(root, "old", old), side(root, "new", new)
    ran = {sides[0].directory: lines(old), sides[1].directory: lines(new)}
    monkeypatch.setattr(module, "executed", lambda each, _: gives(ran[each.directory]))
    return functions(["keras"], sides, ["script.py"], text)


def test_functions_that_differ_are_told_by_their_sources(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    found = compared(monkeypatch, tmp_path, OLD, NEW)
    assert [each.new.name for each in found.changed] == ["RNN.call", "RNN.reset"]
    assert found.changed[0].told[0].startswith("new raise: raise ValueError('The batch size")
    assert "+def reset(self, value=0):" in found.changed[1].lines
    assert (found.same, found.old_alone, found.new_alone, found.unread) == (1, 1, 1, 0)
    assert not found.none_differs


def test_the_function_that_the_difference_names_is_the_first(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    text = "reset / reset to ones: TypeError: RNN.reset() got an unexpected argument"
    found = compared(monkeypatch, tmp_path, OLD, NEW, text)
    assert [each.new.name for each in found.changed] == ["RNN.reset", "RNN.call"]


def test_sources_that_differ_in_comments_alone_are_the_same(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    found = compared(monkeypatch, tmp_path, OLD, OLD.replace("# a comment", "# another"))
    assert found.none_differs
    assert next(where_lines(Where(functions=found))) == (
        "all 4 functions of keras that ran are the same on both sides: the change is in code "
        "outside of functions, or in values that keras keeps"
    )


def test_a_file_that_cannot_be_read_is_counted(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    sides = side(tmp_path, "old", OLD), side(tmp_path, "new", OLD)
    calls = [*lines(OLD), ("keras/odd.py", 1, True)]
    monkeypatch.setattr(module, "executed", lambda *_: gives(calls))
    found = functions(["keras"], sides, ["script.py"], "")
    assert found.unread == 2
    assert not found.none_differs


def test_the_text_and_the_json_have_what_differs(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    found = Where(
        functions=compared(monkeypatch, tmp_path, OLD, NEW),
        internals=("RNN.call: new raise",),
    )
    text = "\n".join(where_lines(found))
    assert "1 are the same, 2 differ, 1 ran on the old side alone, 1 on the new side alone" in text
    assert "RNN.call (keras/rnn.py): new raise" in text
    assert "watched internals that changed (1):\n  RNN.call: new raise" in text
    [call, _] = where_document(found)["functions"]["changed"]
    assert (call["name"], call["inside"]) == ("RNN.call", True)


def test_that_nothing_was_traced_is_said() -> None:
    [line] = where_lines(Where(reason="a command has no Python of its own"))
    assert line == "the functions that ran were not compared: a command has no Python of its own"


PROPERTY = """\
class Layer:
    @property
    def states(self):
        return self._states

    @states.setter
    def states(self, value):
        self._states = value
"""


def test_a_getter_and_its_setter_are_two_functions(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    other = PROPERTY.replace("return self._states", "return list(self._states)")
    sides = side(tmp_path, "old", PROPERTY), side(tmp_path, "new", other)
    calls = [("keras/rnn.py", 2, True), ("keras/rnn.py", 6, True)]
    monkeypatch.setattr(module, "executed", lambda *_: gives(calls))
    found = functions(["keras"], sides, ["script.py"], "")
    assert (len(found.changed), found.same) == (1, 1)


def test_nothing_that_was_traced_is_not_the_same(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    sides = side(tmp_path, "old", OLD), side(tmp_path, "new", NEW)
    monkeypatch.setattr(module, "executed", lambda *_: gives([], "NameError: x"))
    found = functions(["keras"], sides, ["script.py"], "")
    assert not found.none_differs
    assert found.ended == ("NameError: x",)
    assert list(where_lines(Where(functions=found))) == [
        "no function of keras that ran could be traced",
        "  while it was traced, the script ended with NameError: x",
    ]


def test_that_the_trace_ended_early_is_said_also_where_no_function_differs(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    sides = side(tmp_path, "old", OLD), side(tmp_path, "new", OLD)
    monkeypatch.setattr(module, "executed", lambda *_: gives(lines(OLD), "NameError: x"))
    found = functions(["keras"], sides, ["script.py"], "")
    [_, ended] = where_lines(Where(functions=found))
    assert ended == "  while it was traced, the script ended with NameError: x"


def test_two_functions_of_one_name_are_not_one_that_moved(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    sides = side(tmp_path, "old", OLD), side(tmp_path, "new", OLD)
    ran = {}
    for each, files in zip(sides, (("keras/a.py", "keras/b.py"), ("keras/c.py",)), strict=True):
        ran[each.directory] = [(file, 1, True) for file in files]
        for number, file in enumerate(files):
            source = f"def call(x):\n    return {number}\n"
            (each.packages or tmp_path).joinpath(file).write_text(source, encoding="utf-8")
    monkeypatch.setattr(module, "executed", lambda each, _: gives(ran[each.directory]))
    found = functions(["keras"], sides, ["script.py"], "")
    assert (found.same, found.changed, found.old_alone, found.new_alone) == (0, (), 2, 1)
