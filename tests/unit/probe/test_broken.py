"""An error of a scenario is no observation: its run is broken, and the others are not."""

from collections.abc import Iterable

import pytest

from harness.environments.virtual_environments import Environment
from harness.observing.records import Run
from tests.unit.probe.probed import COMPLETES, FIXED, Probed, probe

# the body of a scenario, the step in which it ends, the steps before, and the first line of why
BROKEN: dict[str, tuple[str, str | None, list[str], str]] = {
    "a number as the name of a step": (
        "with step(5) as see: see(output=1.0)",
        None,
        [],
        "the name of a step must be text, not 5",
    ),
    "nothing as the name of a step": (
        "with step(None) as see: see(output=1.0)",
        None,
        [],
        "the name of a step must be text, not None",
    ),
    "an empty name": (
        "with step('') as see: see(output=1.0)",
        None,
        [],
        "the name of a step must be text, not ''",
    ),
    "a name of spaces": (
        "with step(' ') as see: see(output=1.0)",
        None,
        [],
        "the name of a step must be text, not ' '",
    ),
    "a step that is used twice": (
        "for _ in range(2):\n  with step('one') as see: see(output=1.0)",
        None,
        ["one"],
        "the step name 'one' is used twice",
    ),
    "a step that is used twice, in itself": (
        "with step('one'):\n  with step('one') as see: see(output=1.0)",
        "one",
        [],
        "the step name 'one' is used twice",
    ),
    "no step": ("pass", None, [], "it has no step"),
    "no step, and a generator": ("yield 1", None, [], "it has no step"),
    "nothing seen": (
        "with step('one') as see: see(output=None)",
        "one",
        [],
        "see(output=...) takes arrays of numbers: NoneType cannot be recorded as an array",
    ),
    "text seen": (
        "with step('one') as see: see(output='text')",
        "one",
        [],
        "see(output=...) takes arrays of numbers: str cannot be recorded as an array",
    ),
    "an object seen after an array": (
        "with step('one') as see: see(output=1.0, state=object())",
        "one",
        [],
        "see(state=...) takes arrays of numbers: object cannot be recorded as an array",
    ),
    "rows of different lengths seen": (
        "with step('one') as see: see(output=[[1.0], [1.0, 2.0]])",
        "one",
        [],
        "see(output=...) takes arrays of numbers: setting an array element with a sequence",
    ),
    "an array without a name": (
        "with step('one') as see: see([1.0])",
        "one",
        [],
        "see() takes arrays by their names, as in see(output=...)",
    ),
    "a mapping of arrays": (
        "with step('one') as see: see({'output': 1.0})",
        "one",
        [],
        "see() takes arrays by their names, as in see(output=...)",
    ),
    "an error before the first step": (
        "raise ValueError('no such layer')",
        None,
        [],
        "ValueError: no such layer",
    ),
    "an error after a step": (
        "with step('one') as see: see(output=1.0)\nraise ValueError('no such layer')",
        None,
        ["one"],
        "ValueError: no such layer",
    ),
    "an exit in a step": (
        "with step('one'): raise SystemExit(0)",
        "one",
        [],
        "SystemExit: 0",
    ),
    "a module that is missing": (
        "import no_such_module",
        None,
        [],
        "ModuleNotFoundError: No module named 'no_such_module'",
    ),
    "an error that is no valid text": (
        r"raise ValueError('\udcff')",
        None,
        [],
        r"ValueError: \udcff",
    ),
}

# the body of a scenario that completes, and its steps
COMPLETE = {
    "one step": ("with step('one') as see: see(output=1.0)", ["one"]),
    "two steps": (
        "for name in 'ab':\n  with step(name) as see: see(output=1.0)",
        ["a", "b"],
    ),
    "a step that is used twice, by another name": (
        "with step('one'):\n  with step('two') as see: see(output=1.0)",
        ["two", "one"],
    ),
    "a step that sees nothing": ("with step('one'): pass", ["one"]),
    "an array seen by two calls": (
        "with step('one') as see:\n  see(output=1.0)\n  see(state=[1, 2])",
        ["one"],
    ),
    "a module that is there": ("import json\nwith step('one'): pass", ["one"]),
    "a name that is no valid text": (r"with step('\udcff'): pass", [r"\udcff"]),
    "an array whose name is no valid text": (
        r"with step('one') as see: see(**{'\udcff': 1.0})",
        ["one"],
    ),
}

# the exception that a step raises, its type, and its message
RAISED = {
    "an error": ("ValueError('no such state')", "ValueError", "no such state"),
    "an error without a text": ("ValueError()", "ValueError", ""),
    "an error that is no valid text": (r"ValueError('\udcff')", "ValueError", r"\udcff"),
    "an error in another alphabet": ("ValueError('ä\U0001f600')", "ValueError", "ä\U0001f600"),
    "an error whose text raises": (
        "type('Mute', (Exception,), {'__str__': lambda self: 1 / 0})()",
        "Mute",
        "(its text raises ZeroDivisionError)",
    ),
    "an error of no array": ("TypeError('no array')", "TypeError", "no array"),
}

# files that cannot be run at all, and the first line of the reason
FILES = {
    "module": ("import no_such_module\n" + COMPLETES, "ModuleNotFoundError: No module named"),
    "removed": ("def scenario(): pass", "TypeError: scenario() takes 0 positional arguments"),
}
WHOLE_FILES = {
    "syntax": ("def scenario(:\n", "SyntaxError: "),
    "literal": ("VARIANTS = fixd\n" + COMPLETES, "VARIANTS must be a literal: "),
    "text": ('VARIANTS = ("fixed")\n' + COMPLETES, "VARIANTS must be a tuple of names"),
    "path": ('VARIANTS = ("../../../x",)\n' + COMPLETES, "VARIANTS: '../../../x' is no name"),
    "coroutine": (f"async {COMPLETES.strip()}\n", "`scenario` must be a plain function"),
}


def in_scenario(body: str) -> str:
    lines = "\n".join(f"    {line}" for line in body.splitlines())
    return f"{FIXED}def scenario(variant, step):\n{lines}\n"


def row_of(probed: Probed, kind: str, table: Iterable[str], case: str) -> Run:
    """The run of the scenario of a row."""
    return probed.run(f"{kind}_{list(table).index(case)}")


@pytest.fixture(scope="module")
def probed(environment: Environment, tmp_path_factory: pytest.TempPathFactory) -> Probed:
    """A run of all scenarios of the tables, all in as few children as the probe makes."""
    files = {f"broken_{n}": in_scenario(row[0]) for n, row in enumerate(BROKEN.values())}
    files |= {f"complete_{n}": in_scenario(row[0]) for n, row in enumerate(COMPLETE.values())}
    raised = [f"with step('one'): raise {row[0]}" for row in RAISED.values()]
    files |= {f"raised_{n}": in_scenario(body) for n, body in enumerate(raised)}
    files |= {name: text for name, (text, _) in {**FILES, **WHOLE_FILES}.items()}
    return probe(environment, tmp_path_factory.mktemp("broken"), files)


@pytest.mark.fault(
    "scenarios",
    "a module is missing, or an error is raised outside a step",
    "the scenario is broken, with its place",
)
@pytest.mark.fault(
    "scenarios",
    "the name of a step is used twice, or is no text",
    "the scenario is broken, with its place",
)
@pytest.mark.fault(
    "scenarios",
    "`see()` of text, of None, or of rows of different lengths",
    "the scenario is broken, with its place",
)
@pytest.mark.fault("scenarios", "a scenario without a step", "the scenario is broken")
@pytest.mark.parametrize("case", BROKEN)
def test_an_error_of_the_scenario_breaks_its_run(probed: Probed, case: str) -> None:
    _, unfinished, before, reason = BROKEN[case]
    run = row_of(probed, "broken", BROKEN, case)
    assert (run.end, run.unfinished_step) == ("broken", unfinished)
    assert [observation.step for observation in run.observations] == before
    first, *later = (run.detail or "").splitlines()
    assert first.startswith(reason)
    assert "Traceback (most recent call last):" in later


@pytest.mark.parametrize("case", COMPLETE)
def test_a_scenario_without_an_error_completes(probed: Probed, case: str) -> None:
    run = row_of(probed, "complete", COMPLETE, case)
    assert (run.end, run.detail, run.unfinished_step) == ("completed", None, None)
    assert [observation.step for observation in run.observations] == COMPLETE[case][1]
    assert [observation.error for observation in run.observations if observation.error] == []


@pytest.mark.fault(
    "scenarios",
    "a step raises an error whose text is no valid text, or raises itself",
    "the error is recorded, and so is all the rest",
)
@pytest.mark.parametrize("case", RAISED)
def test_an_error_in_a_step_is_recorded_as_text_that_can_be_read(probed: Probed, case: str) -> None:
    _, kind, message = RAISED[case]
    run = row_of(probed, "raised", RAISED, case)
    assert run.end == "completed"
    [observation] = run.observations
    assert observation.error is not None
    assert (observation.error.type, observation.error.message) == (kind, message)
    assert observation.error.traceback.startswith("Traceback (most recent call last):")


@pytest.mark.fault(
    "scenarios", "a file has a syntax error", "its scenario is broken, by name; the others run"
)
@pytest.mark.parametrize("name", [*FILES, *WHOLE_FILES])
def test_a_file_with_an_error_is_broken_alone(probed: Probed, name: str) -> None:
    run = probed.run(name)
    assert run.end == "broken"
    assert run.variant == ("fixed" if name in FILES else "")
    assert (run.detail or "").startswith({**FILES, **WHOLE_FILES}[name][1])
    assert run.observations == ()


def test_no_error_of_a_scenario_is_a_failure_of_the_probe_or_ends_a_child(probed: Probed) -> None:
    assert probed.record.failure is None
    ends = [run.end for run in probed.record.runs]
    assert ends.count("completed") == len(COMPLETE) + len(RAISED)
    assert ends.count("broken") == len(BROKEN) + len(FILES) + len(WHOLE_FILES)
    assert probed.log == ""
