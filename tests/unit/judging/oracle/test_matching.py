"""The oracle's results for the steps of the scenarios, and comparisons with them."""

import ast
from collections.abc import Callable, Iterable

import numpy as np
import pytest

from harness.base.project import PROBE, RESOURCES
from harness.judging.oracle import meanings
from harness.judging.oracle.matching import NEAR, VARIANT, nearest_meaning, oracle_verdicts
from harness.judging.oracle.meanings import IGNORED, USED, expected, why_without_meaning
from harness.judging.oracle.terms import DEFINED, Arrays
from harness.judging.upgrade import Need, load_needs
from harness.judging.verdicts import ORACLE, Axis, Outcome
from harness.observing.baselines import file_name, load_steps, scenario_files
from harness.observing.catalogue import scenario_script
from harness.observing.numerics import NumericClass, Tolerances
from harness.observing.results import Result, combine
from tests.support.makers import accept, differently, gives, raises, recorded, sees
from tests.support.places import CANONICAL, TARGETS

SCENARIOS = PROBE / "scenarios"


def variants_of(scenario: str) -> tuple[str, ...]:
    """The variants that a scenario file defines, or else the common variants."""
    for name in (scenario, "steps"):
        tree = ast.parse(scenario_script(name).read_text(encoding="utf-8"))
        for node in tree.body:
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "VARIANTS":
                return tuple(ast.literal_eval(node.value))
    raise AssertionError(scenario)


NAMES = sorted(
    path.stem for path in SCENARIOS.rglob("*.py") if "def scenario(" in path.read_text("utf-8")
)
FIXED = [name for name in NAMES if VARIANT in variants_of(name)]


def steps_of(scenario: str) -> list[str]:
    """The steps of a scenario with fixed weights, from a baseline; empty if it has none yet."""
    files = CANONICAL.baselines.glob(f"*/{file_name(scenario, VARIANT)}")
    return [step for path in sorted(files)[:1] for step in load_steps(path)]


MEANINGS = [
    pytest.param(scenario, step, meaning, id=f"{scenario}-{step}-{meaning}")
    for scenario in FIXED
    for step, known in expected(scenario).items()
    for meaning in known
]


def in_float32(arrays: Arrays, off: Callable[[np.ndarray], np.ndarray] = np.copy) -> Result:
    """The result of a layer that computes the same in float32, with an error."""
    seen = {name: recorded(off(values).astype(np.float32)) for name, values in arrays.items()}
    return accept(sees(**seen))["step"]


def test_there_are_scenarios_with_fixed_weights_and_others() -> None:
    assert {"stateful", "layers", "portable_set_values"} <= set(FIXED) < set(NAMES)


def objections(scenario: str, steps: Iterable[str]) -> list[str]:
    """What to do for each step with fixed weights that has neither a meaning nor a reason."""
    return [
        f"step {step!r} of scenario {scenario!r} with fixed weights has no meaning: add a function "
        "to harness/judging/oracle/meanings.py, or the step and a reason to WITHOUT_MEANING there"
        for step in steps
        if step not in expected(scenario) and not why_without_meaning(scenario, step)
    ]


@pytest.mark.parametrize("scenario", FIXED)
def test_every_step_with_fixed_weights_has_a_meaning_or_a_reason(scenario: str) -> None:
    assert objections(scenario, steps_of(scenario)) == []


def test_a_step_without_a_meaning_is_named_until_a_reason_is_declared(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert objections("stateful", ["first pass"]) == []
    [told] = objections("stateful", ["first pass", "a new step"])
    assert "step 'a new step' of scenario 'stateful' with fixed weights has no meaning" in told
    assert "WITHOUT_MEANING" in told
    monkeypatch.setattr(meanings, "WITHOUT_MEANING", {"stateful / a new *": "draws numbers"})
    assert objections("stateful", ["a new step"]) == []
    [found] = oracle_verdicts("stateful", {"a new step": accept(gives(1.0))["step"]})
    assert (found.outcome, found.reason) == (Outcome.NOT_APPLICABLE, "draws numbers")


@pytest.mark.parametrize("scenario", [name for name in NAMES if name not in FIXED])
def test_the_oracle_knows_no_scenario_without_fixed_weights(scenario: str) -> None:
    assert expected(scenario) == {}


def test_an_unknown_scenario_has_no_results() -> None:
    assert expected("unheard_of") == {}
    assert nearest_meaning("unheard_of", "step", accept(gives(1.0))["step"]) is None


@pytest.mark.parametrize(
    "need", load_needs(RESOURCES / "needs.toml"), ids=lambda need: str(need.name)
)
def test_every_step_of_every_need_has_a_meaning_or_a_reason(need: Need) -> None:
    for where in need.steps:
        scenario, step = where.split(" / ", 1)
        assert objections(scenario, [step]) == []


def test_no_step_with_a_meaning_has_a_reason_to_have_none() -> None:
    known = [(scenario, step) for scenario in FIXED for step in expected(scenario)]
    assert [each for each in known if why_without_meaning(*each)] == []


@pytest.mark.parametrize(("scenario", "step", "meaning"), MEANINGS)
def test_the_result_of_a_meaning_agrees_only_with_that_meaning(
    scenario: str, step: str, meaning: str
) -> None:
    known = expected(scenario)[step]
    found = nearest_meaning(scenario, step, in_float32(known[meaning]))
    assert found is not None
    assert (found.meaning, found.agrees) == (meaning, True)
    assert found.distance.ulp <= 0.5
    for other in known.keys() - {meaning}:
        assert apart(known[other], known[meaning]) > 1e-3, other


def apart(one: Arrays, other: Arrays) -> float:
    """The largest distance of two numbers; infinite for arrays of other names or shapes."""
    shapes = [{name: values.shape for name, values in each.items()} for each in (one, other)]
    if shapes[0] != shapes[1]:
        return np.inf
    return max(float(np.abs(one[name] - values).max()) for name, values in other.items())


@pytest.mark.parametrize("scenario", FIXED)
def test_the_arrays_of_the_oracle_are_finite_and_of_float64(scenario: str) -> None:
    for known in expected(scenario).values():
        for arrays in known.values():
            assert {values.dtype for values in arrays.values()} == {np.dtype(np.float64)}
            assert all(np.isfinite(values).all() for values in arrays.values())


STEP = ("stateful", "first pass")
ARRAYS = expected(STEP[0])[STEP[1]][DEFINED]

WRONG: dict[str, Result] = {
    "a relative error of 1e-5": in_float32(ARRAYS, lambda values: values * (1 + 1e-5)),
    "half precision": in_float32(ARRAYS, lambda values: values.astype(np.float16)),
    "another state": in_float32(ARRAYS, lambda values: np.roll(values, 1, axis=0)),
    "another shape": in_float32(ARRAYS, lambda values: values[:1]),
    "NaN": in_float32(ARRAYS, lambda values: np.full_like(values, np.nan)),
    "h and c swapped": in_float32({**ARRAYS, "hidden": ARRAYS["cell"], "cell": ARRAYS["hidden"]}),
    "an array less": in_float32({"output": ARRAYS["output"]}),
    "an array more": in_float32({**ARRAYS, "more": ARRAYS["output"]}),
    "arrays of other names": in_float32({f"{name}s": a for name, a in ARRAYS.items()}),
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_another_result_agrees_with_no_meaning(wrong: Result) -> None:
    found = nearest_meaning(*STEP, wrong)
    assert found is not None
    assert not found.agrees
    [verdict] = oracle_verdicts(STEP[0], {STEP[1]: wrong})
    assert (verdict.outcome, verdict.numeric) == (Outcome.DRIFT, NumericClass.DRIFT)
    assert verdict.reason.endswith(f"from the oracle, where at most {NEAR:g} ULP are rounding")


@pytest.mark.parametrize("name", ["an array less", "an array more", "another shape"])
def test_arrays_unknown_to_the_oracle_are_not_reported_as_not_finite(name: str) -> None:
    [verdict] = oracle_verdicts(STEP[0], {STEP[1]: WRONG[name]})
    assert "not finite" not in verdict.reason


def test_the_same_result_in_another_dtype_agrees() -> None:
    seen = {name: recorded(values) for name, values in ARRAYS.items()}
    found = nearest_meaning(*STEP, accept(sees(**seen))["step"])
    assert found is not None
    assert (found.meaning, found.distance.ulp) == (DEFINED, 0.0)


def test_a_step_has_the_nearest_meaning() -> None:
    step = "stateful, initial_state in a later call"
    for meaning in (USED, IGNORED):
        arrays = expected("initial_state")[step][meaning]
        found = nearest_meaning(
            "initial_state", step, in_float32(arrays, lambda values: values + 1e-4)
        )
        assert found is not None
        assert (found.meaning, found.agrees) == (meaning, False)


VERDICTS: dict[str, tuple[str, Result, Outcome, str]] = {
    "agrees": (STEP[1], in_float32(ARRAYS), Outcome.EQUAL, "as defined, "),
    "does not": (STEP[1], WRONG["half precision"], Outcome.DRIFT, "as defined, "),
    "raises": (
        STEP[1],
        accept(raises("no"))["step"],
        Outcome.NOT_APPLICABLE,
        "raises: nothing to compare",
    ),
    "is not known": (
        "third pass",
        in_float32(ARRAYS),
        Outcome.NOT_APPLICABLE,
        "the oracle does not know this step",
    ),
}


@pytest.mark.parametrize(("step", "seen", "outcome", "reason"), VERDICTS.values(), ids=VERDICTS)
def test_each_step_has_its_verdict(step: str, seen: Result, outcome: Outcome, reason: str) -> None:
    [verdict] = oracle_verdicts("stateful", {step: seen})
    assert (verdict.axis, verdict.scenario, verdict.variant) == (Axis.ORACLE, "stateful", VARIANT)
    assert (*verdict.heading, verdict.step) == (ORACLE, "stateful", step)
    assert verdict.outcome is outcome
    assert verdict.reason.startswith(reason)
    assert (verdict.ulp is None) is (outcome is Outcome.NOT_APPLICABLE)


def test_a_step_that_is_not_reproducible_is_not_reported_as_raising() -> None:
    drawn = combine(differently(gives(1.0), gives(2.0)), Tolerances())["step"]
    [verdict] = oracle_verdicts(STEP[0], {STEP[1]: drawn})
    assert verdict.outcome is Outcome.NOT_APPLICABLE
    assert "raises" not in verdict.reason


def test_without_an_observation_there_is_no_verdict() -> None:
    assert list(oracle_verdicts("stateful", {})) == []


def test_no_baseline_is_of_a_scenario_that_is_gone() -> None:
    stored = {
        scenario
        for target in TARGETS
        for scenario, variant in scenario_files(CANONICAL.baselines / target)
        if variant == VARIANT
    }
    assert stored <= set(FIXED)


@pytest.mark.parametrize("scenario", FIXED)
def test_every_step_of_the_oracle_is_a_step_of_the_scenario(scenario: str) -> None:
    text = scenario_script(scenario).read_text(encoding="utf-8")
    steps = steps_of(scenario)
    assert [s for s in expected(scenario) if s not in steps and f'"{s}"' not in text] == []
