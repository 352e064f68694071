"""What has to run for an expression: never less than the tests that pytest would select."""

import shutil
from pathlib import Path

import pytest

from harness.base.errors import UsageError
from harness.base.project import Project
from harness.running.suite.options import SuiteOptions
from harness.running.suite.selecting import asked_for
from tests.support.makers import SAMPLE
from tests.support.places import CRITERIA, project_at

SCRIPTS = {
    "steps": 'VARIANTS = ("strict", "fixed")\n',
    "helper": "def helper():\n    return 1\n",
    "stateful": "def scenario(variant, step):\n    pass\n",
    "reset": "def scenario(variant, step):\n    pass\n",
    "cells/cell_calls": 'VARIANTS = ("fixed", "numpy_too")\ndef scenario(variant, step): pass\n',
}


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Scenarios, of which `stateful` and one that is gone have baselines."""
    made = project_at(tmp_path, scenarios=tmp_path / "scenarios")
    for name, text in SCRIPTS.items():
        write(made, name, text)
    for name in ("stateful-strict", "stateful-fixed", "stateful-old", "gone-fixed"):
        path = made.baselines / SAMPLE.name / f"{name}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return made


def write(project: Project, name: str, text: str) -> None:
    path = project.scenarios / f"{name}.py"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def asked(project: Project, expression: str, *layout: str) -> set[str]:
    options = SuiteOptions(expression=expression, layout=layout)
    found = asked_for(SAMPLE, project, CRITERIA, options)
    assert len(found) == len(set(found))
    return set(found)


ASKED = {
    "a scenario": ("stateful", {"stateful"}),
    "in other case": ("STATEFUL", {"stateful"}),
    "a part of its name": ("ateful", {"stateful"}),
    "one in a family": ("cell_calls", {"cell_calls"}),
    "one without a baseline": ("reset-fixed", {"reset"}),
    "one that is gone": ("gone", {"gone"}),
    "the internals": ("internals", {"internals"}),
    "two": ("stateful or internals", {"stateful", "internals"}),
    "a variant of its own": ("numpy_too", {"cell_calls"}),
    "a variant that only a baseline has": ("old", {"stateful"}),
    "a scenario without a variant": ("stateful and not fixed", {"stateful"}),
    "a test": ("test_internals", {"internals"}),
    "a published figure": ("published_figure and reset", {"reset"}),
    "the oracle": ("oracle and reset", {"reset"}),
}


@pytest.mark.parametrize(("expression", "names"), ASKED.values(), ids=ASKED)
def test_an_expression_asks_for_scenarios_and_internals(
    expression: str, names: set[str], project: Project
) -> None:
    assert asked(project, expression) == names


def test_an_expression_may_ask_for_everything(project: Project) -> None:
    every = {"stateful", "reset", "cell_calls", "gone", "internals"}
    assert asked(project, "not nothing") >= every
    assert asked(project, "observations") >= every - {"internals"}
    assert "internals" not in asked(project, "observations")


UNCLEAR = {
    "another Python's syntax": "def scenario(:\n",
    "variants that are computed": "VARIANTS = tuple('ab')\n",
    "variants that are no names": "VARIANTS = 3\n",
    "variants of several": 'VARIANTS, other = ("a",), 1\n',
    "a zero byte": "\0",
}


@pytest.mark.fault(
    "verdicts", "`-k`, and which variants a scenario has cannot be told", "the scenario is run"
)
@pytest.mark.parametrize("text", UNCLEAR.values(), ids=UNCLEAR)
def test_a_scenario_whose_variants_cannot_be_told_is_run(text: str, project: Project) -> None:
    write(project, "unclear", text)
    assert asked(project, "stateful") == {"stateful", "unclear"}
    assert asked(project, "no_such_name") == {"unclear"}


@pytest.mark.parametrize("text", ["", "from others import VARIANTS\n", "VARIANTS = some()\n"])
def test_without_known_variants_of_all_each_scenario_without_its_own_is_run(
    text: str, project: Project
) -> None:
    write(project, "steps", text)
    assert asked(project, "internals") >= {"internals", "stateful", "reset"}
    assert "cell_calls" not in asked(project, "internals")


def test_a_name_inside_a_function_names_no_variants(project: Project) -> None:
    write(project, "reset", 'def scenario(variant, step):\n    VARIANTS = some("thing")\n')
    assert asked(project, "reset-fixed") == {"reset"}
    assert asked(project, "stateful") == {"stateful"}


def test_a_second_file_of_a_name_counts_too(project: Project) -> None:
    write(project, "cells/reset", 'VARIANTS = ("elsewhere",)\n')
    assert asked(project, "elsewhere") == {"reset"}
    assert asked(project, "reset-strict") == {"reset"}


def test_nothing_needs_to_be_accepted(project: Project) -> None:
    shutil.rmtree(project.baselines)
    assert asked(project, "stateful") == {"stateful"}
    with pytest.raises(UsageError, match="nothing was checked with -k 'gone'"):
        asked(project, "gone")


def test_what_pytest_refuses_is_wrong_use(project: Project) -> None:
    with pytest.raises(UsageError, match="pytest refuses -k"):
        asked(project, "(reset")
    with pytest.raises(UsageError, match="pytest refuses -k 'reset' --no-such-option"):
        asked(project, "reset", "--no-such-option")


def test_no_variable_of_the_user_changes_what_is_asked_for(
    project: Project, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PYTEST_ADDOPTS", "--deselect=test_target.py -k nothing")
    assert asked(project, "stateful", "-v") == {"stateful"}
    assert capsys.readouterr().out == ""
