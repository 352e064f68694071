"""Programs of a step and of a statement, what they need, and what is left out of them."""

import ast
import json
import re
from collections.abc import Sequence

import pytest

from harness.base.errors import UncheckedError, UsageError
from harness.base.project import SCENARIOS
from harness.observing.catalogue import scenario_scripts
from harness.search.inlining import of_script
from harness.search.reducing import minimised
from harness.search.slicing import (
    array_of,
    markers,
    observing,
    of_scenario,
    printing,
    removals,
    sliced,
    unsuppressed,
    without,
)

ARRAYS = json.loads((SCENARIOS / "fixed.json").read_text(encoding="utf-8"))
SCENARIO = '''\
"""A scenario."""
import numpy as np
from steps import alone, fixed

VARIANTS = ("strict", "fixed")
size = 2
unused = 3

def make(units):
    """A layer."""
    return Layer(units)

def scenario(variant, step):
    layer = make(size if variant == "fixed" else 5)
    other = make(1)
    if variant == "strict":
        seed()
    with step("first") as see:
        see(output=layer(x), plain=layer)
    with step("second") as see:
        layer.reset(other)
        out, state = layer(x)
        see(output=out, state=state + 1)
    with step("third") as see:
        see(output=layer(x))

if __name__ == "__main__":
    alone(scenario)
'''


def program(step: str, array: str = "output", source: str = SCENARIO) -> ast.Module:
    return observing(of_scenario(source, "fixed", step, ARRAYS), array_of(array))


def text(found: ast.Module) -> list[str]:
    return ast.unparse(found).splitlines()


def test_the_program_of_a_step_has_its_variant_and_the_steps_before_it() -> None:
    assert text(sliced(program("second"))) == [
        "size = 2",
        "",
        "def make(units):",
        "    '''A layer.'''".replace("'''", '"""'),
        "    return Layer(units)",
        "layer = make(size)",
        "other = make(1)",
        "with contextlib.suppress(Exception):",
        "    layer(x)",
        "with step('witness') as see:",
        "    layer.reset(other)",
        "    out, state = layer(x)",
        "    see(found=out)",
    ]


def test_without_a_value_what_the_step_sees_is_still_computed() -> None:
    nothing = observing(of_scenario(SCENARIO, "fixed", "third", ARRAYS), lambda _: None)
    assert text(sliced(nothing))[-2:] == ["with step('witness') as see:", "    layer(x)"]


def test_arrays_of_the_harness_are_written_out() -> None:
    source = (
        "def scenario(variant, step):\n    with step('a') as see: see(output=fixed('dense_bias'))"
    )
    [_, seen] = text(program("a", source=source))
    numbers = ", ".join(map(str, ARRAYS["dense_bias"]))
    assert seen == f"    see(found=np.array([{numbers}], dtype=np.float32))"
    with pytest.raises(UncheckedError, match="no array of this name is known"):
        program("a", source=source.replace("dense_bias", "other"))


def test_a_step_in_a_loop_is_found_by_its_name() -> None:
    source = """\
def scenario(variant, step):
    for name in "ab":
        with step("step " + name) as see:
            see(output=f(name))
"""
    assert text(program("step b", source=source)) == [
        "for name in 'ab':",
        "    if 'step ' + name == 'step b':",
        "        with step('witness') as see:",
        "            see(found=f(name))",
        "    else:",
        "        with contextlib.suppress(Exception):",
        "            f(name)",
    ]


SCRIPT = """\
import numpy as np
import tensorflow as tf
tf.random.set_seed(1)
unused = np.ones(3)
layer = tf.keras.layers.LSTM(2)
other = tf.keras.layers.GRU(2)
layer.build(
    (1, 2, 3))
other.build((1, 2, 3))
state = {}
state["h"] = 1
result = layer(state)
print(result)
"""


def test_what_may_change_an_object_that_is_read_is_needed() -> None:
    assert text(sliced(of_script(SCRIPT, 12))) == [
        "import tensorflow as tf",
        "tf.random.set_seed(1)",
        "layer = tf.keras.layers.LSTM(2)",
        "layer.build((1, 2, 3))",
        "state = {}",
        "state['h'] = 1",
        "with step('witness') as see:",
        "    result = layer(state)",
    ]


def test_the_value_of_an_expression_and_what_it_prints() -> None:
    script = "x = 1\nif __name__ == '__main__':\n    print(x)\n"
    value = ast.parse("value", mode="eval").body
    assert text(observing(of_script(script, 3), lambda _: value))[-2:] == [
        "    value = print(x)",
        "    see(found=value)",
    ]
    assert text(printing(of_script(script, 3), "1\n"))[-3:] == [
        "    with contextlib.redirect_stdout(io.StringIO()) as printed:",
        "        print(x)",
        "    see(found=printed.getvalue() == '1\\n')",
    ]


@pytest.mark.parametrize("line", [0, 8, 14])
def test_a_line_in_which_no_statement_begins_is_refused(line: int) -> None:
    with pytest.raises(UsageError, match=f"no statement begins in line {line}"):
        of_script(SCRIPT, line)


def test_everything_that_can_be_left_out_leaves_a_program() -> None:
    whole = program("second")
    texts = {ast.unparse(without(whole, [number])) for number in range(removals(whole))}
    assert len(texts) > 5
    for each in texts:
        ast.parse(each)
    assert "contextlib" not in ast.unparse(unsuppressed(whole))
    assert "contextlib" in ast.unparse(whole)


def test_a_program_is_made_as_small_as_what_it_must_show_allows() -> None:
    def hold(programs: Sequence[ast.Module]) -> list[bool]:
        sizes.append(len(programs))
        return [
            "layer.reset(other)" in ast.unparse(each) and "layer = make(" in ast.unparse(each)
            for each in programs
        ]

    sizes: list[int] = []
    least = minimised(program("second"), hold)
    assert text(least) == [
        "layer = make(size)",
        "layer.reset(other)",
        "with step('witness') as see:",
        "    out, state = layer(x)",
    ]
    assert sum(sizes) < 120


def test_each_step_with_a_plain_name_has_a_program() -> None:
    found = 0
    for path in scenario_scripts(SCENARIOS).values():
        source = path.read_text(encoding="utf-8")
        for name in re.findall(r'with step\("([^"]*)"\) as see:', source):
            made = sliced(of_scenario(source, "fixed", name, ARRAYS))
            assert markers(made), (path, name)
            found += 1
    assert found > 100


UNSEEN = {
    "a module": "import random\nrandom.seed(1)",
    "what was imported from a module": "from numpy.random import seed\nseed(1)",
    "a part of a module": "import os\nos.environ['TF_ENABLE_ONEDNN_OPTS'] = '0'",
    "a module, under a condition": "import random\nif True:\n    random.seed(1)",
    "a name, in a function": "def f():\n    global layer\n    layer = keras.layers.GRU(2)\nf()",
    "all names of a module": "from numpy import *",
    "weights in a loop": "for each in layer.weights:\n    each.assign(0 * each)",
    "weights in a list": "[each.assign(0 * each) for each in layer.weights]",
}


@pytest.mark.parametrize("statement", UNSEEN.values(), ids=UNSEEN)
def test_a_statement_is_kept_that_changes_what_no_later_name_shows(statement: str) -> None:
    script = f"import keras\nlayer = keras.layers.LSTM(2)\n{statement}\nprint(layer(0))\n"
    line = script.count("\n")
    assert statement.splitlines() == [
        each
        for part in text(sliced(of_script(script, line)))[:-2]
        for each in part.splitlines()
        if each in statement.splitlines()
    ]


def test_a_statement_that_changes_nothing_is_not_kept() -> None:
    script = "import math\nother = math.sin(1)\nfor each in [1]:\n    other = each\nprint(2)\n"
    assert text(sliced(of_script(script, 5))) == ["with step('witness') as see:", "    print(2)"]
