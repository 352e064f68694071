"""What a witness asks of both sides of a window, and of what there is no witness."""

import ast
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.base.errors import UncheckedError, UsageError
from harness.observing.probing import PlainScript
from harness.observing.records import Observation, Run
from harness.observing.snapshots import from_record
from harness.search.catalogue_subjects import InternalSubject, ScenarioSubject
from harness.search.command_subject import CommandSubject
from harness.search.questions import Question, question, require_observation
from harness.search.script_subject import ScriptSubject
from harness.search.subjects import Seen
from tests.support.makers import (
    array,
    differently,
    gives,
    internal,
    raises,
    record,
    run,
    sees,
    surroundings,
    twice,
)
from tests.support.traces import did, statement, traced

SCENARIO = """\
VARIANTS = ("strict", "fixed")

def scenario(variant, step):
    with step("step") as see:
        see(output=f(variant), state=g())
"""


@pytest.fixture
def scenario(tmp_path: Path) -> ScenarioSubject:
    script = tmp_path / "stateful.py"
    script.write_text(SCENARIO, encoding="utf-8")
    return ScenarioSubject(name="stateful:step", script=script, step="step")


def seen(runs: Sequence[Run], target: str = "old") -> Seen[Any]:
    found = record(runs, target=target, environment=surroundings())
    subject = ScenarioSubject(name="stateful", script=Path("stateful.py"))
    return Seen(record=found, value=from_record(found, subject.criteria.tolerances))


def asked(subject: ScenarioSubject, old: Observation, new: Observation) -> Question:
    return question(subject, seen(twice(old)), seen(twice(new), "new"))


def text(found: Question) -> str:
    return ast.unparse(found.program)


def test_the_array_that_differs_is_asked_for(scenario: ScenarioSubject) -> None:
    old = sees(output=array(1.0), state=array(2.0))
    found = asked(scenario, old, sees(output=array(1.0), state=array(3.0)))
    assert "see(found=g())" in text(found)
    assert found.answers == ("the expected values", "other values")
    assert (found.old.arrays["found"].values, found.new.arrays["found"].values) == ((2.0,), (3.0,))


def test_an_error_on_one_side_is_asked_for(scenario: ScenarioSubject) -> None:
    found = asked(scenario, sees(output=array(1.0), state=array(2.0)), raises("no"))
    assert "see(found=f('fixed'))" in text(found)
    assert found.answers == ("the expected values", "ValueError")
    least = found.without_values()
    assert "found" not in text(least)
    assert least.answers == ("no error", "ValueError")
    assert asked(scenario, raises("no"), gives(1.0)).answers == ("ValueError", "no error")
    other = asked(scenario, raises("no"), raises("no", "TypeError"))
    assert other.answers == ("ValueError", "TypeError")


def test_fixed_weights_are_asked_for_before_other_variants(scenario: ScenarioSubject) -> None:
    both = ("strict", "fixed")
    old, new = (
        [each for v in both for each in twice(gives(number), variant=v)] for number in (1.0, 2.0)
    )
    assert "f('fixed')" in text(question(scenario, seen(old), seen(new)))
    new = [*twice(gives(2.0), variant="strict"), *twice(gives(1.0))]
    assert "f('strict')" in text(question(scenario, seen(old), seen(new)))


NO_WITNESS = [
    (twice(gives(1.0)), twice(gives(1.0)), "do the same; a witness needs both sides"),
    (twice(raises("one")), twice(raises("other")), "both sides raise ValueError, with another"),
    (differently(gives(1.0), gives(2.0)), twice(gives(1.0)), "not do the same in each run"),
    (differently(gives(1.0), raises("no")), twice(gives(1.0)), "not do the same in each run"),
    (twice(gives(1.0)), twice(sees(state=array(1.0))), "no array that both sides have differs"),
    (twice(gives(1.0)), twice(gives(1.0, step="other")), "only one side has this step"),
]


@pytest.mark.parametrize(("old", "new", "why"), NO_WITNESS)
def test_what_one_run_of_a_script_cannot_tell_has_no_witness(
    scenario: ScenarioSubject, old: list[Run], new: list[Run], why: str
) -> None:
    with pytest.raises(UncheckedError, match=why):
        question(scenario, seen(old), seen(new, "new"))


def test_only_one_observation_has_a_witness(scenario: ScenarioSubject, tmp_path: Path) -> None:
    script = PlainScript(path=tmp_path / "a.py")
    of_script = ScriptSubject(name="a.py", script=script, wheels=tmp_path)
    with_arguments = replace(of_script, line=1, script=replace(script, arguments=("a",)))
    for subject, why in (
        (replace(scenario, name="stateful", step=""), "name one of its steps, as stateful:STEP"),
        (of_script, "name the line of a statement, as a.py:LINE"),
        (with_arguments, "stands alone"),
        (CommandSubject(command="true"), "is for a step, a statement or an internal"),
    ):
        with pytest.raises(UsageError, match=why):
            require_observation(subject)
    for each in (scenario, replace(of_script, line=1), InternalSubject(name="RNN.call")):
        require_observation(each)


def of_line(tmp_path: Path, old: Observation, new: Observation, code: str = "x = f()") -> Question:
    path = tmp_path / "a.py"
    path.write_text(code, encoding="utf-8")
    subject = ScriptSubject(name="a.py:1", script=PlainScript(path=path), line=1, wheels=tmp_path)
    first, second = (
        Seen(record=record([run(each)]), value=traced([statement(1, code, ["x"])], each))
        for each in (old, new)
    )
    return question(subject, first, second)


def test_of_a_statement_an_error_comes_before_values_and_texts(tmp_path: Path) -> None:
    found = of_line(tmp_path, did(1, {"x": array(1.0)}), did(1, error="TypeError: no"))
    assert found.answers == ("no error", "TypeError")
    assert "found" not in text(found)
    found = of_line(
        tmp_path,
        did(1, {"x.states[0]": array(1.0)}, texts={"x": "a"}),
        did(1, {"x.states[0]": array(2.0)}, texts={"x": "b"}),
    )
    assert "see(found=x.states[0])" in text(found)
    found = of_line(tmp_path, did(1, texts={"x": "a"}), did(1, texts={"x": "b"}))
    assert "see(found=str(x) == 'a')" in text(found)
    assert (found.answers, found.said) == (("as expected", "otherwise"), ("a", "b"))
    found = of_line(tmp_path, did(1, printed="a\n"), did(1, printed="b\n"), "print(f())")
    assert "see(found=printed.getvalue() == 'a\\n')" in text(found)
    found = of_line(tmp_path, did(1, {"value": array(1.0)}), did(1, {"value": array(2.0)}), "f()")
    assert "value = f()" in text(found)


def test_of_a_statement_in_a_block_the_block_is_asked_about(tmp_path: Path) -> None:
    # longer than what a record keeps of the source of a statement
    code = "for n in range(2):\n    with f(n):\n" + "        y = n\n" * 400 + "    x = f(n)\n"
    path = tmp_path / "a.py"
    path.write_text(code, encoding="utf-8")
    script = PlainScript(path=path)
    last = code.count("\n")
    subject = ScriptSubject(name=f"a.py:{last}", script=script, line=last, wheels=tmp_path)
    statements = [
        replace(statement(last, "x = f(n)", ["x"]), within="line 1"),
        statement(1, code[:2000], ["n", "x", "y"]),
    ]
    sides = [[did(last, {"x": array(-value)}), did(1, {"x": array(value)})] for value in (1.0, 2.0)]
    found = question(
        subject, *(Seen(record=record([run(*s)]), value=traced(statements, *s)) for s in sides)
    )
    assert "    for n in range(2):" in text(found)
    assert "see(found=x)" in text(found)


def test_a_part_of_a_large_array_is_no_expression(tmp_path: Path) -> None:
    name = "x (mean)"
    with pytest.raises(UncheckedError, match="not of a kind that a script tells"):
        of_line(tmp_path, did(1, {name: array(1.0)}), did(1, {name: array(2.0)}))


def of_internal(name: str, *sides: dict[str, Any]) -> Question:
    found = []
    for each in sides:
        source = each.pop("source", None)
        one = replace(internal(name, source=name if source else None), **each)
        made = record([], internals=[one], sources={name: source} if source else {})
        made = replace(made, environment=surroundings())
        value = from_record(made, ScenarioSubject(name="", script=Path()).criteria.tolerances)
        found.append(Seen(record=made, value=value))
    return question(InternalSubject(name=name), *found)


def test_of_an_internal_presence_comes_before_arguments_and_source() -> None:
    name = "RNN.reset_states"
    found = of_internal(name, {}, {"present": False})
    assert "hasattr(tf.keras.layers.RNN, 'reset_states') is True" in text(found)
    assert found.said == ("it is there", "it is not there")
    parameters = internal(name).parameters or ()
    found = of_internal(name, {}, {"parameters": parameters[:1]})
    assert "(tf.keras.layers.RNN.reset_states).parameters) == ['self', 'states']" in text(found)
    code = "def reset_states(self, states=None):\n    return {}\n"
    found = of_internal(name, {"source": code.format(1)}, {"source": code.format(2)})
    assert "hashlib.sha256(source.encode()).hexdigest()[:16] ==" in text(found)
    found = of_internal("Model.reset_states", {}, {"present": False})
    assert "hasattr(tf.keras.Model, 'reset_states')" in text(found)
    with pytest.raises(UncheckedError, match="a witness is for the presence"):
        of_internal(name, {}, {"kind": "property"})
