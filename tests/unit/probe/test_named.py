"""Named steps of a plain script: alone they print, under the probe each is an observation."""

import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from harness.base.project import RESOURCES
from harness.observing.records import Observation, Run
from tests.unit.probe.scripts import Plain, numbers

FILE = RESOURCES / "steps.py"
IMPORT = "from steps import see, step\n"


@pytest.fixture
def with_steps(plain: Plain) -> Plain:
    """Scripts beside which a copy of the file lies."""
    shutil.copy(FILE, plain.directory)
    return plain


def alone(text: str, directory: Path) -> subprocess.CompletedProcess[str]:
    """A script with a copy of the file, run by Python, which has no hook then."""
    shutil.copy(FILE, directory)
    script = directory / "script.py"
    script.write_text(IMPORT + textwrap.dedent(text), encoding="utf-8")
    return subprocess.run(
        [sys.executable, script], capture_output=True, text=True, check=False, timeout=60
    )


def observed(plain: Plain, text: str) -> dict[str, Observation]:
    run = plain.run(IMPORT + textwrap.dedent(text))
    assert run.end == "completed", run.detail
    return {each.step: each for each in run.observations}


def test_alone_a_step_prints_its_name_and_the_mean_of_what_it_sees(tmp_path: Path) -> None:
    done = alone(
        """\
        import numpy as np
        with step("first pass"):
            see(np.array([1.0, 2.0], "float32"))
        with step("second pass") as see:
            see(output=[[1, 2], (3, {"k": 4})], text="abc", nothing=None, none=[])
        with step("quiet"):
            pass
        """,
        tmp_path,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        f"{'first pass':<40} 1.5",
        f"{'second pass':<40} output 2.5, text a str, nothing a NoneType, none a list",
        "quiet",
    ]


def test_alone_an_error_in_a_step_is_raised_as_without_it(tmp_path: Path) -> None:
    done = alone("with step('divides'):\n    see(1)\n    1 / 0\n", tmp_path)
    assert done.stdout == f"{'divides':<40} 1, raises ZeroDivisionError\n"
    frames = [line for line in done.stderr.splitlines() if line.startswith("  File")]
    assert frames == [f'  File "{tmp_path / "script.py"}", line 4, in <module>']


def test_a_step_is_an_observation_before_its_statement(with_steps: Plain) -> None:
    run = with_steps.run(
        IMPORT
        + textwrap.dedent(
            """\
            print("before")
            with step("first pass"):
                y = [1.0, 2.0]
                see(y)
                print("inside")
            """
        )
    )
    assert [each.step for each in run.observations] == [
        *("line 1", "line 2", "step first pass", "line 3")
    ]
    step, statement = run.observations[2:]
    assert numbers(step) == {"value[0]": (1.0,), "value[1]": (2.0,)}
    assert (step.printed, statement.printed) == ("inside\n", "")
    assert step.place
    assert (step.place.line, step.place.within) == (3, "line 3")
    assert step.place.source == '    y = [1.0, 2.0]\n    see(y)\n    print("inside")'
    assert (step.place.binds, "y" in step.place.reads) == (("y",), True)
    assert set(numbers(statement)) == {"y[0]", "y[1]"}
    assert statement.place is None


def test_several_steps_of_a_statement_in_functions_and_loops(with_steps: Plain) -> None:
    found = observed(
        with_steps,
        """\
        def run(n):
            with step("run"):
                see(n, twice=2 * n)
                with step("inner"):
                    see(n + 100)
                see(n + 1)
        for n in range(2):
            run(n)
        """,
    )
    assert list(found) == [
        *("line 1", "line 2", "step inner", "step run", "line 3", "line 9"),
        *("step inner, time 2", "step run, time 2", "line 8"),
    ]
    assert numbers(found["step run"]) == {"value": (0,), "twice": (0,), "value, time 2": (1,)}
    assert numbers(found["step run, time 2"])["twice"] == (2,)
    assert numbers(found["step inner, time 2"]) == {"value": (101,)}
    places = [each.place for name, each in found.items() if name.startswith("step")]
    assert [each and (each.line, each.within) for each in places] == [
        *((5, "line 3"), (3, "line 3"), (5, "line 8"), (3, "line 8"))
    ]


def test_an_error_is_that_of_the_step_and_goes_on_as_usual(with_steps: Plain) -> None:
    found = observed(
        with_steps,
        """\
        try:
            with step("fails"):
                1 / 0
        except ZeroDivisionError:
            caught = 1
        with step("ends"):
            raise KeyboardInterrupt
        """,
    )
    errors = {name: each.error.type for name, each in found.items() if each.error}
    assert errors == {
        "step fails": "ZeroDivisionError",
        "step ends": "KeyboardInterrupt",
        "line 7": "KeyboardInterrupt",
    }
    assert numbers(found["line 2"]) == {"caught": (1,)}
    ends = found["step ends"].error
    assert ends
    assert "harness/probe" not in ends.traceback
    assert "steps.py" not in ends.traceback


@pytest.mark.parametrize("name", ["", "  ", 3, None])
def test_a_name_that_says_nothing_is_refused_in_both(
    with_steps: Plain, tmp_path: Path, name: object
) -> None:
    said = f"the name of a step must be text, not {name!r}"
    text = f"with step({name!r}):\n    pass\n"
    assert said in alone(text, tmp_path).stderr
    error = observed(with_steps, text)["line 2"].error
    assert error
    assert (error.type, error.message) == ("ValueError", said)


def test_a_value_that_is_seen_outside_of_a_step_is_an_error(tmp_path: Path) -> None:
    assert "RuntimeError: see() belongs into a step" in alone("see(1)\n", tmp_path).stderr


def test_what_a_step_sees_is_what_it_was_then_and_is_not_kept(with_steps: Plain) -> None:
    found = observed(
        with_steps,
        """\
        class Loud(list):
            def __del__(self):
                print("gone")
        with step("changes"):
            loud = Loud([1])
            see(loud)
            loud[0] = 2
            loud = None
            print("after")
        """,
    )
    assert numbers(found["step changes"]) == {"value[0]": (1,)}
    assert found["step changes"].printed == "gone\nafter\n"


def test_warnings_belong_to_the_step(with_steps: Plain) -> None:
    found = observed(
        with_steps,
        """\
        import warnings
        if True:
            warnings.warn("outside")
            with step("warns"):
                warnings.warn("inside")
        """,
    )
    assert found["step warns"].warned == ("UserWarning: inside",)
    assert found["line 3"].warned == ("UserWarning: outside",)


def test_a_step_in_a_module_beside_the_script_has_the_line_that_leads_there(
    with_steps: Plain,
) -> None:
    text = "from steps import see, step\ndef f():\n    with step('far'):\n        see(1)\n"
    (with_steps.directory / "far.py").write_text(text, encoding="utf-8")
    place = observed(with_steps, "import far\n\n\nfar.f()")["step far"].place
    assert place
    assert (place.line, place.source, place.reads) == (5, "far.f()", ("far",))


NOT_OBSERVED = {
    "another thread": "import threading\nt = threading.Thread(target=f)\nt.start()\nt.join()\n",
    "another process": "import os, sys\npid = os.fork()\nif not pid:\n    f()\n"
    "    sys.stdout.flush()\n    os._exit(0)\nos.waitpid(pid, 0)[1]\n",
}


@pytest.mark.parametrize("text", NOT_OBSERVED.values(), ids=NOT_OBSERVED)
def test_steps_elsewhere_print_as_alone_so_that_the_text_is_compared(
    with_steps: Plain, text: str
) -> None:
    found = observed(with_steps, "def f():\n    with step('far'):\n        see(0.5)\n" + text)
    assert not any(name.startswith("step") for name in found)
    assert "".join(each.printed for each in found.values()) == f"{'far':<40} 0.5\n"


def test_a_process_that_is_made_in_a_step_does_not_end_the_step(with_steps: Plain) -> None:
    found = observed(
        with_steps,
        """\
        import os
        pid = None
        try:
            with step("forks"):
                see(1)
                pid = os.fork()
        finally:
            if pid == 0:
                os._exit(0)
        os.waitpid(pid, 0)[1]
        """,
    )
    assert [name for name in found if name.startswith("step")] == ["step forks"]


def test_very_many_steps_and_values(with_steps: Plain) -> None:
    found = observed(
        with_steps,
        """\
        for n in range(1002):
            with step("many"):
                see(n)
        with step("beyond"):
            see(2)
        """,
    )
    assert len([name for name in found if name.startswith("step")]) == 1000
    assert found["line 2"].printed == "".join(f"{'many':<40} {n}\n" for n in (1000, 1001))
    assert found["line 5"].printed == f"{'beyond':<40} 2\n"
    text = "with step('one'):\n    for n in range(103):\n        see(n)\n"
    one = observed(with_steps, text)["step one"]
    assert (len(one.arrays), one.facts) == (
        100,
        {"values beyond 100": "not looked at: 3 more values"},
    )


def test_a_step_that_a_generator_leaves_open_ends_with_its_statement(with_steps: Plain) -> None:
    found = observed(
        with_steps,
        """\
        def g():
            with step("open"):
                see(1)
                yield 2
        it = g()
        x = next(it)
        list(it)
        """,
    )
    assert list(found)[2:] == ["line 6", "step open", "line 7", "line 8"]


def ends_in(plain: Plain, text: str) -> Run:
    return plain.run(IMPORT + text, "--time-limit=1")


@pytest.mark.fault(
    "scripts", "a script loops or crashes in a named step", "the step is named; earlier ones stay"
)
def test_an_end_is_that_of_its_step(with_steps: Plain) -> None:
    text = "import os\nif 1:\n    with step('one'): see(1)\n    with step('two'): os._exit(4)\n"
    run = ends_in(with_steps, text)
    assert (run.end, run.unfinished_step) == ("crashed", "step two")
    assert [each.step for each in run.observations] == ["line 1", "line 2", "step one"]


def test_the_script_sees_no_more_than_the_hook(with_steps: Plain) -> None:
    hook = "state_harness_steps"
    found = observed(
        with_steps, f"import sys\nprint('{hook}' in sys.modules, 'named' in sys.modules)"
    )
    assert found["line 3"].printed == "True False\n"
    assert alone(f"import sys\nprint('{hook}' in sys.modules)", with_steps.directory).stdout == (
        "False\n"
    )
