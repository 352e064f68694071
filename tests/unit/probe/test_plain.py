"""A plain script runs as Python runs it, statement by statement, and each is observed."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.probe.scripts import Plain, numbers


def test_statements_are_named_by_their_lines_and_main_is_their_own(plain: Plain) -> None:
    record = plain.record(
        """\
        '''The docstring.'''
        import os; x = 1


        @staticmethod
        def f():
            return x


        if __name__ == "__main__":
            y = [
                f.__func__(),
                2,
            ]
            print(y)
        """
    )
    assert [each.name for each in record.statements] == [
        *("line 1", "line 2", "line 2, part 2", "line 5", "line 11", "line 15")
    ]
    assert record.statements[4].source.splitlines()[0].strip() == "y = ["
    assert record.statements[4].binds == ("y",)
    assert record.statements[4].reads == ("f", "staticmethod", "x")
    [run] = record.runs
    assert [each.step for each in run.observations] == [each.name for each in record.statements]
    assert run.observations[-1].printed == "[1, 2]\n"


def test_it_sees_what_a_script_sees(plain: Plain) -> None:
    script = """\
        '''The docstring.'''
        import sys, inspect, os
        def f():
            return 1
        print([__name__, __doc__, __file__, sys.argv, sys.path[0], inspect.getsource(f)])
        print([sys.modules["__main__"].f is f, os.listdir()])
        """
    run = plain.run(script, "--argument=--option", "--argument=a b")
    path = str(plain.directory / "my script.py")
    shown = [
        *("__main__", "The docstring.", path, [path, "--option", "a b"]),
        *(str(plain.directory), "def f():\n    return 1\n"),
    ]
    assert run.observations[-2].printed == f"{shown}\n"
    assert run.observations[-1].printed == "[True, []]\n"


def test_it_runs_in_the_directory_asked_for(plain: Plain) -> None:
    found = plain.last("import os\nprint(os.getcwd())", f"--directory={plain.directory}")
    assert found.printed == f"{plain.directory}\n"


def test_values_are_those_that_a_statement_bound_or_changed(plain: Plain) -> None:
    run = plain.run(
        """\
        import numpy as np
        a = np.zeros(2, "float32")
        b, c = 1.5, "text"
        a[0] = 3
        b + 1
        d = {"k": [1, (True, None)]}
        e = np.arange(5000.0)
        for a[1] in (7, 8): pass
        """
    )
    seen = {each.step: each for each in run.observations}
    assert numbers(seen["line 2"]) == {"a": (0.0, 0.0)}
    assert seen["line 2"].arrays["a"].dtype == "float32"
    assert numbers(seen["line 3"]) == {"b": (1.5,)}
    assert seen["line 3"].texts == {"c": "text"}
    assert numbers(seen["line 4"]) == {"a": (3.0, 0.0)}
    assert numbers(seen["line 5"]) == {"value": (2.5,)}
    assert seen["line 6"].texts == {
        "d": "mapping of 1",
        "d['k']": "list of 2",
        "d['k'][1]": "tuple of 2",
        "d['k'][1][0]": "True",
        "d['k'][1][1]": "None",
    }
    large = numbers(seen["line 7"])
    assert len(large.pop("e (sample)")) == 100
    assert large == {"e (smallest)": (0.0,), "e (largest)": (4999.0,), "e (mean)": (2499.5,)}
    assert numbers(seen["line 8"]) == {"a": (3.0, 8.0)}


def test_a_change_inside_a_function_counts_for_the_statement_that_calls(plain: Plain) -> None:
    run = plain.run(
        """\
        state = [0]
        def step():
            state[0] += 1
        step()
        step()
        """
    )
    assert numbers(run.observations[-1]) == {"state[0]": (2,)}


def test_observing_changes_nothing(plain: Plain) -> None:
    text = """\
        import random, sys
        import numpy as np
        np.random.seed(0); random.seed(0)
        class Loud:
            def __del__(self):
                print("gone")
            def __repr__(self):
                raise RuntimeError
        g = (n * n for n in range(5))
        loud = Loud()
        many = [Loud(), {"me": g}]
        itself = []
        itself.append(itself)
        print(next(g), random.random(), np.random.rand())
        loud = None
        many = None
        print(next(g), sys.getrefcount(g), random.random(), np.random.rand())
        class Odd:
            def __getattr__(self, name):
                print("asked for", name)
                raise AttributeError(name)
        odd = Odd()
        odd.x = odd
        """
    run = plain.run(text)
    script = plain.directory / "my script.py"
    bare = subprocess.run(
        [sys.executable, script], capture_output=True, text=True, check=True, timeout=60
    )
    assert "".join(each.printed for each in run.observations) == bare.stdout
    assert "gone" in bare.stdout


ENDS = {
    "an endless loop": ("sum(iter(int, 1))", "timed out", "took longer than 1 s", 0),
    "an exit without a clean-up": ("os._exit(4)", "crashed", "left with exit code 4", 0),
    "a crash": ("os.kill(os.getpid(), 11)", "crashed", "ended by SIGSEGV", 0),
    "an exit": ("sys.exit(3)", "completed", "SystemExit: 3", 1),
    "an exit with an empty text": ("sys.exit('')", "completed", "SystemExit: the text ''", 1),
    "an exit with a number as text": ("sys.exit('0')", "completed", "SystemExit: the text '0'", 1),
    "an exit without a code": ("sys.exit()", "completed", "SystemExit: ", 1),
    "an interrupt": ("raise KeyboardInterrupt", "completed", "KeyboardInterrupt: ", 1),
    "an error": ("1 / 0", "completed", "ZeroDivisionError: division by zero", 1),
    "standard input": ("input('? ')", "completed", "EOFError: EOF when reading a line", 1),
}


@pytest.mark.fault(
    "scripts", "a script loops, crashes, or exits", "its statement is named; later ones are not run"
)
@pytest.mark.parametrize(("line", "end", "reason", "seen"), ENDS.values(), ids=ENDS)
def test_an_end_is_that_of_its_statement(
    plain: Plain, line: str, end: str, reason: str, seen: int
) -> None:
    run = plain.run(f"import os, sys\n{line}\nprint('later')", "--time-limit=1")
    assert run.end == end
    assert [each.step for each in run.observations] == ["line 1", "line 2"][: 1 + seen]
    if seen:
        error = run.observations[-1].error
        assert error
        assert f"{error.type}: {error.message}" == reason
        assert "harness/probe" not in error.traceback
    else:
        assert run.unfinished_step == "line 2"
        assert reason in (run.detail or "")


@pytest.mark.fault("scripts", "a script is not valid Python", "a SyntaxError with its line")
def test_a_script_that_python_cannot_read(plain: Plain) -> None:
    record = plain.record("x = 1\ny = (2\nz = 3\n")
    assert record.statements == ()
    [observation] = record.runs[0].observations
    assert observation.step == "line 2"
    assert observation.error
    assert observation.error.type == "SyntaxError"


@pytest.mark.fault("scripts", "a script prints very much", "the head, the size and a digest")
def test_a_long_output_is_cut_and_still_told_apart(plain: Plain) -> None:
    texts = [
        plain.last(f"for n in range(30_000):\n    print(n)\nprint({last})").printed
        for last in (1, 2)
    ]
    assert texts == ["1\n", "2\n"]
    many = [
        plain.last(f"for n in range(30_000):\n    print(n if n < 29_999 else {last})").printed
        for last in (1, 2)
    ]
    assert many[0].startswith("1\n2\n")  # after the first pass
    assert len(many[0]) < 21_000
    assert "bytes in all, digest" in many[0]
    assert many[0] != many[1]


def test_output_of_other_processes_counts(plain: Plain) -> None:
    script = "import subprocess\nx = subprocess.call(['echo', 'from a child'])"
    assert plain.last(script).printed == "from a child\n"


@pytest.mark.fault(
    "scripts", "another process prints while statements end", "all that it prints is compared"
)
def test_no_output_of_a_process_that_runs_beside_statements_is_lost(plain: Plain) -> None:
    numbers_printed = "for n in range(3000): print(n)"
    run = plain.run(
        "import subprocess, sys\n"
        f"beside = subprocess.Popen([sys.executable, '-uc', {numbers_printed!r}])\n"
        + "x = 1\n" * 2000
        + "code = beside.wait()\n"
    )
    printed = "".join(each.printed for each in run.observations)
    assert printed.split() == [str(each) for each in range(3000)]


@pytest.mark.fault(
    "scripts", "a script removes its directory", "it goes on, as it does under Python"
)
def test_a_directory_may_go(plain: Plain) -> None:
    found = plain.last("import os\nos.rmdir(os.getcwd())\nx = 1")
    assert numbers(found) == {"x": (1,)}


@pytest.mark.fault("scripts", "a script closes its standard output", "its values are observed")
def test_standard_output_may_be_closed(plain: Plain) -> None:
    found = plain.last("import os, sys\nsys.stdout.close()\nos.close(1)\nx = 1")
    assert numbers(found) == {"x": (1,)}


def test_modules_beside_the_script_win_over_those_of_the_probe(plain: Plain) -> None:
    for name in ("values", "capture", "internals"):
        (plain.directory / f"{name}.py").write_text("N = 7\n", encoding="utf-8")
    found = plain.last("import values, capture, internals\nn = values.N + capture.N + internals.N")
    assert numbers(found) == {"n": (21,)}


def test_warnings_are_kept_with_their_statement(plain: Plain) -> None:
    script = "import warnings, logging\nwarnings.warn('old', DeprecationWarning)\nx = 1"
    warned = plain.run(script).observations[1]
    assert warned.warned == ("DeprecationWarning: old",)
    script = "import logging\nlogging.getLogger('tensorflow').warning('%s is deprecated', 'f')"
    assert plain.last(script).warned == ("WARNING: f is deprecated",)


def test_variables_that_are_set_first_are_set_before_tensorflow_is_imported(plain: Plain) -> None:
    script = """\
        import os, sys
        print("tensorflow" in sys.modules)
        {}
        import tensorflow
        v = tensorflow.Variable([2.0])
        """
    early = plain.run(script.format("os.environ['TF_USE_LEGACY_KERAS'] = '1'"))
    late = plain.run(script.format("pass"))
    assert [each.observations[1].printed for each in (early, late)] == ["False\n", "True\n"]
    assert [numbers(each.observations[-1]) for each in (early, late)] == [{"v": (2.0,)}] * 2


def test_two_runs_draw_different_numbers(plain: Plain) -> None:
    first, second = plain.record("import random\nx = random.random()", runs=2).runs
    assert numbers(first.observations[1]) != numbers(second.observations[1])


def test_nothing_is_left_in_the_directory_for_temporary_files(
    plain: Plain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    plain.run("open('left.txt', 'w').close()")
    assert [path.name[:7] for path in temporary.iterdir()] == ["script-"]  # the harness removes it
    assert [path.name for path in temporary.glob("*/*")] == ["left.txt"]
