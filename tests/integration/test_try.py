"""A plain script on many releases: each boundary of the samples is found, at its statement.

`tests/samples/scripts/boundaries.toml` was made by hand in the bare environments, without the
harness. A target on each side of every boundary is tried; `--all-releases` tries all of them.
"""

import textwrap
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.observing.records import load_record
from tests.integration.command_line import Harness
from tests.integration.trying import bare, observations, tried
from tests.support.places import ROOT

SCRIPTS = ROOT / "tests/samples/scripts"
TABLE = tomllib.loads((SCRIPTS / "boundaries.toml").read_text(encoding="utf-8"))
FIRST = ("stateful.py", "override.py", "upstream/hard_sigmoid.py")  # what CI tries
NAMES = sorted(TABLE["checked"], key=lambda name: (name not in FIRST, name))


def wanted(name: str) -> list[dict[str, Any]]:
    return [each for each in TABLE["boundary"] if each["script"] == name]


def telling(found: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The boundaries between neighbours at which more differs than the message of an error."""
    for each in found["boundaries"]:
        sorts = {d["sort"] for one in each["differences"] for d in one["differences"]}
        family = {side.split("-")[0] for side in (each["before"], each["after"])}
        if sorts != {"message"} and len(family) == 1:
            yield each


@pytest.mark.parametrize("name", NAMES)
def test_each_boundary_is_found_at_its_statement(
    harness: Harness, name: str, request: pytest.FixtureRequest
) -> None:
    sides = {side for each in wanted(name) for side in each["between"]}
    if request.config.getoption("--all-releases"):
        sides |= {side for chain in TABLE["checked"][name] for side in TABLE["chains"][chain]}
    code, found = tried(harness, SCRIPTS / name, "--on", *sorted(sides))
    assert found["failures"] == {}
    between = {(each["before"], each["after"]): each for each in telling(found)}
    for each in wanted(name):
        [*differences] = between[tuple(each["between"])]["differences"]
        begins = [one["line"] for one in differences if one["follows"] is None]
        assert begins[0] == each.get("weights", each["line"]), each
        assert each["line"] in [one["line"] for one in differences], each
    assert set(between) == {tuple(each["between"]) for each in wanted(name)}
    assert code == 1


def test_in_functions_the_error_is_found_at_its_statement(harness: Harness) -> None:
    code, found = tried(harness, SCRIPTS / "forecast.py", "--on", "tf-2.15", "tf-2.16")
    assert code == 1
    said = "raises AttributeError at line 31 (in line 13) on tf-2.16"
    assert found["headline"] == f"forecast.py on 2 targets: {said}."
    [boundary] = found["boundaries"]
    assert {each["line"]: each["follows"] for each in boundary["differences"]} == {
        31: None,
        40: "line 31",
        45: "line 31",
    }
    [raises] = [each for each in boundary["differences"] if each["line"] == 31]
    assert "has no attribute 'reset_states'" in raises["differences"][0]["text"]
    assert "reset_state is the new name of reset_states" in str(raises["known"])


SILENT = {
    "masks that meet in Add": (
        """\
        inputs = tf.keras.Input((4, 3))
        masked = layers.Masking(0.0)(inputs)
        one = layers.LSTM(2, return_sequences=True, **ones)(masked)
        other = layers.GRU(2, return_sequences=True, **ones)(inputs)
        model = tf.keras.Model(inputs, layers.LSTM(2, **ones)(layers.Add()([one, other])))
        x[:, 2:] = 0
        y = model.predict(x, verbose=0)
        """,
        "Add loses a mask that only one input has",
    ),
    "a state that is given in a later call": (
        """\
        layer = layers.LSTM(2, stateful=True, **ones)
        layer(x)
        y = layer(x, initial_state=[tf.ones((2, 2)), tf.ones((2, 2))])
        """,
        "A stateful layer uses initial_state again",
    ),
    "a copy, made in a function": (
        """\
        def served(layer):
            worker = copy.deepcopy(layer)
            return worker(x)


        layer = layers.GRU(2, stateful=True, **ones)
        layer(x)
        y = served(layer)
        """,
        "A copied layer starts from zeros, or cannot be copied (3.0)",
    ),
}
HEAD = """\
import copy
import numpy as np
import tensorflow as tf
layers = tf.keras.layers
ones = dict(kernel_initializer="ones", recurrent_initializer="ones")
x = np.linspace(-1, 1, 24, dtype="float32").reshape(2, 4, 3)
"""


@pytest.mark.parametrize(("text", "title"), SILENT.values(), ids=SILENT)
def test_other_values_are_explained_by_what_the_code_does(
    harness: Harness, tmp_path: Path, text: str, title: str
) -> None:
    script = tmp_path / "silent.py"
    script.write_text(HEAD + textwrap.dedent(text), encoding="utf-8")
    code, found = tried(harness, script, "--on", "tf-2.15", "tf-2.16")
    assert code == 1
    [boundary] = found["boundaries"]
    [begins, *_] = [each for each in boundary["differences"] if each["follows"] is None]
    assert {each["sort"] for each in begins["differences"]} == {"values"}
    assert title in [each["title"] for each in begins["known"]]
    assert not any(each["certain"] for each in begins["known"])


# scripts that draw nothing: what they print is the same in each run
SAME = ("reports/nested_reset.py", "reports/td_inner_mask.py", "upstream/hard_sigmoid.py")


@pytest.mark.parametrize("target", ["tf-2.0", "tf-2.15", "tf-2.21"])
@pytest.mark.parametrize("name", SAME)
def test_a_script_prints_what_it_prints_without_the_harness(
    harness: Harness, name: str, target: str, tmp_path: Path
) -> None:
    printed = bare(harness, SCRIPTS / name, target, tmp_path)
    tried(harness, SCRIPTS / name, "--on", target)
    record = load_record(harness.project.results / "try" / Path(name).stem / target / "record.json")
    for run in record.runs:
        lines = "".join(each.printed for each in run.observations).splitlines()
        assert sorted(lines) == sorted(printed.splitlines())
    assert printed


ODD = {
    "a large array": "import numpy as np\nx = np.ones(250_000_000)\ny = x.mean()",
    "a million lines": "for n in range(1_000_000):\n    print(n, n * 0.5)",
    "mixed precision": "import tensorflow as tf\n"
    "tf.keras.mixed_precision.set_global_policy('mixed_float16')\n"
    "y = tf.keras.layers.Dense(2, kernel_initializer='ones')(tf.ones((1, 2)))",
    "a changed Keras": "import tensorflow as tf\n"
    "tf.keras.layers.Dense.call = lambda self, x: x * 2\n"
    "y = tf.keras.layers.Dense(2)(tf.ones((1, 2)))",
    "threads and children": "import subprocess, threading\nimport tensorflow as tf\n"
    "thread = threading.Thread(target=lambda: tf.ones(3), daemon=True)\nthread.start()\n"
    "left = subprocess.Popen(['sleep', '1000'])\n",
    "no number": "import tensorflow as tf\n"
    "x = tf.math.log(tf.constant([-1.0, 0.0, 1.0]))\nprint(x.numpy())",
}


@pytest.mark.fault(
    "scripts",
    "a script makes a large array, prints a million lines, changes Keras or leaves processes",
    "its statements are observed; another script after it does what it did before",
)
@pytest.mark.parametrize("text", ODD.values(), ids=ODD)
def test_an_odd_script_does_the_same_on_both_generations_and_leaves_nothing(
    harness: Harness, text: str, tmp_path: Path
) -> None:
    script = tmp_path / "odd.py"
    script.write_text(text, encoding="utf-8")
    code, found = tried(harness, script, "--on", "tf-2.15", "tf-2.21")
    assert (code, found["boundaries"], found["failures"]) == (0, [], {})
    assert [len(each["signs"]) for each in found["statements"]] == [1] * len(found["statements"])


def test_runs_in_a_directory_that_is_named_come_one_after_the_other(
    harness: Harness, tmp_path: Path
) -> None:
    script = tmp_path / "alone.py"
    script.write_text(
        "import os, time\nopen('mine', 'x').close()\ntime.sleep(1)\nos.remove('mine')\n",
        encoding="utf-8",
    )
    code, found = tried(harness, script, "--cwd", str(tmp_path), "--on", "tf-2.15", "tf-2.21")
    assert (code, found["boundaries"]) == (0, [])
    assert [each["signs"] for each in found["statements"]] == [["a"]] * 4
    assert [path.name for path in tmp_path.iterdir()] == ["alone.py"]


def test_packages_of_the_time_of_each_target(harness: Harness, tmp_path: Path) -> None:
    script = tmp_path / "needs.py"
    script.write_text(
        '# /// script\n# dependencies = ["pandas", "scikit-learn", "tensorflow"]\n# ///\n'
        "import pandas, sklearn\n"
        "mean = float(pandas.DataFrame({'a': [1.0, 2.0]})['a'].mean())\n"
        "version = int(pandas.__version__.split('.')[0])\n",
        encoding="utf-8",
    )
    code, found = tried(harness, script, "--on", "tf-2.4", "tf-2.15", "tf-2.21")
    assert (code, found["failures"]) == (1, {})
    assert {each["line"]: each["signs"] for each in found["statements"]} == {
        4: ["a", "a", "a"],
        5: ["a", "a", "a"],
        6: ["a", "b", "c"],
    }


def test_packages_that_conflict_with_a_target_are_said(harness: Harness, tmp_path: Path) -> None:
    script = tmp_path / "needs.py"
    script.write_text("import numpy\n", encoding="utf-8")
    code, found = tried(harness, script, "--with", "numpy>=2", "--on", "tf-2.9", "tf-2.21")
    assert code == 3
    [(target, why)] = found["failures"].items()
    assert target == "tf-2.9"
    assert "you require numpy>=2 and numpy==1." in why


def test_a_project_of_ones_own_comes_along_as_it_is(harness: Harness, tmp_path: Path) -> None:
    project = tmp_path / "project"
    (project / "mylib").mkdir(parents=True)
    (project / "mylib/__init__.py").write_text("NUMBER = 42\n", encoding="utf-8")
    (project / "mylib/old.py").touch()
    (project / "pyproject.toml").write_text(
        '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n'
        '[project]\nname = "mylib"\nversion = "1.0"\n',
        encoding="utf-8",
    )
    script = tmp_path / "uses.py"
    script.write_text(
        "import mylib, os\n"
        "print(mylib.NUMBER, sorted(set(os.listdir(mylib.__path__[0])) - {'__pycache__'}))\n",
        encoding="utf-8",
    )

    def prints() -> str:
        code, found = tried(harness, script, "--with", str(project), "--on", "tf-2.4", "tf-2.21")
        assert (code, found["boundaries"], found["failures"]) == (0, [], {})
        return "".join(each.printed for each in observations(harness, script, "tf-2.21"))

    assert prints() == "42 ['__init__.py', 'old.py']\n"
    (project / "mylib/__init__.py").write_text("NUMBER = 43\n", encoding="utf-8")
    (project / "mylib/old.py").unlink()
    assert prints() == "43 ['__init__.py']\n"


def test_releases_that_are_no_targets(harness: Harness) -> None:
    releases = ("tensorflow==2.12.0", "keras==3.4.0")
    code, found = tried(harness, SCRIPTS / "stateful.py", "--on", *releases)
    assert (code, found["failures"]) == (1, {})
    assert found["stretches"] == [["tensorflow-2.12.0"], ["keras-3.4.0"]]
