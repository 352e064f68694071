"""The issues of a night: complete for people, with escaped texts of records."""

import datetime
import re
import shlex
from dataclasses import replace

import pytest

from harness.judging.changes import ChangeKind
from harness.judging.diff import ABSENT
from harness.judging.known import Knowledge
from harness.upkeep.issue_texts import case
from harness.upkeep.issues import Deed, Filed, IssueAction, read
from harness.upkeep.night import Seen
from harness.upkeep.night_summary import summary
from harness.upkeep.regressions import Difference, Origin, Sighting, regression
from harness.upkeep.tracker import TEXT_LENGTH, TITLE_LENGTH
from tests.support.night_texts import (
    BAD,
    EMPTY,
    GOOD,
    KERAS,
    LINK,
    block,
    change,
    conclusion_of,
    issue_of,
    named,
    night_of,
    on,
    stored,
    window,
)

NUMPY = Difference(name="numpy", good="2.1.0", bad="2.2.0")


def test_an_issue_has_the_window_the_findings_and_the_commands() -> None:
    sources = (Difference(name="LSTM.call", good="return h, [h, c]", bad="return h, [c, h]"),)
    of = window(packages=(KERAS, NUMPY), sources=sources)
    made = issue_of(*on(of, change(), change("RNN.call", ChangeKind.SIGNATURE, scenario="")))
    assert made.title == (
        "keras 3.16.0, numpy 2.2.0: other values: stateful / step and 1 more (tf-2.21-fresh)"
    )
    name = made.marker.fingerprint
    assert made.body.splitlines() == [
        "**2 findings on tf-2.21-fresh**, first in the build of 2026-03-02 02:00 UTC, but not in "
        "that of 2026-03-01 02:00 UTC. Upstream: the packages differ from those of the last good "
        f"build. See [this run]({LINK}).",
        "",
        "These findings are unknown: no known change explains or covers them.",
        "",
        "### What differs between the last good and the first bad build",
        "",
        "| target | what | good | bad |",
        "| --- | --- | --- | --- |",
        "| tf-2.21-fresh | keras | `3.15.1` | `3.16.0` |",
        "| tf-2.21-fresh | numpy | `2.1.0` | `2.2.0` |",
        "| tf-2.21-fresh | code of LSTM.call | `return h, [h, c]` | `return h, [c, h]` |",
        "",
        "### Findings",
        "",
        "| kind | where | on | accepted | now |",
        "| --- | --- | --- | --- | --- |",
        "| other values | stateful / step (fixed, strict) | tf-2.21-fresh | `mean 1` | `mean 2` |",
        "| signature | RNN.call | tf-2.21-fresh | `mean 1` | `mean 2` |",
        "",
        "### To reproduce",
        "",
        "```sh",
        "state-harness run tf-2.21-fresh -k stateful  # against the baseline",
        "# the good build",
        "uv run --isolated --no-project --python 3.13 --with tensorflow==2.21.0 --with "
        "keras==3.15.1 --with numpy==2.1.0 python harness/probe/scenarios/stateful.py",
        "# the bad build",
        "uv run --isolated --no-project --python 3.13 --with tensorflow==2.21.0 --with "
        "keras==3.16.0 --with numpy==2.2.0 python harness/probe/scenarios/stateful.py",
        "```",
        "",
        "### To accept the change",
        "",
        "```sh",
        f'nox -s accept -- tf-2.21-fresh {name} --link URL --why "..."',
        "```",
        "",
        "The command edits known_changes.toml and the baselines, for a pull request. The harness "
        "closes this issue when no target shows these findings any more. If you close it as not "
        "planned, the harness opens no other issue while the findings continue on these targets.",
        "",
        "*The harness rewrites this text after each change, and needs its first line to find the "
        "issue: write your own text into a comment.*",
    ]


def test_the_marker_is_the_first_line_and_has_all_findings() -> None:
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


def test_no_command_names_a_script_that_the_harness_does_not_have() -> None:
    own = on(window(packages=(KERAS,)), change(scenario="of_our_own"))
    made = issue_of(*own)
    assert "-k of_our_own  # against the baseline" in made.body
    assert "of_our_own.py" not in made.body


SINCE = {
    "a good build": (GOOD, False, "but not in that of 2026-03-01 02:00 UTC"),
    "what is accepted": (None, True, "but not in the baseline"),
    "nothing": (None, False, "with no good build in an earlier night"),
}


@pytest.mark.parametrize(("good", "from_baseline", "text"), SINCE.values(), ids=SINCE)
def test_an_issue_describes_the_last_good_build(
    good: datetime.datetime | None, from_baseline: bool, text: str
) -> None:
    body = issue_of(*on(window(good=good, from_baseline=from_baseline))).body
    assert [each for _, _, each in SINCE.values() if each in body] == [text]


def test_a_ground_regression_has_its_own_text_and_no_commands_for_releases() -> None:
    machine = (Difference(name="CPU", good="an old one", bad="a new one"),)
    made = issue_of(*on(window(packages=(), machine=machine)))
    assert made.title == "The ground moved: other values: stateful / step (tf-2.21-fresh)"
    assert "The ground: the packages are not the cause" in made.body
    assert "| tf-2.21-fresh | CPU | `an old one` | `a new one` |" in made.body
    assert block(made.body, "To reproduce") == [
        "state-harness run tf-2.21-fresh -k stateful  # against the baseline"
    ]
    nothing = issue_of(*on(window(packages=(), good=None)))
    assert "Nothing that a record has." in nothing.body


def test_targets_share_rows() -> None:
    made = issue_of(*on(window("a")), *on(window("b", packages=(KERAS, NUMPY))))
    assert "| a, b | keras | `3.15.1` | `3.16.0` |\n| b | numpy |" in made.body
    assert "| stateful / step (fixed, strict) | a, b |" in made.body
    assert "**1 finding on a, b**" in made.body
    accepting = [line.split()[4] for line in block(made.body, "To accept the change")]
    assert accepting == ["a", "b"]


def test_the_commands_use_the_builds_of_the_window() -> None:
    gone_since = Difference(name="keras-nightly", good="3.17.0.dev1", bad=ABSENT)
    made = issue_of(*on(window("tf-nightly", packages=(KERAS, gone_since))))
    good, bad = (shlex.split(line) for line in block(made.body, "To reproduce")[2::2])
    assert {"keras==3.15.1", "keras-nightly==3.17.0.dev1"} <= set(good)
    assert "keras==3.16.0" in bad
    assert not any(word.startswith("keras-nightly") for word in bad)
    assert "--prerelease=allow" in bad
    assert shlex.split(block(issue_of(*on(window("legacy"))).body, "To reproduce")[4])[0] == (
        "TF_USE_LEGACY_KERAS=1"
    )


def test_an_internal_has_the_command_for_internals() -> None:
    of = change("RNN.call", ChangeKind.SIGNATURE, scenario="", before="(a)\nb", after="(a)\nc")
    body = issue_of(*on(window(), of)).body
    assert block(body, "To reproduce") == [
        "state-harness run tf-2.21-fresh -k internals  # against the baseline"
    ]
    assert "| signature | RNN.call | tf-2.21-fresh | `b` | `c` |" in body


def test_a_title_is_one_plain_line() -> None:
    made = issue_of(*on(window(), change("RNN.__call__ | [h, c]\n<b>", scenario="")))
    assert made.title == "keras 3.16.0: other values: RNN.__call__ | [h, c] <b> (tf-2.21-fresh)"
    over = Filed(issue=stored(made), marker=EMPTY)
    listed = summary(conclusion_of(), [IssueAction(deed=Deed.CLOSE, filed=over)])
    assert r"RNN.\_\_call\_\_ \| \[h, c\] &lt;b&gt;" in listed


def crowd(targets: int, findings: int, *, origin: Origin) -> list[Sighting]:
    """Targets with this number of findings each, in windows of the largest size."""
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
            packages=tuple(packages) if origin is Origin.NEWS else (),
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
    ("targets", "findings", "origin"),
    [
        (7, 400, Origin.NEWS),
        (7, 400, Origin.GROUND),
        (50, 400, Origin.GROUND),
        (50, 400, Origin.NEWS),
        (1, 1000, Origin.NEWS),
    ],
)
def test_a_large_issue_fits_and_counts_the_rows_left_out(
    targets: int, findings: int, origin: Origin
) -> None:
    made = issue_of(*crowd(targets, findings, origin=origin))
    issue = stored(made)  # raises if the text is too long
    assert len(made.text) <= TEXT_LENGTH
    [filed], _ = read([issue])
    assert filed.marker == made.marker  # the marker is complete
    assert (len(filed.marker.findings), len(filed.marker.windows)) == (findings, targets)
    differing, found = made.body.split("### Findings")
    left = [int(n) for n in re.findall(r"\*(\d+) more rows? left out", differing)]
    differences = (60 if origin is Origin.NEWS else 0) + 5 + 6 * targets
    assert rows(differing) + sum(left) == differences
    left = [int(n) for n in re.findall(r"\*(\d+) more rows? left out", found)]
    assert rows(found) + sum(left) == findings
    assert sum(left) > 0
    assert f"<summary>{findings - 10} more</summary>" in found
    assert len(block(made.body, "To accept the change")) == targets


def test_an_issue_with_long_rows_fits_too() -> None:
    long = [change(f"{n}{'&' * 500}", before="|" * 500, after="x" * 500) for n in range(20)]
    body = issue_of(*(s for n in range(30) for s in on(window(f"a-target-{n}"), *long))).body
    left = [int(n) for n in re.findall(r"\*(\d+) more rows? left out", body)]
    assert len(left) == 2
    assert len(body) < TEXT_LENGTH / 2
    assert rows(body.split("### Findings")[1]) + sum(left) == 20


def rows(text: str) -> int:
    """The number of rows of tables, without their heads."""
    tables = len(re.findall(r"^\| --- ", text, re.MULTILINE))
    return len(re.findall(r"^\| ", text, re.MULTILINE)) - 2 * tables


def test_a_single_row_left_out_is_one_row() -> None:
    long = [change(f"{n}{'&' * 500}", before="|" * 500, after="x" * 500) for n in range(10)]
    texts = [issue_of(*on(window(), *long[:n])).body for n in range(1, 11)]
    [first, *_] = [text for text in texts if "left out" in text]
    assert "*1 more row left out; `results/night.json` has all of them.*" in first


def test_an_issue_has_the_other_findings_of_its_targets_by_how_much_is_known_of_them() -> None:
    found = regression(on(window()))
    night = night_of(found, seen=[Seen(target="other", findings={Knowledge.EXPLAINED: 7})])
    known = {Knowledge.EXPLAINED: 3, Knowledge.COVERED: 1, Knowledge.UNKNOWN: 1}
    seen = tuple(
        replace(each, findings=known) if each.target in found.targets else each
        for each in night.seen
    )
    body = case(found, replace(night, seen=seen), named(*found.targets), LINK).body
    assert body.splitlines()[2] == (
        "These findings are unknown: no known change explains or covers them. Other findings on "
        "these targets: 3 explained, 1 covered."
    )


def test_a_small_issue_is_complete() -> None:
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
def test_a_title_fits_and_counts_the_targets(length: int, names: int) -> None:
    changes = [change("x" * length), *(change(f"y{n}") for n in range(99))]
    targets = [f"tf-2.{n + 10}-legacy" for n in range(names)]
    title = issue_of(*(s for name in targets for s in on(window(name), *changes))).title
    assert len(title) <= TITLE_LENGTH
    more = f" and {names - 3} more" if names > 3 else ""
    assert title.endswith(f" and 99 more ({', '.join(targets[:3])}{more})")


def test_a_long_command_is_replaced_by_a_note() -> None:
    made = issue_of(*on(window(), change(scenario="x" * 3000)))
    assert block(made.body, "To reproduce")[0].startswith("# left out: it has 30")
    longest = Difference(name="keras", good="3.15.1", bad="9" * 3000)
    made = issue_of(*on(window(packages=(longest,)), change()))
    commands = block(made.body, "To reproduce")
    assert [line.split(":")[0].split(" --")[0] for line in commands] == [
        "state-harness run tf-2.21-fresh -k stateful  # against the baseline",
        "# the good build",
        "uv run",
        "# the bad build",
        "# left out",
    ]
