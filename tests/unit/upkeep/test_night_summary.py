"""The summary of a night and the alarm, with escaped texts of records."""

import datetime
import re
import shlex
from collections.abc import Callable
from dataclasses import replace

import pytest

from harness.judging.changes import ChangeKind
from harness.judging.known import Knowledge
from harness.upkeep.causes import Cause
from harness.upkeep.issue_texts import FRESHNESS, alarm, case, complete, gone
from harness.upkeep.issues import Case, Deed, Filed, IssueAction
from harness.upkeep.night import Conclusion, IssueOutcome, Seen
from harness.upkeep.night_summary import headline, summary
from harness.upkeep.regressions import Difference, fingerprint_of, regression
from tests.support.night_texts import (
    BAD,
    EMPTY,
    LINK,
    NOW,
    change,
    conclusion_of,
    issue_of,
    named,
    night_of,
    on,
    stored,
    window,
)
from tests.support.places import TARGETS

# text from a record, by what it tries; `told` are the places that it can come from
EVIL = {
    "markup": "<script>alert(1)</script>",
    "a mention": "@someone",
    "a cell": "x | y | z",
    "half a cell": "x \\",
    "code": "`x`` <script> @someone",
    "a line": "x\n\n# A title\n\n- @someone",
    "a line of its own": "x\r\n---\r\n@someone",
    "another line": "x\u2028# @someone\x0b# @someone\x85# @someone",
    "the end of a block": "x\n```\n@someone <script>",
    "the end of a comment": "x --> @someone <script>",
    "another comment": "<!-- x",
    "a fold": "</details><script>",
    "a link": "[x](https://example.org) https://example.org",
    "a command": "x; rm -rf ~ # $(id) `id`",
    "much of it": "<@|`\n" * 400,
    "one long word": "@" * 20_000,
}


def evil_change(text: str) -> Case:
    return issue_of(*on(window(), change(text, scenario=text, before=text, after=f"{text}!")))


def evil_variant(text: str) -> Case:
    return issue_of(*on(window(), replace(change(), variants=(text, "strict"))))


def evil_internal(text: str) -> Case:
    of = change(text, ChangeKind.DEFAULT, scenario="", before=f"a\n{text}", after=f"b\n{text}")
    return issue_of(*on(window(), of))


def evil_packages(text: str) -> Case:
    differs = (
        Difference(name=text, good=text, bad=f"{text}!"),
        Difference(name="keras", good=text, bad=f"{text}!"),
    )
    return issue_of(*on(window(packages=differs)))


def evil_machine(text: str) -> Case:
    differs = (Difference(name="CPU", good=text, bad=f"{text}!"),)
    return issue_of(*on(window(packages=(), machine=differs, sources=differs)))


def evil_failure(text: str) -> Case:
    seen = (Seen(target="tf-2.15", failure=text), Seen(target="tf-2.16", lost=(text, "more")))
    return alarm(night_of(seen=seen))


def evil_summary(text: str) -> Case:
    """The summary in the form of a case."""
    package = Difference(name=text, good="1", bad="2")
    found = regression(on(window(packages=(package,)), change(text)))
    seen = (
        Seen(target="tf-2.15", failure=text, earlier=text, once=(text, text)),
        Seen(target="tf-2.16", known=(text, text), started=BAD),
    )
    conclusion = Conclusion(
        night=night_of(found, seen=seen), regressions=(found,), troubles=(text,)
    )
    over = Filed(issue=replace(stored(issue_of(*on(window()))), title=text), marker=EMPTY)
    text = summary(conclusion, [IssueAction(deed=Deed.CLOSE, filed=over)])
    return Case(marker=EMPTY, title="a title", body=text)


def evil_cause(text: str) -> Case:
    finding = change("reset")
    found = regression(on(window(), finding))
    cause = Cause(fingerprint=fingerprint_of(finding), finding=text, reason=text)
    seen = (Seen(target=found.targets[0], causes=(cause,)),)
    night = night_of(found, seen=seen)
    return case(found, night, TARGETS, LINK)


PLACES: dict[str, Callable[[str], Case]] = {
    "a change": evil_change,
    "a variant": evil_variant,
    "an internal": evil_internal,
    "packages": evil_packages,
    "the machine": evil_machine,
    "a failure": evil_failure,
    "a cause": evil_cause,
    "the summary": evil_summary,
}

BLOCK = re.compile(r"^```sh\n(?:(?!```).*\n)*?```$", re.MULTILINE)

CODE = re.compile(r"\\.|`[^`\n]*`")  # and escaped characters

ESCAPED = re.compile(r"\\.")


def shape(markdown: str) -> list[str]:
    """The beginning of each line, and its number of cells."""
    lines = []
    for line in markdown.splitlines():
        begin = re.match(r"[|#*\-`<]*", line)
        lines.append(f"{begin[0] if begin else ''} {re.sub(ESCAPED, '', line).count('|')}")
    return lines


@pytest.mark.parametrize("text", EVIL.values(), ids=EVIL)
@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
def test_text_from_records_stays_text(place: Callable[[str], Case], text: str) -> None:
    made, harmless = place(text), place("x y")
    read_as, expected = (BLOCK.sub("", each.body) for each in (made, harmless))
    assert shape(read_as) == shape(expected)
    bare = re.sub(CODE, "", read_as).replace("<details><summary>", "")
    bare = bare.replace("</summary>", "").replace("</details>", "")
    assert not re.search(r"<|@\w|://", bare.replace(LINK, ""))
    commands, expected_commands = (
        [
            shlex.split(line, comments=True)
            for block in BLOCK.findall(body)
            for line in block.split("\n")
        ]
        for body in (made.body, harmless.body)
    )
    for words, others in zip(commands, expected_commands, strict=True):
        # the same number of words, or none: a command that is too long is left out
        assert not words or (words[0], len(words)) == (others[0], len(others))
    stored(made)  # raises if it does not fit


ONE = regression(on(window("a")))

TWO = regression(on(window("b"), change("other", ChangeKind.NEWLY_RAISES)))

WORKS = regression(on(window("c"), change("third", ChangeKind.WORKS)))

LOST = Seen(target="tf-2.15", failure="it crashed", seconds=30.0)

HEADLINES = {
    "nothing": (conclusion_of(), "**No regressions**; 0 of 0 targets checked, 0 not; 0 minutes"),
    "one": (conclusion_of(ONE), "**1 regression**; 1 of 1 target checked, 0 not; 0 minutes"),
    "two": (conclusion_of(ONE, TWO), "**2 regressions**; 2 of 2 targets checked, 0 not; 1 minute"),
    "what works is none": (
        conclusion_of(WORKS, seen=[replace(LOST, seconds=95.0)]),
        "**No regressions**; 1 of 2 targets checked, 1 not; 2 minutes",
    ),
    "what became of issues": (
        replace(
            conclusion_of(ONE, TWO, seen=[LOST]),
            issues={
                "1": IssueOutcome(deed=Deed.OPEN, link="x"),
                "2": IssueOutcome(deed=Deed.OPEN, link="y"),
                "3": IssueOutcome(deed=Deed.CLOSE, link="z"),
                "4": IssueOutcome(deed=Deed.LEAVE, link="z"),
            },
        ),
        "**2 regressions**, 2 opened, 1 closed; 2 of 3 targets checked, 1 not; 2 minutes",
    ),
}


@pytest.mark.parametrize(("conclusion", "message"), HEADLINES.values(), ids=HEADLINES)
def test_the_headline_counts(conclusion: Conclusion, message: str) -> None:
    assert headline(conclusion) == f"{message} of checks."


def test_the_headline_counts_findings_by_how_much_is_known_of_them() -> None:
    some = {Knowledge.EXPLAINED: 3, Knowledge.UNKNOWN: 1}
    seen = [
        replace(LOST, findings=some),
        replace(LOST, findings={Knowledge.EXPLAINED: 2, Knowledge.COVERED: 4}),
    ]
    counts = " Findings: 5 explained, 4 covered, 1 unknown."
    assert headline(conclusion_of(seen=seen)).endswith(f" of checks.{counts}")


def test_the_headline_has_the_last_complete_night_if_it_is_stale() -> None:
    night = replace(night_of(ONE), fresh=NOW - datetime.timedelta(days=3, seconds=1))
    assert headline(replace(conclusion_of(ONE), night=night)).endswith(
        " No night was complete since 2026-03-02 01:59 UTC."
    )


def test_the_summary_of_a_night_without_findings_is_its_headline() -> None:
    text = summary(conclusion_of(), [])
    assert text == f"# Night of 2026-03-05 02:00 UTC\n\n{headline(conclusion_of())}\n"


def test_the_summary_has_every_part() -> None:
    fine = Seen(target="tf-2.14", started=BAD)
    seen = (
        LOST,
        replace(fine, target="tf-2.16", lost=("stateful / fixed: run 2 crashed", "internals: no")),
        replace(fine, target="tf-2.17", earlier="2 drift", once=("drift: a | b", "step: c")),
        replace(fine, target="tf-2.18", earlier="1 drift", sightings=TWO.sightings),
        replace(fine, target="tf-2.19", earlier="it crashed", failure="and again"),
        replace(fine, target="tf-nightly", known=("a known change", "another")),
        replace(fine, target="tf-2.20", known=("a known change",), covered=("texts", "moves")),
        replace(fine, target="tf-2.21", covered=("texts",)),
    )
    conclusion = replace(
        conclusion_of(ONE, WORKS, seen=seen),
        issues={ONE.fingerprint: IssueOutcome(deed=Deed.OPEN, link=LINK)},
        troubles=("no issue was opened, updated or closed: it is down",),
    )
    over = Filed(issue=stored(issue_of(*on(window()))), marker=EMPTY)
    text = summary(
        conclusion, [IssueAction(deed=Deed.CLOSE, filed=over), IssueAction(deed=Deed.OPEN)]
    )
    assert text.splitlines()[3:] == [
        "",
        "- no issue was opened, updated or closed: it is down",
        "",
        "## Regressions",
        "",
        "| fingerprint | what | since | issue |",
        "| --- | --- | --- | --- |",
        f"| `{ONE.fingerprint}` | a: other values: stateful / step "
        f"| 2026-03-02 02:00 UTC (keras) | opened: {LINK} |",
        "",
        "## Works now",
        "",
        "| fingerprint | what | since | issue |",
        "| --- | --- | --- | --- |",
        f"| `{WORKS.fingerprint}` | c: works now: stateful / third "
        "| 2026-03-02 02:00 UTC (keras) | none |",
        "",
        "## Closed",
        "",
        f"- closed: [{over.issue.title}]({LINK})",
        "",
        "## Known changes that show",
        "",
        "- **tf-nightly**: a known change; another",
        "- **tf-2.20**: a known change; covered only: texts; moves",
        "- **tf-2.21**: covered only: texts",
        "",
        "Nobody has looked at what is covered only. `nox -s tf-nightly -- --force-regen` accepts "
        "the known changes there.",
        "",
        "## Not checked",
        "",
        "| target | why |",
        "| --- | --- |",
        "| tf-2.15 | `it crashed` |",
        "| tf-2.16 | `stateful / fixed: run 2 crashed; internals: no` |",
        "| tf-2.19 | `and again` |",
        "",
        "## Run again",
        "",
        "| target | the first time | the second time |",
        "| --- | --- | --- |",
        "| tf-2.17 | `2 drift` | something else |",
        "| tf-2.18 | `1 drift` | differs |",
        "| tf-2.19 | `it crashed` | not checked |",
        "",
        "Only one of the two runs shows these; they are not regressions:",
        "",
        r"- **tf-2.17**: drift: a \| b; step: c",
    ]


def test_a_summary_counts_the_findings_that_it_does_not_list() -> None:
    once = tuple(f"step: {n}" for n in range(12))
    seen = [Seen(target="tf-2.17", started=BAD, earlier="12 drift", once=once)]
    assert summary(conclusion_of(seen=seen), []).endswith("; step: 9 and 2 more\n")


def test_another_machine_is_named_as_the_cause_although_packages_differ() -> None:
    found = regression(on(window(moved=True)))
    assert "2026-03-02 02:00 UTC (ground) |" in summary(conclusion_of(found), [])
    assert case(found, night_of(found), named(*found.targets), "").title.startswith(
        "The ground moved: "
    )


def test_the_alarm_names_all_targets_and_shows_the_unchecked_ones() -> None:
    night = replace(night_of(ONE, seen=[LOST]), fresh=NOW - datetime.timedelta(days=4))
    made = alarm(night)
    assert made.title == "No complete night since 2026-03-01 02:00 UTC"
    assert "**No night has checked all of 2 targets for more than 3 days**" in made.body
    assert "| tf-2.15 | `it crashed` |" in made.body
    assert made.marker.targets == ("a", "tf-2.15")
    assert made.marker.present == {FRESHNESS: ("tf-2.15",)}
    assert made.body.endswith("write your own text into a comment.*\n")
    later = replace(night, began=NOW + datetime.timedelta(days=1))
    assert alarm(later).marker.fingerprint == made.marker.fingerprint
    another = replace(night, fresh=NOW - datetime.timedelta(days=5))
    assert alarm(another).marker.fingerprint != made.marker.fingerprint
    crowded = [Seen(target=f"tf-2.{n}-legacy", failure="|" * 9999) for n in range(60)]
    stored(alarm(night_of(seen=crowded)))  # raises if it does not fit


def test_what_a_search_found_is_a_block_of_its_issue_and_of_the_summary() -> None:
    finding = change("reset")
    found = regression(on(window(), finding))
    answer = "because of keras 3.15 → 3.16\n  the old version takes it away\n\n```\n"
    cause = Cause(fingerprint=fingerprint_of(finding), finding="other values: reset", found=answer)
    night = night_of(found, seen=(Seen(target=found.targets[0], causes=(cause,)),))
    conclusion = Conclusion(night=night, regressions=(found,))
    block = (
        "A search for other values: reset:\n\n"
        "    because of keras 3.15 → 3.16\n      the old version takes it away\n    \n    ```\n"
    )
    assert block in case(found, night, TARGETS, "").body
    assert block in summary(conclusion, [])
    other = replace(cause, fingerprint="of another finding")
    night = night_of(found, seen=(Seen(target=found.targets[0], causes=(other,)),))
    assert "A search" not in case(found, night, TARGETS, "").body


def test_the_lines_of_an_answer_that_are_left_out_are_counted() -> None:
    long = Cause(fingerprint="1", finding="other values: reset", found="a line\n" * 83)
    text = summary(conclusion_of(seen=[Seen(target="tf-nightly", causes=(long,))]), [])
    assert text.count("    a line\n") == 80
    assert "*3 more lines: `cause.json` of the target has all.*" in text


def test_an_answer_that_was_not_reached_has_its_reason() -> None:
    late = Cause(fingerprint="1", finding="other values: reset", reason="the time was over")
    conclusion = conclusion_of(seen=[Seen(target="tf-nightly", causes=(late,))])
    assert "There is no more: the time was over." in summary(conclusion, [])


def test_a_closing_comment_names_its_night() -> None:
    text = "The night of 2026-03-05 02:00 UTC"
    rest = " shows none of these findings: they were fixed, or the baselines have changed."
    assert gone(night_of(), ["x"], [], LINK) == f"{text} ([the run]({LINK})){rest}"
    assert gone(night_of(), ["x"], [], "") == f"{text}{rest}"
    left = "No night checks y any more: not among the targets."
    assert gone(night_of(), ["x"], ["y"], "") == f"{text}{rest} {left}"
    # nobody knows whether it was fixed
    assert gone(night_of(), [], ["y"], "") == f"{text} checked no target of these findings. {left}"
    text = "All targets were checked in the night of 2026-03-05 02:00 UTC"
    assert complete(night_of(), LINK) == f"{text} ([the run]({LINK}))."
    assert complete(night_of(), "") == f"{text}."
    later = replace(night_of(), began=NOW + datetime.timedelta(days=1))
    assert complete(later, LINK) == f"{text}."  # in another run
