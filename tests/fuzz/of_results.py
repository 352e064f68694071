"""The files of a run: records, baselines, verdicts, and the journal of a matrix."""

import hashlib
import io
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import msgspec
from rich.console import Console

from harness.base.errors import BaselineError, UncheckedError
from harness.judging.diff import diff
from harness.judging.held import hold
from harness.judging.judge import Judgement, judge
from harness.observing.baselines import DISTRIBUTIONS, INTERNALS, file_name
from harness.observing.numerics import Tolerances
from harness.observing.records import Call, Error, Failure, Observation, Why, load_record
from harness.observing.script_baselines import load_trace, script_baseline, trace_text
from harness.observing.shared import DIGITS, SHARED
from harness.observing.snapshots import load_baseline
from harness.report.document import document
from harness.report.gather import report_on
from harness.report.held import held_document, held_text
from harness.report.held_page import held_page
from harness.report.html import render
from harness.report.markdown import markdown
from harness.report.summary import print_report
from harness.running import matrix
from harness.running.matrix import Done, Journal
from harness.running.results import Checked, TargetFiles, TargetResult, read_result
from tests.fuzz.kinds import Kind, Read, stored
from tests.support.makers import array, counted, gives, internal, record, run, sees, twice
from tests.support.nights import DAY, FRESH, NOW, Place, recorded
from tests.support.places import CRITERIA, TARGETS
from tests.support.traces import did, statement, traced

BEFORE = "tf-2.20-fresh"  # the neighbour in a report
RAISED = Observation(
    step="raising", error=Error(type="ValueError", message="no 1", traceback="File x, line 1")
)
MANY = gives(1.0, "nan", -0.5, 3.0, 0.25, "-inf", shape=(3, 2))  # so many that they are shared
RECORD = replace(
    recorded(MANY, RAISED, source="def f():\n    return 1\n"),
    runs=(
        *twice(MANY, RAISED),
        *twice(sees("LSTM", output=array(1, True, dtype="int64")), scenario="layers"),
        *(run(gives(1.0, dtype="float16"), number=n, variant="strict") for n in (1, 2)),
        run(gives(1.0), number=1, scenario="reset", end="crashed", detail="SIGSEGV"),
        run(number=2, scenario="reset", end="timed out", detail="60 s", unfinished="step"),
    ),
    calls=(
        Call(
            mode="stateless",
            phase="first call",
            callee="RNN.reset_states",
            caller="f",
            positional=("a", ["b", {"c": 1}]),
            keywords={"k": None},
            times=2,
        ),
    ),
    layers={"LSTM": {"config": {"units": 2}, "states": ["a"], "weights": 3}},
    run_counts=(counted(Why.DIFFERS), counted(Why.EQUALS, variant="strict")),
)
FAILED = record(
    [], target=FRESH, internals=[internal()], failure=Failure(type="Crash", message="it crashed")
)


def of_results(root: Path) -> Iterator[Kind]:
    place = Place(root=root)
    for target in (FRESH, BEFORE):
        place.accept(replace(RECORD, target=target))
    sound = msgspec.json.encode(RECORD)
    records = [sound, sound, sound, msgspec.json.encode(FAILED)]
    baseline = load_baseline(TARGETS[FRESH], place.project)

    def use_record(path: Path) -> Judgement:
        found = judge(load_record(path), baseline, CRITERIA)
        if found.observed:
            diff(found.observed, baseline.accepted, CRITERIA)
        return found

    files = TargetFiles(directory=root / "judged")
    yield Kind(name="record.json", samples=records, read=stored(files.record, use_record))
    reported = TargetFiles(directory=place.results / FRESH)
    place.store(replace(RECORD, target=BEFORE, started=(NOW - DAY).isoformat()))
    yield Kind(
        name="record.json in a report",
        samples=records,
        read=stored(reported.record, lambda _: _reported(place, FRESH, BEFORE)),
        part=0.04,
    )
    checked = Checked(
        target=FRESH,
        verdicts=judge(RECORD, baseline, CRITERIA).verdicts[:3],
        earlier="it was late",
        seconds=2.5,
    )
    failed = Checked(target=FRESH, failure="no environment", exit_code=3)
    verdicts = [msgspec.json.encode(each) for each in (checked, failed)]
    alone = Place(root=root / "alone")
    path = TargetFiles(directory=alone.results / FRESH).verdicts
    yield Kind(
        name="verdicts.json",
        samples=verdicts,
        read=stored(path, lambda _: _reported(alone, FRESH)),
        part=0.04,
    )
    journal = Journal(targets=(FRESH,), done=(Done(checked=checked, binding="0"),))
    yield Kind(
        name="matrix.json",
        samples=[msgspec.json.encode(journal)],
        read=stored(
            root / "matrix.json",
            lambda path: [each.checked.standing for each in matrix.LAYOUT.load(path).done],
        ),
    )
    yield from _of_baselines(Place(root=root / "accepted"))
    yield _of_scripts(root)


def _reported(place: Place, *names: str) -> object:
    """The report on some targets; the records of the first have been changed."""
    results = [read_result(TARGETS[name], place.project, CRITERIA, NOW) for name in names]
    report = report_on(results, place.project, TARGETS, CRITERIA, NOW)
    assert len(report.targets) == len(names)
    json.dumps(document(report))
    out = Console(file=io.StringIO())
    print_report(report, out)
    assert "\0" not in render(report) + markdown(report)
    changed: TargetResult = results[0]
    if changed.damaged:
        raise UncheckedError(changed.failure)
    return report


def _of_baselines(place: Place) -> Iterator[Kind]:
    place.accept(RECORD)
    directory = place.baselines / FRESH

    def use(_: Path) -> object:
        found = load_baseline(TARGETS[FRESH], place.project)
        judged = judge(RECORD, found, CRITERIA)
        assert judged.observed
        diff(found.accepted, judged.observed, CRITERIA)
        for why in found.unread.values():
            raise BaselineError(why)
        return found

    for title, name in (
        ("baseline of a scenario", file_name("stateful", "fixed")),
        ("baseline of the internals", INTERNALS),
        ("baseline of the distributions", DISTRIBUTIONS),
    ):
        path = directory / name
        yield Kind(name=title, samples=[path.read_bytes()], read=stored(path, use))
    for path in sorted((place.baselines / SHARED).glob("*/*")):
        form = "text" if path.suffix == ".txt" else "json"
        yield Kind(
            name=f"shared {path.parent.name} of baselines",
            samples=[path.read_bytes()],
            read=_named(path, directory, use),
            form=form,
        )


def _named(path: Path, directory: Path, use: Callable[[Path], object]) -> Read:
    """A function that stores a shared file by its digest, and names it in the baselines there."""
    sound = path.relative_to(path.parent.parent).as_posix()

    def read(data: bytes) -> object:
        digest = hashlib.sha256(data).hexdigest()[:DIGITS]
        name = f"{sound[: -DIGITS - len(path.suffix)]}{digest}{path.suffix}"
        texts = {file: file.read_bytes() for file in directory.iterdir()}
        (path.parent.parent / name).write_bytes(data)
        for file, text in texts.items():
            file.write_bytes(text.replace(sound.encode(), name.encode()))
        try:
            return use(path)
        finally:
            for file, text in texts.items():
                file.write_bytes(text)
            if name != sound:
                (path.parent.parent / name).unlink()

    return read


def _of_scripts(root: Path) -> Kind:
    """The baseline of a plain script, against which the same script is then held."""
    seen = did(1, {"x": array(1.0, "nan", shape=(1, 2))}, texts={"t": "a"}, printed="1.0\n")
    now = traced([statement(1), statement(2)], seen, did(2, error="TypeError: no"), target=FRESH)
    path = script_baseline(root / "some.py", FRESH)

    def use(path: Path) -> object:
        found = hold("some.py", load_trace(path), now, Tolerances())
        json.dumps(held_document([found], [], 0))
        return held_text([found]) + held_page([found], [])

    return Kind(
        name="baseline of a script",
        samples=[trace_text(now).encode()],
        read=stored(path, use),
        part=0.2,
    )
