"""What people read of a night: all that they need, and text from records that stays text."""

import datetime
import re
import shlex
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from harness.changes import Change, ChangeKind
from harness.filing import Case, Deed, Filed, Marker, Step, read
from harness.night import Conclusion, Night, Seen
from harness.regressions import (
    ABSENT,
    ACCEPTED,
    Difference,
    Regression,
    Sighting,
    Window,
    regression,
)
from harness.report.night import FRESHNESS, alarm, case, complete, gone, headline, summary
from harness.targets import Target
from harness.tracker import TEXT_LENGTH, TITLE_LENGTH, Issue, refuse_unfit

NOW = datetime.datetime(2026, 3, 5, 2, 0, tzinfo=datetime.UTC)
GOOD, BAD = "2026-03-01T02:00:00+00:00", "2026-03-02T02:00:00+00:00"
KERAS = Difference(name="keras", good="3.15.1", bad="3.16.0")
NUMPY = Difference(name="numpy", good="2.1.0", bad="2.2.0")
DISTRIBUTIONS = {"tensorflow": "2.21.0", "keras": "3.16.1", "numpy": "2.2.0", "rich": "14.0"}
LINK = "https://example.org/runs/1"


def window(target: str = "tf-2.21-fresh", *, good: str | None = GOOD, **differs: object) -> Window:
    made = Window(target=target, good=good, bad=BAD, packages=(KERAS,))
    return replace(made, **differs)  # type: ignore[arg-type]


def change(
    step: str = "step",
    kind: ChangeKind = ChangeKind.VALUES,
    *,
    scenario: str = "stateful",
    before: str = "mean 1",
    after: str = "mean 2",
) -> Change:
    return Change(
        kind=kind,
        subject=step,
        scenario=scenario,
        variants=("fixed", "strict") if scenario else (),
        before=before,
        after=after,
    )


def on(of: Window, *changes: Change) -> list[Sighting]:
    return [Sighting(change=each, window=of) for each in changes or (change(),)]


def named(*names: str) -> dict[str, Target]:
    return {
        name: Target(
            name=name,
            family="fresh",
            python="3.13",
            requirements=("tensorflow",),
            variables={"TF_USE_LEGACY_KERAS": "1"} if name.startswith("legacy") else {},
            prereleases=name == "tf-nightly",
        )
        for name in names
    }


def night_of(*found: Regression, seen: Sequence[Seen] = ()) -> Night:
    """A night in which these regressions were seen, and `seen` besides."""
    names = dict.fromkeys(target for each in found for target in each.targets)
    checked = [
        Seen(
            target=name,
            started=BAD,
            distributions=DISTRIBUTIONS,
            sightings=tuple(s for each in found for s in each.sightings if s.target == name),
            seconds=30.0,
        )
        for name in names
    ]
    return Night(began=NOW, fresh=NOW, seen=(*checked, *seen))


def issue_of(*sightings: Sighting, link: str = LINK) -> Case:
    found = regression(sightings)
    return case(found, night_of(found), named(*found.targets), link)


def block(body: str, heading: str) -> list[str]:
    """The commands below a heading."""
    below = body.split(f"### {heading}\n\n```sh\n")[1]
    return below.split("\n```")[0].splitlines()


def test_an_issue_says_since_when_what_and_how_to_see_and_to_accept_it() -> None:
    sources = (Difference(name="LSTM.call", good="return h, [h, c]", bad="return h, [c, h]"),)
    of = window(packages=(KERAS, NUMPY), sources=sources)
    made = issue_of(*on(of, change(), change("RNN.call", ChangeKind.SIGNATURE, scenario="")))
    assert made.title == (
        "keras 3.16.0, numpy 2.2.0: other values: stateful / step and 1 more (tf-2.21-fresh)"
    )
    name = made.marker.fingerprint
    assert made.body.splitlines() == [
        "**2 findings on tf-2.21-fresh**, first in the build of 2026-03-02 02:00 UTC, not yet in "
        "that of 2026-03-01 02:00 UTC. Upstream: other packages than in the last good build, and "
        f"other behaviour. As seen in [this run]({LINK}).",
        "",
        "### What differs between the last good and the first bad build",
        "",
        "| target | what | good | bad |",
        "| --- | --- | --- | --- |",
        "| tf-2.21-fresh | keras | `3.15.1` | `3.16.0` |",
        "| tf-2.21-fresh | numpy | `2.1.0` | `2.2.0` |",
        "| tf-2.21-fresh | code of LSTM.call | `return h, [h, c]` | `return h, [c, h]` |",
        "",
        "### What it does",
        "",
        "| kind | where | on | accepted | now |",
        "| --- | --- | --- | --- | --- |",
        "| other values | stateful / step (fixed, strict) | tf-2.21-fresh | `mean 1` | `mean 2` |",
        "| signature | RNN.call | tf-2.21-fresh | `mean 1` | `mean 2` |",
        "",
        "### To see it",
        "",
        "```sh",
        "nox -s tf-2.21-fresh -- -k stateful  # against what is accepted",
        "# the good build",
        "uv run --isolated --no-project --python 3.13 --with tensorflow==2.21.0 --with "
        "keras==3.15.1 --with numpy==2.1.0 python harness/probe/scenarios/stateful.py",
        "# the bad build",
        "uv run --isolated --no-project --python 3.13 --with tensorflow==2.21.0 --with "
        "keras==3.16.0 --with numpy==2.2.0 python harness/probe/scenarios/stateful.py",
        "```",
        "",
        "### If it is meant",
        "",
        "```sh",
        f'nox -s accept -- tf-2.21-fresh {name} --link URL --why "..."',
        "```",
        "",
        "edits known_changes.toml and the baselines, for a pull request. This issue closes by "
        "itself when none of it shows any more; closed as not planned, it is not spoken of again.",
        "",
        "*This text is written anew whenever something changes, and its first line is how it is "
        "found again: what you have to say belongs into a comment.*",
    ]


def test_the_marker_is_the_first_line_and_tells_of_all_that_is_shown() -> None:
    both = [*on(window("a"), change(), change("other")), *on(window("b"), change())]
    made = issue_of(*both)
    [filed], unreadable = read([stored(made)])
    assert unreadable == []
    assert filed.marker == made.marker
    one, other = (each.fingerprint for each in (both[0], both[1]))
    assert set(made.marker.findings) == {one, other}
    assert made.marker.present == {one: ("a", "b"), other: ("a",)}
    assert (made.marker.targets, made.marker.windows) == (("a", "b"), (window("a"), window("b")))
    assert made.marker.shown == {"a": BAD, "b": BAD}
    assert made.names[one] == "other values: stateful / step"


def stored(made: Case, *, is_open: bool = True) -> Issue:
    refuse_unfit(title=made.title, text=made.text)
    return Issue(
        number=1, title=made.title, body=made.text, open=is_open, dismissed=False, link=LINK
    )


SINCE = {
    "a good build": (GOOD, "not yet in that of 2026-03-01 02:00 UTC"),
    "what is accepted": (ACCEPTED, "where what is accepted has none of it"),
    "nothing": (None, "with no earlier night to tell of a good one"),
}


@pytest.mark.parametrize(("good", "said"), SINCE.values(), ids=SINCE)
def test_an_issue_says_what_is_known_of_the_last_good_build(good: str | None, said: str) -> None:
    body = issue_of(*on(window(good=good))).body
    told = [text for _, text in SINCE.values() if text in body]
    assert told == [said]


def test_a_moved_ground_is_told_from_upstream_and_no_release_is_made_again() -> None:
    machine = (Difference(name="CPU", good="an old one", bad="a new one"),)
    made = issue_of(*on(window(packages=(), machine=machine)))
    assert made.title == "The same packages: other values: stateful / step (tf-2.21-fresh)"
    assert "The ground: other behaviour, also where the packages are those of" in made.body
    assert "| tf-2.21-fresh | CPU | `an old one` | `a new one` |" in made.body
    assert block(made.body, "To see it") == [
        "nox -s tf-2.21-fresh -- -k stateful  # against what is accepted"
    ]
    nothing = issue_of(*on(window(packages=(), good=None)))
    assert "Nothing that is recorded." in nothing.body


def test_what_targets_have_in_common_is_said_once() -> None:
    made = issue_of(*on(window("a")), *on(window("b", packages=(KERAS, NUMPY))))
    assert "| a, b | keras | `3.15.1` | `3.16.0` |\n| b | numpy |" in made.body
    assert "| stateful / step (fixed, strict) | a, b |" in made.body
    assert "**1 finding on a, b**" in made.body
    accepting = [line.split()[4] for line in block(made.body, "If it is meant")]
    assert accepting == ["a", "b"]


def test_the_builds_are_those_of_the_window_whatever_came_since() -> None:
    gone_since = Difference(name="keras-nightly", good="3.17.0.dev1", bad=ABSENT)
    made = issue_of(*on(window("tf-nightly", packages=(KERAS, gone_since))))
    good, bad = (shlex.split(line) for line in block(made.body, "To see it")[2::2])
    assert {"keras==3.15.1", "keras-nightly==3.17.0.dev1"} <= set(good)
    assert "keras==3.16.0" in bad
    assert not any(word.startswith("keras-nightly") for word in bad)
    assert "--prerelease=allow" in bad
    assert shlex.split(block(issue_of(*on(window("legacy"))).body, "To see it")[4])[0] == (
        "TF_USE_LEGACY_KERAS=1"
    )


def test_an_internal_is_seen_with_the_internals() -> None:
    of = change("RNN.call", ChangeKind.SIGNATURE, scenario="", before="(a)\nb", after="(a)\nc")
    body = issue_of(*on(window(), of)).body
    assert block(body, "To see it") == [
        "nox -s tf-2.21-fresh -- -k internals  # against what is accepted"
    ]
    assert "| signature | RNN.call | tf-2.21-fresh | `b` | `c` |" in body


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
    """Not a case, but the summary as one."""
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
    text = summary(conclusion, [Step(deed=Deed.CLOSE, filed=over)])
    return Case(marker=EMPTY, title="a title", body=text)


EMPTY = Marker(fingerprint="f", findings=(), present={}, targets=())
PLACES: dict[str, Callable[[str], Case]] = {
    "a change": evil_change,
    "a variant": evil_variant,
    "an internal": evil_internal,
    "packages": evil_packages,
    "the machine": evil_machine,
    "a failure": evil_failure,
    "the summary": evil_summary,
}
BLOCK = re.compile(r"^```sh\n(?:(?!```).*\n)*?```$", re.MULTILINE)
CODE = re.compile(r"\\.|`[^`\n]*`")  # and what is escaped
ESCAPED = re.compile(r"\\.")


def shape(markdown: str) -> list[str]:
    """Of each line how it begins, and how many cells it has."""
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
        # as many words, or none: what is too long for a command is left out
        assert not words or (words[0], len(words)) == (others[0], len(others))
    stored(made)  # it fits


def test_a_title_is_one_plain_line() -> None:
    made = issue_of(*on(window(), change("RNN.__call__ | [h, c]\n<b>", scenario="")))
    assert made.title == "keras 3.16.0: other values: RNN.__call__ | [h, c] <b> (tf-2.21-fresh)"
    over = Filed(issue=stored(made), marker=EMPTY)
    listed = summary(conclusion_of(), [Step(deed=Deed.CLOSE, filed=over)])
    assert r"RNN.\_\_call\_\_ \| \[h, c\] &lt;b&gt;" in listed


def crowd(targets: int, findings: int, *, axis: str) -> list[Sighting]:
    """So many targets that show so many findings each, in windows that say as much as they may."""
    packages = [
        Difference(name=f"a-package-of-a-long-name-{n}", good=f"2.{n}.0", bad=f"2.{n}.1.dev2026")
        for n in range(60)
    ]
    flags = "avx avx2 avx512_bf16 avx512_bitalg avx512_vbmi2 avx512_vnni avx512bw avx512cd fma"
    facts = ("CPU", "CPU features", "processors", "system", "Python", "runner image")
    machine = [Difference(name=name, good=flags, bad=f"{flags} sse4_1") for name in facts]
    line = "return tf.nest.map_structure(lambda s: \"'<>@|`\\\\\\\\'\", self.states)"
    sources = [Difference(name=f"RNN.internal_{n}", good=line, bad=line * 2) for n in range(5)]
    found = []
    for at in range(targets):
        of = window(
            f"tf-2.{at}-legacy",
            packages=tuple(packages) if axis == "news" else (),
            machine=tuple(replace(each, bad=f"{each.bad} {at}") for each in machine),
            sources=tuple(sources),
        )
        changes = (
            change(f"a step with quite a name <{n}>", before=f"mean {n / 7:.9g}", after="x" * 500)
            for n in range(findings)
        )
        found += on(of, *changes)
    return found


@pytest.mark.parametrize(
    ("targets", "findings", "axis"),
    [
        (7, 400, "news"),
        (7, 400, "ground"),
        (50, 400, "ground"),
        (50, 400, "news"),
        (1, 1000, "news"),
    ],
)
def test_an_issue_of_much_fits_and_says_what_it_leaves_out(
    targets: int, findings: int, axis: str
) -> None:
    made = issue_of(*crowd(targets, findings, axis=axis))
    issue = stored(made)  # or else it is too long
    assert len(made.text) <= TEXT_LENGTH
    [filed], _ = read([issue])
    assert filed.marker == made.marker  # nothing of it is left out
    assert (len(filed.marker.findings), len(filed.marker.windows)) == (findings, targets)
    what, does = made.body.split("### What it does")
    left = [int(n) for n in re.findall(r"\*(\d+) more rows are left out", what)]
    differences = (60 if axis == "news" else 0) + 5 + 6 * targets
    assert rows(what) + sum(left) == differences
    left = [int(n) for n in re.findall(r"\*(\d+) more rows are left out", does)]
    assert rows(does) + sum(left) == findings
    assert sum(left) > 0
    assert f"<summary>{findings - 10} more</summary>" in does
    assert len(block(made.body, "If it is meant")) == targets


def test_an_issue_of_long_rows_fits_too() -> None:
    long = [change(f"{n}{'&' * 500}", before="|" * 500, after="x" * 500) for n in range(20)]
    body = issue_of(*(s for n in range(30) for s in on(window(f"a-target-{n}"), *long))).body
    left = [int(n) for n in re.findall(r"\*(\d+) more rows are left out", body)]
    assert len(left) == 2
    assert len(body) < TEXT_LENGTH / 2
    assert rows(body.split("### What it does")[1]) + sum(left) == 20


def rows(text: str) -> int:
    """Rows of tables, without their heads."""
    tables = len(re.findall(r"^\| --- ", text, re.MULTILINE))
    return len(re.findall(r"^\| ", text, re.MULTILINE)) - 2 * tables


def test_an_issue_of_little_leaves_nothing_out() -> None:
    of = window(packages=(KERAS, NUMPY))
    body = issue_of(*on(of, *(change(f"step {n}") for n in range(10)))).body
    assert "left out" not in body
    assert "<details>" not in body
    assert (
        "<summary>1 more</summary>"
        in issue_of(*on(of, *(change(f"step {n}") for n in range(11)))).body
    )


@pytest.mark.parametrize("length", [1, 100, 250, 10_000])
@pytest.mark.parametrize("names", [1, 3, 50])
def test_a_title_fits_and_says_on_how_many_targets(length: int, names: int) -> None:
    changes = [change("x" * length), *(change(f"y{n}") for n in range(99))]
    targets = [f"tf-2.{n + 10}-legacy" for n in range(names)]
    title = issue_of(*(s for name in targets for s in on(window(name), *changes))).title
    assert len(title) <= TITLE_LENGTH
    more = f" and {names - 3} more" if names > 3 else ""
    assert title.endswith(f" and 99 more ({', '.join(targets[:3])}{more})")


def test_a_long_command_is_left_out_and_says_so() -> None:
    made = issue_of(*on(window(), change(scenario="x" * 3000)))
    commands = block(made.body, "To see it")
    assert [line.split(":")[0] for line in commands] == [
        "# left out",
        "# the good build",
        "# left out",
        "# the bad build",
        "# left out",
    ]


def conclusion_of(*found: Regression, seen: Sequence[Seen] = ()) -> Conclusion:
    return Conclusion(night=night_of(*found, seen=seen), regressions=found)


ONE = regression(on(window("a")))
TWO = regression(on(window("b"), change("other", ChangeKind.NEWLY_RAISES)))
WORKS = regression(on(window("c"), change("third", ChangeKind.WORKS)))
LOST = Seen(target="tf-2.15", failure="it crashed", seconds=30.0)
HEADLINES = {
    "nothing": (conclusion_of(), "**No regressions**; 0 of 0 targets checked, 0 not; 0 minutes"),
    "one": (conclusion_of(ONE), "**1 regression**; 1 of 1 targets checked, 0 not; 0 minutes"),
    "two": (conclusion_of(ONE, TWO), "**2 regressions**; 2 of 2 targets checked, 0 not; 1 minute"),
    "what works is none": (
        conclusion_of(WORKS, seen=[replace(LOST, seconds=95.0)]),
        "**No regressions**; 1 of 2 targets checked, 1 not; 2 minutes",
    ),
    "what became of issues": (
        replace(
            conclusion_of(ONE, TWO, seen=[LOST]),
            issues={"1": "opened: x", "2": "opened: y", "3": "closed: z", "4": "as before: z"},
        ),
        "**2 regressions**, 2 opened, 1 closed; 2 of 3 targets checked, 1 not; 2 minutes",
    ),
}


@pytest.mark.parametrize(("conclusion", "said"), HEADLINES.values(), ids=HEADLINES)
def test_the_headline_counts(conclusion: Conclusion, said: str) -> None:
    assert headline(conclusion) == f"{said} of checks."


def test_the_headline_says_when_no_night_was_complete_for_long() -> None:
    night = replace(night_of(ONE), fresh=NOW - datetime.timedelta(days=3, seconds=1))
    assert headline(replace(conclusion_of(ONE), night=night)).endswith(
        " No night was complete since 2026-03-02 01:59 UTC."
    )


def test_the_summary_of_a_silent_night_is_its_headline() -> None:
    text = summary(conclusion_of(), [])
    assert text == f"# Night of 2026-03-05 02:00 UTC\n\n{headline(conclusion_of())}\n"


def test_the_summary_tells_all_there_is() -> None:
    fine = Seen(target="tf-2.14", started=BAD)
    seen = (
        LOST,
        replace(fine, target="tf-2.16", lost=("stateful / fixed: run 2 crashed", "internals: no")),
        replace(fine, target="tf-2.17", earlier="2 drift", once=("drift: a | b", "step: c")),
        replace(fine, target="tf-2.18", earlier="1 drift", sightings=TWO.sightings),
        replace(fine, target="tf-2.19", earlier="it crashed", failure="and again"),
        replace(fine, target="tf-nightly", known=("a known change", "another")),
    )
    conclusion = replace(
        conclusion_of(ONE, WORKS, seen=seen),
        issues={ONE.fingerprint: f"opened: {LINK}"},
        troubles=("no issue was seen to: it is down",),
    )
    over = Filed(issue=stored(issue_of(*on(window()))), marker=EMPTY)
    text = summary(conclusion, [Step(deed=Deed.CLOSE, filed=over), Step(deed=Deed.OPEN)])
    assert text.splitlines()[3:] == [
        "",
        "- no issue was seen to: it is down",
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
        "## Known changes that have come",
        "",
        "- **tf-nightly**: a known change; another",
        "",
        "`nox -s tf-nightly -- --force-regen` accepts what is known there.",
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
        "| tf-2.17 | `2 drift` | clean |",
        "| tf-2.18 | `1 drift` | differs |",
        "| tf-2.19 | `it crashed` | not checked |",
        "",
        "Shown in one of the two runs alone, and so blamed on nobody:",
        "",
        r"- **tf-2.17**: drift: a \| b; step: c",
    ]


def test_a_summary_counts_what_it_does_not_list() -> None:
    once = tuple(f"step: {n}" for n in range(12))
    seen = [Seen(target="tf-2.17", started=BAD, earlier="12 drift", once=once)]
    assert summary(conclusion_of(seen=seen), []).endswith("; step: 9 and 2 more\n")


def test_a_moved_machine_is_named_as_the_cause_whatever_the_packages() -> None:
    found = regression(on(window(moved=True)))
    assert "2026-03-02 02:00 UTC (ground) |" in summary(conclusion_of(found), [])
    assert case(found, night_of(found), named(*found.targets), "").title.startswith("The same ")


def test_the_alarm_names_all_targets_and_shows_what_was_not_checked() -> None:
    night = replace(night_of(ONE, seen=[LOST]), fresh=NOW - datetime.timedelta(days=4))
    made = alarm(night)
    assert made.title == "No complete night since 2026-03-01 02:00 UTC"
    assert "**Not all of 2 targets were checked in one night for more than 3 days**" in made.body
    assert "| tf-2.15 | `it crashed` |" in made.body
    assert made.marker.targets == ("a", "tf-2.15")
    assert made.marker.present == {FRESHNESS: ("tf-2.15",)}
    assert made.body.endswith("belongs into a comment.*\n")
    later = replace(night, began=NOW + datetime.timedelta(days=1))
    assert alarm(later).marker.fingerprint == made.marker.fingerprint
    another = replace(night, fresh=NOW - datetime.timedelta(days=5))
    assert alarm(another).marker.fingerprint != made.marker.fingerprint
    crowded = [Seen(target=f"tf-2.{n}-legacy", failure="|" * 9999) for n in range(60)]
    stored(alarm(night_of(seen=crowded)))  # it fits


def test_a_closing_comment_says_which_night_closed_it() -> None:
    said = "None of it shows any more in the night of 2026-03-05 02:00 UTC"
    assert gone(night_of(), LINK).startswith(f"{said} ([the run]({LINK})): ")
    assert gone(night_of(), "").startswith(f"{said}: ")
    said = "All targets were checked in the night of 2026-03-05 02:00 UTC"
    assert complete(night_of(), LINK) == f"{said} ([the run]({LINK}))."
    assert complete(night_of(), "") == f"{said}."
    later = replace(night_of(), began=NOW + datetime.timedelta(days=1))
    assert complete(later, LINK) == f"{said}."  # in another run
