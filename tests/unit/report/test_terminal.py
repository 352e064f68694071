"""Tables for people: 80 columns, correct sums, and text without interpretation of markup."""

import io
import re
from dataclasses import replace

import pytest
from rich.console import Console

from harness.judging.judge import REPRODUCED
from harness.judging.verdicts import Axis, Outcome, Standing, Verdict
from harness.report import terminal
from harness.report.terminal import NAMED, REASONS
from harness.running.check import OUTCOMES
from harness.running.results import Checked
from tests.support.makers import verdict
from tests.support.places import TARGETS

EVERY = tuple(verdict(outcome, step=f"step {outcome}", mean=0.5) for outcome in Outcome)
LONG = "a step with [red]markup[/red], a [/], an [unknown] tag and a name longer than its column"
FAILED = Checked(
    target="tf-2.1",
    verdicts=(verdict(Outcome.ENVIRONMENT_FAILED), verdict(Outcome.ENVIRONMENT_FAILED, "more")),
    failure="uv [bold]failed[/bold]:\nno network",
    exit_code=3,
)
# a target that these befall has no table
WITHOUT_RECORD = (Outcome.ENVIRONMENT_FAILED, Outcome.NO_INTERPRETER)
NAMES = tuple(TARGETS)


def checked(*verdicts: Verdict, target: str = "tf-2.0", code: int = 1) -> Checked:
    return Checked(target=target, verdicts=verdicts, exit_code=code, seconds=1.25)


def console(*, is_terminal: bool = False) -> tuple[Console, io.StringIO]:
    stream = io.StringIO()
    return Console(width=80, file=stream, highlight=False, force_terminal=is_terminal), stream


def shown(*done: Checked) -> str:
    """The output for one target, or the matrix of several."""
    out, stream = console()
    if len(done) == 1:
        terminal.print_checked(done[0], out)
    else:
        terminal.print_matrix(done, out)
    return stream.getvalue()


REPORTS = {
    "one target": [checked(*EVERY)],
    "one target with a long step": [checked(verdict(Outcome.DRIFT, LONG, mean=-0.123456789))],
    "one target with large means": [checked(verdict(Outcome.DRIFT, mean=-1234567.891234567))],
    "one target that failed": [FAILED],
    "one target without observations": [checked(code=0)],
    "two targets": [checked(*EVERY), FAILED],
    "two targets with a long step": [checked(verdict(Outcome.DRIFT, LONG)), FAILED],
    "22 targets": [checked(*EVERY, target=name) for name in NAMES[:22]],
    "all targets": [checked(*EVERY, target=name) for name in NAMES],
}


@pytest.mark.parametrize("done", REPORTS.values(), ids=REPORTS)
def test_no_line_is_longer_than_80_columns(done: list[Checked]) -> None:
    assert [line for line in shown(*done).splitlines() if len(line) > 80] == []


@pytest.mark.parametrize("done", REPORTS.values(), ids=REPORTS)
def test_a_pipe_gets_no_escape_codes(done: list[Checked]) -> None:
    assert "\x1b" not in shown(*done)


def test_a_terminal_gets_colours_unless_no_color_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    colours = re.compile(r"\x1b\[(?:\d+;)*3[0-7]")
    for no_color, expected in (("", True), ("1", False)):
        monkeypatch.setenv("NO_COLOR", no_color)
        monkeypatch.setenv("TERM", "xterm-256color")
        out, stream = console(is_terminal=True)
        terminal.print_checked(checked(*EVERY), out)
        assert bool(colours.search(stream.getvalue())) is expected


def test_every_outcome_is_shown_with_its_step_and_its_mean() -> None:
    lines = shown(checked(*EVERY)).splitlines()
    for outcome in set(Outcome) - {*WITHOUT_RECORD, Outcome.LEFT_OUT}:
        [line] = [line for line in lines if line.startswith(f"step {outcome}  ")]
        assert line.split()[-len(outcome.split()) :] == outcome.split()
        assert "0.50000000" in line


def test_text_that_looks_like_markup_is_shown_as_it_is() -> None:
    text = "".join(shown(checked(verdict(Outcome.DRIFT, LONG))).split("\n"))
    for part in ("[red]", "[/red]", "[/]", "[unknown]"):
        assert part in text
    assert "uv [bold]failed[/bold]" in shown(FAILED)
    assert "uv [bold]failed[/bold]" in shown(FAILED, checked(*EVERY))


def test_an_unchecked_target_is_shown_with_its_reason() -> None:
    assert shown(FAILED).splitlines() == [
        "tf-2.1: could not be checked: uv [bold]failed[/bold]:",
        "no network",
        "2 observations: 2 environment failed",
    ]


def test_the_outcomes_of_a_target_add_up() -> None:
    text = " ".join(shown(checked(*EVERY, EVERY[0])).split())
    count, rest = re.split(r"(\d+) observations: ", text)[1:]
    outcomes, standings = rest.split(" tf-2.0 REGRESSED in 1.2 s: ")
    assert int(count) == len(Outcome) + 1
    assert sum(map(int, re.findall(r"\d+", outcomes))) == len(Outcome) + 1
    assert sum(map(int, re.findall(r"\d+", standings))) == len(Outcome) + 1
    assert outcomes.startswith("2 identical, 1 equal, ")
    assert [part.split(" ", 1)[1] for part in standings.split(", ")] == list(Standing)


def test_differences_are_printed_last_and_the_worst_first() -> None:
    verdicts = [verdict(outcome, f"step {outcome}") for outcome in Outcome]
    reasons = [line for line in shown(checked(*verdicts)).splitlines() if " / step " in line]
    assert len(reasons) == REASONS
    assert "step drift: drift" in reasons[0]
    assert not [line for line in reasons if "identical" in line]
    fine = {v for v in verdicts if v.outcome.standing is Standing.UNCHANGED}
    silent = {v for v in verdicts if v.outcome.silent}
    more = len(verdicts) - len(fine) - len(silent) - REASONS
    assert f"... and {more} more, in verdicts.json" in shown(checked(*verdicts))


def test_a_changed_source_is_named_among_many_differences() -> None:
    wrong = [verdict(Outcome.DRIFT, f"step {n}") for n in range(REASONS)]
    inside = verdict(Outcome.BODY_CHANGED, "LSTMCell.call", axis=Axis.WATCH)
    assert "the source differs: LSTMCell.call" in shown(checked(*wrong, inside))
    assert "the source differs" not in shown(checked(*wrong, wrong[0]))
    assert "the source differs" not in shown(checked(inside))  # its row has the reason


def test_an_unchanged_target_has_no_reasons() -> None:
    assert " / step" not in shown(checked(verdict(Outcome.RAISES, "step"), code=0))


def test_steps_that_ran_once_are_counted_apart_from_the_noise_of_two_runs() -> None:
    noisy = replace(verdict(Outcome.IDENTICAL, "noisy"), noise=0.0)
    once = [verdict(Outcome.IDENTICAL, step, reason=REPRODUCED) for step in ("a", "b")]
    text = shown(checked(noisy, *once, code=0))
    assert "noise between two runs: in 0 of 1 reproducible step, at most 0.0 ULP\n" in text
    assert "reproduced by one run: 2 steps, equal to the baseline of another day\n" in text
    assert "reproduced by one run" not in shown(checked(noisy, code=0))
    assert "noise" not in shown(checked(*once, code=0))


def test_no_observations_are_counted_as_none() -> None:
    assert "0 observations: none\n" in shown(checked(code=0))


def test_the_matrix_has_a_sign_for_each_target_and_counts_them() -> None:
    good = checked(verdict(Outcome.IDENTICAL), target="tf-2.2", code=0)
    bad = checked(verdict(Outcome.DRIFT), verdict(Outcome.RAISES, "more"), target="tf-2.10")
    text = shown(good, FAILED, bad)
    lines = text.splitlines()
    column = 34
    assert [line[column:] for line in lines[:4]] == ["  2", "22.", "..1", "210"]
    [step] = [line for line in lines if line.startswith("  step ")]
    [more] = [line for line in lines if line.startswith("  more ")]
    assert (step[column:], more[column:]) == ("=!D", " !e")
    assert "tf-2.1: could not be checked: uv [bold]failed[/bold]:" in lines
    assert "tf-2.10 REGRESSED in 1.2 s: 1 unchanged, 1 regressed" in lines
    assert not [line for line in lines if line.startswith("tf-2.2 ")]
    assert " ".join(text.split()).endswith(
        "5 observations: 1 identical, 1 raises, 1 drift, 2 environment failed "
        "5 observations: 2 unchanged, 0 noticed, 0 fixed, 1 regressed, 0 inconclusive, 2 not run "
        "3 targets: 1 unchanged, 0 noticed, 0 fixed, 1 regressed, 0 inconclusive, 1 not run"
    )


def test_the_totals_of_a_matrix_add_up() -> None:
    text = " ".join(shown(*(checked(*EVERY, target=name) for name in NAMES), FAILED).split())
    observations, targets = len(EVERY) * len(NAMES) + 2, len(NAMES) + 1
    counted, totals = text.rsplit(f"{observations:,} observations: ", 2)[1:]
    standings, of_targets = totals.split(f" {targets} targets, in part: ")  # one outcome: left out
    for parts, total in (
        (counted, observations),
        (standings, observations),
        (of_targets, targets),
    ):
        assert sum(map(int, re.findall(r"\d+", parts))) == total
    for parts in (standings, of_targets):
        assert [part.split(" ", 1)[1] for part in parts.split(", ")] == list(Standing)


INTERNAL = verdict(Outcome.IDENTICAL, "RNN.call", axis=Axis.WATCH)
OUT_OF_REACH = verdict(
    Outcome.IDENTICAL, "RNN.states", axis=Axis.WATCH, reason="not inspectable: no"
)
WATCHED = checked(verdict(Outcome.IDENTICAL), INTERNAL, OUT_OF_REACH, code=0)


def failed(outcome: Outcome) -> Checked:
    """A target with the steps of `WATCHED` that could not be checked."""
    verdicts = (replace(v, outcome=outcome, reason="no network") for v in WATCHED.verdicts)
    return Checked(target="tf-2.1", verdicts=tuple(verdicts), failure="no network", exit_code=3)


FAILURES = (*OUTCOMES.values(), Outcome.CRASHED)


@pytest.mark.parametrize("outcome", FAILURES)
def test_an_unchecked_target_does_not_hide_the_internals_of_the_others(
    outcome: Outcome,
) -> None:
    lines = shown(WATCHED, failed(outcome)).splitlines()
    [step] = [line for line in lines if line.startswith("  step ")]
    assert step.endswith(f"={outcome.sign}")
    assert [line for line in lines if "RNN." in line] == []
    assert "internals unchanged: 2, of which could not be inspected: 1" in lines


@pytest.mark.parametrize("outcome", FAILURES)
def test_an_unchecked_target_has_the_standing_of_its_outcome(outcome: Outcome) -> None:
    text = " ".join(shown(WATCHED, failed(outcome)).split())
    assert f"3 {outcome.standing}" in text.rsplit("observations: ", 1)[1]
    assert f"1 {outcome.standing}" in text.rsplit("targets: ", 1)[1]


def test_a_target_that_failed_without_verdicts_is_shown() -> None:
    nothing = Checked(target="tf-2.1", failure="no network", exit_code=3)
    assert "tf-2.1: could not be checked: no network" in shown(WATCHED, nothing)


def by_the_oracle(outcome: Outcome, step: str = "step", ulp: float | None = None) -> Verdict:
    return replace(verdict(outcome, step, axis=Axis.ORACLE), ulp=ulp)


def test_the_oracle_has_one_line_unless_it_disagrees() -> None:
    near = [by_the_oracle(Outcome.EQUAL, "one", 0.51), by_the_oracle(Outcome.EQUAL, "two", 4.25)]
    none = by_the_oracle(Outcome.NOT_APPLICABLE, "three")
    line = "oracle agrees: 2, at most 4.2 ULP away; nothing to compare: 1"
    drift = replace(verdict(Outcome.EQUAL, "five"), ulp=7.5)  # from a baseline, not the oracle
    agrees = shown(checked(*near, none, drift, code=0)).splitlines()
    assert line in agrees
    assert [text for text in agrees if text.startswith(("one", "two", "three"))] == []
    disagrees = shown(checked(*near, none, by_the_oracle(Outcome.DRIFT, "four", 99.0))).splitlines()
    assert line in disagrees
    [row] = [text for text in disagrees if text.startswith("four ")]
    assert row.rstrip().endswith("drift")


def test_left_out_scenarios_are_named_and_counted_and_do_not_fail_a_target() -> None:
    left_out = [
        verdict(Outcome.LEFT_OUT, "one", scenario="reset"),
        verdict(Outcome.LEFT_OUT, "two", scenario="reset"),
        verdict(Outcome.LEFT_OUT, "RNN.call", axis=Axis.WATCH),
        verdict(Outcome.LEFT_OUT, "one", axis=Axis.ORACLE),
    ]
    lines = shown(checked(verdict(Outcome.IDENTICAL), *left_out, code=0)).splitlines()
    assert "left out: reset fixed, internals, oracle stateful" in lines
    assert "internals unchanged: 0, of which could not be inspected: 0" in lines
    assert [line for line in lines if line.startswith(("one", "two", "RNN", "oracle"))] == []
    assert lines[-2:] == [
        "5 observations: 1 identical, 4 left out",
        "tf-2.0 passed in 1.2 s: 1 unchanged, 4 not run",
    ]
    assert "left out" not in shown(checked(verdict(Outcome.IDENTICAL), code=0))


def test_a_long_list_of_left_out_scenarios_ends_with_a_number() -> None:
    left_out = [verdict(Outcome.LEFT_OUT, scenario=f"s{n}") for n in range(NAMED + 2)]
    [line] = [x for x in shown(checked(*left_out, code=0)).splitlines() if x.startswith("left")]
    assert line.endswith(f"s{NAMED - 1} fixed and 2 more")


def test_a_step_that_was_left_out_on_one_target_has_the_sign_of_the_other() -> None:
    left_out, there = (verdict(outcome) for outcome in (Outcome.LEFT_OUT, Outcome.DRIFT))
    lines = shown(checked(left_out, code=0), checked(there, target="tf-2.1")).splitlines()
    [step] = [line for line in lines if line.startswith("  step ")]
    assert step.endswith("-D")


def test_a_known_change_is_shown_with_its_reason_and_passes() -> None:
    known = verdict(Outcome.KNOWN_CHANGE, reason="a title: drift: mean 2 instead of mean 1")
    lines = shown(checked(verdict(Outcome.IDENTICAL, "other"), known, code=0)).splitlines()
    assert any(line.split() == ["step", "known", "change"] for line in lines)
    assert (
        "  stateful / fixed / step: known change: a title: drift: mean 2 instead of mean " in lines
    )
    assert lines[-1] == "tf-2.0 passed in 1.2 s: 1 unchanged, 1 noticed"


def test_internals_that_were_all_lost_share_one_row() -> None:
    lost = verdict(Outcome.CRASHED, "", axis=Axis.WATCH, reason="the watch crashed")
    one = shown(checked(verdict(Outcome.IDENTICAL), lost, code=3)).splitlines()
    assert any(line.split() == ["(all)", "crashed"] for line in one)
    both = shown(checked(verdict(Outcome.IDENTICAL)), checked(lost, target="tf-2.1", code=3))
    [line] = [line for line in both.splitlines() if line.startswith("  (all)")]
    assert line.endswith(" X")


def test_markdown_is_formatted_on_a_terminal_and_unchanged_in_a_pipe() -> None:
    text = "# a → b\n\n- `step` [red]: 1 \\< 2, " + "and so on " * 20 + "\n"
    for is_terminal in (False, True):
        out, stream = console(is_terminal=is_terminal)
        terminal.print_markdown(text, out)
        assert (stream.getvalue() == text) is not is_terminal
        assert "a → b" in stream.getvalue()


def test_only_changed_internals_have_a_row() -> None:
    same, body, moved = (
        verdict(outcome, step, axis=Axis.WATCH)
        for outcome, step in (
            (Outcome.IDENTICAL, "RNN.call"),
            (Outcome.BODY_CHANGED, "RNN.build"),
            (Outcome.CHANGED, "RNN.states"),
        )
    )
    one = shown(checked(same, body, moved)).splitlines()
    build = verdict(Outcome.IDENTICAL, "RNN.build", axis=Axis.WATCH)
    other = checked(same, build, target="tf-2.1", code=0)
    both = shown(checked(same, body, moved), other).splitlines()
    for printed in (one, both):
        lines = [line for line in printed if " / " not in line]  # the other lines have reasons
        [rest] = [line for line in lines if line.startswith("internals unchanged: ")]
        assert rest.startswith("internals unchanged: 1")
        assert not [line for line in lines if "RNN.call" in line]
        assert len([line for line in lines if "RNN.build" in line]) == 1
        assert len([line for line in lines if "RNN.states" in line]) == 1


def test_the_matrix_of_all_targets_keeps_the_signs_beside_their_step() -> None:
    done = [checked(*EVERY, target=name) for name in NAMES]
    lines = shown(*done).splitlines()
    for outcome in set(Outcome) - {Outcome.LEFT_OUT}:
        step = f"  step {outcome} "
        signs = "".join(line.removeprefix(step) for line in lines if line.startswith(step))
        assert signs.replace(" ", "") == outcome.sign * len(NAMES)


WORST = {
    "all is well": ([Outcome.IDENTICAL, Outcome.RAISES], "passed"),
    "a body alone changed": ([Outcome.IDENTICAL, Outcome.BODY_CHANGED], "passed"),
    "one is fixed": ([Outcome.IDENTICAL, Outcome.FIXED], "FIXED"),
    "one could not be checked": ([Outcome.FIXED, Outcome.CRASHED], "INCONCLUSIVE"),
    "a known change": ([Outcome.IDENTICAL, Outcome.KNOWN_CHANGE], "passed"),
    "one is left out": ([Outcome.IDENTICAL, Outcome.LEFT_OUT], "passed"),
    "nothing applies to one": ([Outcome.IDENTICAL, Outcome.NOT_APPLICABLE], "passed"),
    "one regressed": ([Outcome.CRASHED, Outcome.DRIFT, Outcome.FIXED], "REGRESSED"),
}


@pytest.mark.parametrize(("outcomes", "word"), WORST.values(), ids=WORST)
def test_the_line_of_a_target_names_its_worst_standing(outcomes: list[Outcome], word: str) -> None:
    one = checked(*map(verdict, outcomes), code=0 if word == "passed" else 1)
    assert shown(one).splitlines()[-1].startswith(f"tf-2.0 {word} in 1.2 s: ")
