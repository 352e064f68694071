"""Scenarios share children, are recorded in order, and still run if another one kills its child."""

import importlib
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

from harness.base.project import PROBE
from harness.observing.records import Record, Run

SCENARIO = "def scenario(variant, step):\n    pass\n"
FIXED, APART = 'VARIANTS = ("fixed",)\n', "APART = True\n"

# files with their text, then the shares: for each child its scenarios and variants
SHARES: dict[str, tuple[dict[str, str], list[str]]] = {
    "nothing": ({}, []),
    "a helper": ({"helper": "def scene():\n    pass\n"}, []),
    "variants that all have": ({"a": SCENARIO}, ["a-one a-two"]),
    "variants of its own": ({"a": 'VARIANTS = ("x", "y", "z")\n' + SCENARIO}, ["a-x a-y a-z"]),
    "a child for each scenario": ({"a": SCENARIO, "b": SCENARIO}, ["a-one a-two", "b-one b-two"]),
    "fixed weights alone": (
        {"a": FIXED + SCENARIO, "b": SCENARIO, "c": FIXED + SCENARIO},
        ["a-fixed c-fixed", "b-one b-two"],
    ),
    "fixed weights of two families": (
        {"b/a": FIXED + SCENARIO, "c/d": FIXED + SCENARIO, "b/e": FIXED + SCENARIO},
        ["a-fixed e-fixed", "d-fixed"],
    ),
    "fixed weights among others": (
        {"a": 'VARIANTS = ("fixed", "strict")\n' + SCENARIO, "b": FIXED + SCENARIO},
        ["a-fixed a-strict", "b-fixed"],
    ),
    "a child for each variant": (
        {"a": APART + SCENARIO, "b": SCENARIO},
        ["a-one", "a-two", "b-one b-two"],
    ),
    "not a child for each variant": (
        {"a": "APART = False\n" + SCENARIO},
        ["a-one a-two"],
    ),
    "a constant that is not for the probe": ({"a": "OTHERS = f()\n" + SCENARIO}, ["a-one a-two"]),
    "fixed weights in a child of their own": (
        {"a": FIXED + APART + SCENARIO, "b": FIXED + SCENARIO, "c": FIXED + SCENARIO},
        ["a-fixed", "b-fixed c-fixed"],
    ),
    "fixed weights that are not apart": (
        {"a": FIXED + "APART = False\n" + SCENARIO, "b": FIXED + SCENARIO},
        ["a-fixed b-fixed"],
    ),
    "variants in a list": ({"a": 'VARIANTS = ["fixed"]\n' + SCENARIO}, ["a-fixed"]),
    "annotated variants": (
        {"a": 'VARIANTS: tuple = ("fixed",)\nAPART: bool = True\n' + SCENARIO},
        ["a-fixed"],
    ),
    "an annotation without a value": ({"a": "VARIANTS: tuple\n" + SCENARIO}, ["a-one a-two"]),
    "variants by two names": ({"a": 'ALL = VARIANTS = ("x",)\n' + SCENARIO}, ["a-x"]),
    "variants of a function": (
        {"a": "def f():\n    VARIANTS = g()\n" + SCENARIO},
        ["a-one a-two"],
    ),
}

# a file that cannot be run at all, and the first line of the reason
UNRUNNABLE = {
    "a syntax error": ("def scenario(:\n", "SyntaxError: "),
    "a syntax error in a helper": ("def helper(:\n", "SyntaxError: "),
    "variants that are a string": (
        'VARIANTS = ("fixed")\n' + SCENARIO,
        "VARIANTS must be a tuple of names, and have one at least",
    ),
    "no variants": (
        "VARIANTS = ()\n" + SCENARIO,
        "VARIANTS must be a tuple of names, and have one at least",
    ),
    "no variants, annotated": (
        "VARIANTS: tuple = ()\n" + SCENARIO,
        "VARIANTS must be a tuple of names, and have one at least",
    ),
    "variants that are a set": (
        'VARIANTS = {"fixed"}\n' + SCENARIO,
        "VARIANTS must be a tuple of names, and have one at least",
    ),
    "a variant with a dash": (
        'VARIANTS = ("a-b",)\n' + SCENARIO,
        "VARIANTS: 'a-b' is no name of at most 100 letters, digits and `_`",
    ),
    "a variant that is a path": (
        'VARIANTS = ("../../../x",)\n' + SCENARIO,
        "VARIANTS: '../../../x' is no name of at most 100 letters, digits and `_`",
    ),
    "a variant with a line break": (
        'VARIANTS = ("x\\n",)\n' + SCENARIO,
        "VARIANTS: 'x\\n' is no name of at most 100 letters, digits and `_`",
    ),
    "a variant without a letter": (
        'VARIANTS = ("",)\n' + SCENARIO,
        "VARIANTS: '' is no name of at most 100 letters, digits and `_`",
    ),
    "a variant that is a number": (
        "VARIANTS = (1,)\n" + SCENARIO,
        "VARIANTS: 1 is no name of at most 100 letters, digits and `_`",
    ),
    "a variant twice": ('VARIANTS = ("x", "x")\n' + SCENARIO, "VARIANTS has a name twice"),
    "variants that are misspelt": (
        'fixed = ("fixed",)\nVARIANTS = fixd\n' + SCENARIO,
        "VARIANTS must be a literal: malformed node or string",
    ),
    "a call for APART": ("APART = bool(1)\n" + SCENARIO, "APART must be a literal: malformed"),
    "variants in two assignments": (
        'VARIANTS = ("x",)\nVARIANTS += ("y",)\n' + SCENARIO,
        "VARIANTS must be assigned as in `VARIANTS = ...`",
    ),
    "variants on a condition": (
        'if True:\n    VARIANTS = ("x",)\n' + SCENARIO,
        "VARIANTS must be assigned as in `VARIANTS = ...`",
    ),
    "two constants in an assignment": (
        'VARIANTS, APART = ("x",), True\n' + SCENARIO,
        "VARIANTS must be assigned as in `VARIANTS = ...`",
    ),
    "a coroutine": (f"async {SCENARIO}", "`scenario` must be a plain function"),
    "a class": ("class scenario:\n    pass\n", "`scenario` must be a plain function"),
}


@pytest.fixture
def running(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    monkeypatch.setattr("sys.path", [str(PROBE), *sys.path])
    monkeypatch.delitem(sys.modules, "steps", raising=False)
    yield importlib.import_module("running")
    sys.modules.pop("steps", None)


def scenarios(directory: Path, files: dict[str, str]) -> Path:
    for name, text in {"steps": 'VARIANTS = ("one", "two")\n', **files}.items():
        path = directory / f"{name}.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return directory


def share_text(work: SimpleNamespace) -> str:
    return " ".join(f"{path.stem}-{variant}" for path, variant in work.share)


@pytest.mark.fault(
    "scenarios",
    "`APART = True` where `fixed` is the only variant",
    "the scenario has a process of its own",
)
@pytest.mark.fault("scenarios", "`VARIANTS` has an annotation", "its variants run, and no other")
@pytest.mark.parametrize(("files", "shares"), SHARES.values(), ids=SHARES)
def test_scenarios_share_a_child_if_that_is_safe(
    files: dict[str, str], shares: list[str], running: ModuleType, tmp_path: Path
) -> None:
    works, broken = running.works(scenarios(tmp_path, files), 2)
    assert broken == []
    assert [share_text(work) for work in works if work.number == 1] == shares
    assert [share_text(work) for work in works if work.number == 2] == shares


@pytest.mark.fault(
    "scenarios",
    "`VARIANTS` is empty, a string, misspelt, or no literal",
    "the scenario is broken, with the reason; the others run",
)
@pytest.mark.fault(
    "scenarios",
    "a variant has a dash, or is a path such as `../../../x`",
    "the scenario is broken; nothing is written elsewhere",
)
@pytest.mark.fault("scenarios", "`async def scenario`", "the scenario is broken, with the reason")
@pytest.mark.parametrize(("text", "reason"), UNRUNNABLE.values(), ids=UNRUNNABLE)
def test_a_file_that_cannot_be_run_is_broken_and_stops_no_other(
    text: str, reason: str, running: ModuleType, tmp_path: Path
) -> None:
    works, broken = running.works(scenarios(tmp_path, {"a": text, "b": SCENARIO}), 2)
    assert [share_text(work) for work in works] == ["b-one b-two"] * 2
    expected = {"scenario": "a", "variant": "", "end": "broken", "observations": []}
    assert [{key: document[key] for key in expected} for document in broken] == [expected] * 2
    assert [document["number"] for document in broken] == [1, 2]
    for document in broken:
        first, second, *_ = document["detail"].splitlines()
        assert first.startswith(reason)
        assert second.startswith("Traceback")


@pytest.mark.fault(
    "scenarios", "the name of a scenario has a dash, a dot or a space", "the scenario is broken"
)
@pytest.mark.parametrize(
    ("name", "is_broken"), [("a_1", False), ("a-1", True), ("a 1", True), ("a.1", True)]
)
def test_the_name_of_a_scenario_has_letters_digits_and_underscores_only(
    name: str, *, is_broken: bool, running: ModuleType, tmp_path: Path
) -> None:
    works, broken = running.works(scenarios(tmp_path, {name: SCENARIO}), 1)
    assert [len(works), len(broken)] == ([0, 1] if is_broken else [1, 0])


def test_documents_are_sorted_by_scenario_variant_and_number(
    running: ModuleType, tmp_path: Path
) -> None:
    files = {
        "a": 'VARIANTS = ("z", "y")\n' + SCENARIO,
        "b": FIXED + SCENARIO,
        "a_too": FIXED + SCENARIO,
    }
    works, _ = running.works(scenarios(tmp_path, files), 2)
    documents = [
        {"scenario": path.stem, "variant": variant, "number": work.number}
        for work in reversed(works)
        for path, variant in reversed(work.share)
    ]
    assert [tuple(document.values()) for document in running.in_order(documents, works)] == [
        (scenario, variant, number)
        for scenario, variant in (("a", "z"), ("a", "y"), ("a_too", "fixed"), ("b", "fixed"))
        for number in (1, 2)
    ]


Message = Mapping[str, object]
PART: Message = {"part": 0}
END: Message = {"end": "completed", "seconds": 1.0}
BEGUN: Message = {"begin": "one"}
ARRAY: Message = {"dtype": "float32", "shape": [2], "values": [1.0, "nan"]}
OBSERVED: Message = {"step": "one", "arrays": {"a": ARRAY}, "error": None, "seconds": 0.5}
SEEN: Message = {"observed": OBSERVED}

# the messages of a child of three parts before it died, the ends of its runs, and the rest
DYING: dict[str, tuple[list[Message], list[str], str]] = {
    "before its first message": ([], ["crashed"], "b-x c-x"),
    "in its first part": ([PART, BEGUN], ["crashed"], "b-x c-x"),
    "between two parts": ([PART, BEGUN, SEEN, END], ["completed"], "b-x c-x"),
    "in its second part": ([PART, END, {"part": 1}], ["completed", "crashed"], "c-x"),
    "in its last part": (
        [PART, END, {"part": 1}, END, {"part": 2}, BEGUN],
        ["completed", "completed", "crashed"],
        "",
    ),
    "after all": (
        [PART, END, {"part": 1}, END, {"part": 2}, END],
        ["completed", "completed", "completed"],
        "",
    ),
}


@pytest.mark.parametrize(("messages", "ends", "left"), DYING.values(), ids=DYING)
def test_the_parts_that_a_dying_child_did_not_start_are_left_to_another(
    messages: list[Message], ends: list[str], left: str, running: ModuleType
) -> None:
    work = running.Running([(Path(f"{name}.py"), "x") for name in "abc"], 2)
    child = SimpleNamespace(messages=messages, end="crashed", detail="SIGSEGV")
    documents, rest = work.documents(child)
    assert [document["end"] for document in documents] == ends
    assert {document["number"] for document in documents} == {2}
    assert "".join(document["scenario"] for document in documents) == "abc"[: len(ends)]
    assert (share_text(rest) if rest else "") == left


def test_a_document_has_its_observations_and_its_unfinished_step(
    running: ModuleType,
) -> None:
    work = running.Running([(Path("a.py"), "x")], 1)
    child = SimpleNamespace(
        messages=[PART, BEGUN, SEEN, {"begin": "two"}], end="timed out", detail="took 1 s"
    )
    [document], _ = work.documents(child)
    assert document["observations"] == [OBSERVED]
    assert (document["unfinished_step"], document["detail"]) == ("two", "took 1 s")


def seeing(**changed: object) -> Message:
    return {"observed": {**OBSERVED, **changed}}


def giving(**changed: object) -> Message:
    return seeing(arrays={"a": {**ARRAY, **changed}})


# messages that the probe never sends there, after the first step of the first part
FOREIGN: dict[str, Message] = {
    "nothing": {},
    "an unknown message": {"text": "a"},
    "a part that there is not": {"part": 99},
    "a part before the first": {"part": -1},
    "the same part again": PART,
    "a step that is a number": {"begin": 1},
    "a step of blanks": {"begin": " "},
    "an observation that is null": {"observed": None},
    "an observation of a part": {"observed": {"step": "one"}},
    "arrays that are a list": seeing(arrays=[]),
    "an error that is a text": seeing(error="no"),
    "an endless duration": seeing(seconds=float("inf")),
    "a duration of 10**400": seeing(seconds=10**400),
    "a duration that is true": seeing(seconds=True),
    "more axes than an array can have": giving(shape=[1] * 64 + [2]),
    "values that do not fill the shape": giving(shape=[3]),
    "a negative size": giving(shape=[-1, -2]),
    "10**400": giving(values=[10**400, 1.0]),
    "an endless value": giving(values=[float("inf"), 1.0]),
    "a value that is a text": giving(values=["one", 1.0]),
    "a value that is null": giving(values=[None, 1.0]),
    "an end that is none": {"end": "over", "seconds": 1.0},
    "the settings that are a text": {"changed": "all"},
}


@pytest.mark.fault(
    "scenarios",
    "a scenario writes JSON into the message pipe that the probe never sends",
    "its run has crashed with that reason; its earlier steps and the other scenarios are observed",
)
@pytest.mark.parametrize("message", FOREIGN.values(), ids=FOREIGN)
def test_after_a_message_that_the_probe_never_sends_nothing_is_trusted(
    message: Message, running: ModuleType
) -> None:
    work = running.Running([(Path(f"{name}.py"), "x") for name in "ab"], 1)
    messages = [PART, BEGUN, SEEN, message, BEGUN, SEEN, END, {"part": 1}, END]
    child = SimpleNamespace(messages=messages, end="completed", detail=None)
    [document], rest = work.documents(child)
    assert document["observations"] == [OBSERVED]
    assert (document["end"], document["detail"]) == ("crashed", running.wire.FOREIGN)
    assert share_text(rest) == "b-x"


@pytest.mark.parametrize(
    "messages",
    [[END], [BEGUN], [PART, BEGUN], [PART, END, END], [PART, END, BEGUN]],
    ids=["an end before a part", "a step before a part", "no end", "two ends", "a step after it"],
)
def test_a_run_is_not_completed_by_messages_in_another_order(
    messages: list[Message], running: ModuleType
) -> None:
    work = running.Running([(Path("a.py"), "x")], 1)
    child = SimpleNamespace(messages=messages, end="completed", detail=None)
    [document], _ = work.documents(child)
    assert (document["end"], document["detail"]) == ("crashed", running.wire.FOREIGN)


def test_the_watch_gives_only_its_own_parts_of_the_record(running: ModuleType) -> None:
    messages: list[Message] = [{"internals": [], "runs": None}, {"calls": {}}, {"layers": {}}]
    child = SimpleNamespace(messages=messages, end="completed", detail=None)
    whole: Message = {"internals": [], "layers": {}, "internals_failure": None}
    assert running.wire.watched(child) == whole


def test_the_canonical_scenarios_with_fixed_weights_share_a_child_and_seeding_has_many(
    running: ModuleType,
) -> None:
    works, broken = running.works(PROBE / "scenarios", 1)
    assert broken == []
    shares = [share_text(work) for work in works]
    [fixed] = [share for share in shares if "portable_set_values-fixed" in share]
    assert {"initial_state-fixed", "layers-fixed"} <= set(fixed.split())
    assert "stateful-fixed" not in fixed
    assert len([share for share in shares if share.startswith("seeding-")]) == 5


def pids(record: Record, scenario: str) -> dict[tuple[str, int], object]:
    """The process of each run of a scenario, by variant and number."""
    runs = [run for run in record.runs if run.scenario == scenario]
    return {(run.variant, run.number): pid(run) for run in runs}


def pid(run: Run) -> object:
    [number] = run.observations[0].arrays["pid"].values or ()
    return number


def test_a_child_runs_its_share_and_nothing_else(observed: Record) -> None:
    together, apart = pids(observed, "together"), pids(observed, "apart")
    assert together["first", 1] == together["second", 1] != together["first", 2]
    assert len(set(apart.values())) == 4
    shares = {name: pids(observed, name) for name in ("shares", "shares_and_falls")}
    assert shares["shares"] == shares["shares_and_falls"]
    assert len({*together.values(), *apart.values(), *shares["shares"].values()}) == 2 + 4 + 2


def test_a_scenario_after_one_that_kills_their_child_has_another_child(observed: Record) -> None:
    fallen, later = pids(observed, "shares_and_falls"), pids(observed, "shares_too")
    assert set(fallen.values()).isdisjoint(later.values())
    ends = {r.scenario: r.end for r in observed.runs if r.scenario.startswith("shares")}
    assert ends == {"shares": "completed", "shares_and_falls": "crashed", "shares_too": "completed"}
