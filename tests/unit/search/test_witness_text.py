"""The script of a witness: what it finds, its exit codes, and its metadata."""

import ast
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from harness.environments.extras import read_extras
from harness.observing.records import Array, Error, Number
from harness.observing.results import Result
from harness.search.questions import Question
from harness.search.witness_text import Pins, Told, issue_text, length, said, script_text
from tests.support.places import TARGETS

RAISES = Result(error=Error(type="ValueError", message="no"))
NOTHING = Result()
PINS = Pins(target=TARGETS["keras-3.4"], requirements=("keras==3.4.1", "numpy==1.26.4"))
SIDES = ("keras 3.3.3", "keras 3.4.1")


def numbers(*values: Number, dtype: str = "float32") -> Result:
    return Result(arrays={"found": Array(dtype=dtype, shape=(len(values),), values=values)})


def asked(source: str, old: Result, new: Result) -> Question:
    seen = f"def f(): return {source}\nwith step('witness') as see:\n    see(found=f())"
    return Question(program=ast.parse(seen), old=old, new=new)


def ran(tmp_path: Path, question: Question) -> tuple[int, str]:
    script = tmp_path / "script.py"
    script.write_text(script_text(question, PINS, SIDES, {}), encoding="utf-8")
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=False)
    return done.returncode, said(done.stdout)


VALUES = (numbers(1.0, 2.0), numbers(1.0, 3.0))
ERRORS = (numbers(1.0, 2.0), RAISES)
FOUND = [
    ("[1.0, 2.0]", VALUES, 0, "the expected values"),
    ("[1.0, 2.000001]", VALUES, 0, "the expected values"),
    ("[1.0, 3.0]", VALUES, 1, "other values"),
    ("[1.0]", VALUES, 125, "values of neither side"),
    ("[7.0, 8.0]", VALUES, 125, "values of neither side"),
    ("[1.0, float('nan')]", VALUES, 125, "values of neither side"),
    ("None", VALUES, 125, "values of neither side"),
    ("[1.0, 2.0 / 0]", VALUES, 125, ""),
    ("[1.0, 2.0]", ERRORS, 0, "the expected values"),
    ("int('')", ERRORS, 1, "ValueError"),
    ("[1.0, 9.0]", ERRORS, 125, "other values"),
    ("[1.0, 2.0 / 0]", ERRORS, 125, "ZeroDivisionError"),
    ("'a text'", ERRORS, 125, "other values"),
    ("[1.0]", (RAISES, NOTHING), 1, "no error"),
    ("int('')", (RAISES, NOTHING), 0, "ValueError"),
    ("float('nan')", (numbers("nan"), numbers(1.0)), 125, "values of neither side"),
    ("[float('nan')]", (numbers("nan"), numbers(1.0)), 0, "the expected values"),
]


@pytest.mark.parametrize(("source", "sides", "code", "found"), FOUND)
def test_exit_codes_tell_the_old_side_the_new_side_and_neither(
    tmp_path: Path, source: str, sides: tuple[Result, Result], code: int, found: str
) -> None:
    assert ran(tmp_path, asked(source, *sides)) == (code, found)


def test_an_error_before_the_observation_accuses_nobody(tmp_path: Path) -> None:
    program = ast.parse("int('')\nwith step('witness') as see:\n    see(found=1.0)")
    assert ran(tmp_path, Question(program=program, old=numbers(1.0), new=RAISES)) == (125, "")


def test_an_observation_that_is_not_reached_accuses_nobody(tmp_path: Path) -> None:
    program = ast.parse("for _ in []:\n    with step('witness') as see:\n        see(found=1.0)")
    assert ran(tmp_path, Question(program=program, old=numbers(1.0), new=RAISES)) == (125, "")


def test_another_dtype_and_another_shape_are_other_values(tmp_path: Path) -> None:
    double = numbers(1.0, dtype="float64")
    assert ran(tmp_path, asked("np.ones(1)", double, numbers(1.0)))[0] == 0
    assert ran(tmp_path, asked("np.ones(1, np.float32)", double, numbers(1.0)))[0] == 1
    longer = (numbers(1.0), numbers(1.0, 1.0))
    for count, code in ((1, 0), (2, 1), (3, 125)):
        assert ran(tmp_path, asked(f"np.ones({count}, np.float32)", *longer))[0] == code
    assert ran(tmp_path, asked("np.ones(1)", *longer))[0] == 125  # of another dtype


TEXT = "If an RNN is stateful, the batch size must be the same. Received: 3"
TEXTS = {
    f"raise ValueError({TEXT!r})": (1, "ValueError"),
    f"raise ValueError({TEXT.replace('3', '5')!r})": (1, "ValueError"),
    "raise ValueError('something else')": (125, "another ValueError"),
    "raise TypeError('something else')": (125, "TypeError"),
}


@pytest.mark.parametrize("raises", TEXTS)
def test_an_error_with_another_text_is_another_error(tmp_path: Path, raises: str) -> None:
    new = Result(error=Error(type="ValueError", message=TEXT))
    program = ast.parse(f"def f():\n    {raises}\nwith step('witness') as see:\n    see(found=f())")
    assert ran(tmp_path, Question(program=program, old=numbers(1.0), new=new)) == TEXTS[raises]


def test_a_package_that_cannot_be_imported_accuses_nobody(tmp_path: Path) -> None:
    seen = "import no_such_package\nwith step('witness') as see:\n    see(found=1.0)"
    question = Question(program=ast.parse(seen), old=numbers(1.0), new=RAISES)
    assert ran(tmp_path, question) == (125, "")


def test_a_script_that_exits_by_itself_has_found_nothing(tmp_path: Path) -> None:
    seen = "import sys\nprint('x')\nsys.exit(0)\nwith step('witness') as see:\n    see(found=1.0)"
    question = Question(program=ast.parse(seen), old=numbers(1.0), new=RAISES)
    assert ran(tmp_path, question) == (0, "")  # `watch` takes the exit code with a finding alone


def test_of_a_large_array_some_numbers_are_compared() -> None:
    old, new = numbers(*map(float, range(100))), numbers(*map(float, range(99)), 0.0)
    text = script_text(asked("np.arange(100)", old, new), PINS, SIDES, {})
    assert "np.ravel(value)[94:100]" in text
    assert "expected = [94, 95, 96, 97, 98, 99]" in text


def test_a_small_difference_has_a_smaller_tolerance() -> None:
    text = script_text(asked("x", numbers(0.5), numbers(0.500002)), PINS, SIDES, {})
    assert "atol=7e-07" in text


def test_the_metadata_are_those_of_pep_723(tmp_path: Path) -> None:
    text = script_text(asked("x", NOTHING, RAISES), PINS, SIDES, {"TF_USE_LEGACY_KERAS": "1"})
    script = tmp_path / "script.py"
    script.write_text(text, encoding="utf-8")
    extras = read_extras(script, (), ())
    assert extras.requirements == PINS.requirements
    assert extras.python == f"=={PINS.target.python}.*"
    assert f'# exclude-newer = "{PINS.target.as_of}T23:59:59Z"' in text
    assert text.index('os.environ["TF_USE_LEGACY_KERAS"] = "1"') < text.index("sys.excepthook")


def test_a_target_without_a_day_or_without_a_package() -> None:
    nightly = Pins(target=TARGETS["tf-nightly"], requirements=("tf-nightly==2.99",))
    assert not any("exclude-newer" in line for line in nightly.lines())
    target = msgspec.structs.replace(TARGETS["keras-3.4"], without=("keras",), prereleases=True)
    lines = list(Pins(target=target, requirements=()).lines())
    assert "# override-dependencies = [\"keras; python_version < '0'\"]" in lines
    assert '# prerelease = "allow"' in lines


def test_lines_are_wrapped_and_counted_without_blank_ones() -> None:
    source = f"call({', '.join(['some_long_name'] * 20)})"
    text = script_text(asked(source, NOTHING, RAISES), PINS, SIDES, {})
    assert max(map(len, text.splitlines())) < 100
    ast.parse(text)
    assert length("a\n\n  \nb\n") == 2


def test_the_text_for_an_issue_has_versions_window_and_script() -> None:
    question = asked("x", numbers(1.0), RAISES)
    text = issue_text(
        Told(
            name="reset, a step",
            asked=question,
            window=("keras-3.3", "keras-3.4"),
            sides=SIDES,
            versions=(("keras", "3.3.3", "3.4.1"),),
            packages=("keras 3.3.3 → 3.4.1",),
            judged=("agrees", ""),
            culprit=("because of keras 3.3.3 → 3.4.1",),
            pins=(PINS, PINS),
            scripts=("old script", "new script"),
        )
    )
    assert text.startswith("# reset, a step: ValueError since keras 3.4.1\n")
    for part in (
        "| keras | 3.3.3 | 3.4.1 |",
        "raises `ValueError`",
        "`[1]`",
        "- keras 3.3.3: agrees",
        "because of keras 3.3.3 → 3.4.1",
        "new script",
    ):
        assert part in text
    assert "from `keras-3.3` to `keras-3.4`" in text
    assert "old script" not in text
