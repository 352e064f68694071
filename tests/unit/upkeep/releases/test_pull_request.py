"""The body of the pull request of an update: its parts, and its cuts."""

import datetime
import re
from collections.abc import Sequence
from dataclasses import replace

import msgspec

from harness.environments.targets import Target
from harness.judging.changes import Change, ChangeKind
from harness.judging.diff import Diff
from harness.judging.known import AttributedChange, KnownChange
from harness.judging.verdicts import Outcome, Verdict
from harness.report.markdown import LENGTH
from harness.running.results import Checked
from harness.upkeep.releases.making import Made, Update
from harness.upkeep.releases.proposal_text import proposal_markdown
from harness.upkeep.releases.proposals import LeftOut, Proposal
from tests.support.makers import accepts, observed, verdict

KERAS_315 = Target(
    name="keras-3.15",
    family="keras",
    python="3.12",
    requirements=("tensorflow==2.16.2", "keras==3.15.1"),
    as_of=datetime.date(2026, 7, 30),
)
KERAS_316 = msgspec.structs.replace(
    KERAS_315,
    name="keras-3.16",
    python="3.14",
    requirements=("tensorflow==2.16.2", "keras==3.16.0"),
    as_of=datetime.date(2026, 12, 1),
)


def finding(
    number: int, *known: KnownChange, kind: ChangeKind = ChangeKind.VALUES
) -> AttributedChange:
    change = Change(
        kind=kind,
        subject=f"step {number}",
        before="mean 1",
        after="mean 2",
        scenario="reset",
        variants=("fixed",),
    )
    return AttributedChange(change=change, known=known)


def made(
    *findings: AttributedChange,
    name: str = "keras-3.16",
    verdicts: Sequence[Verdict] = (verdict(Outcome.IDENTICAL),),
) -> Made:
    new = msgspec.structs.replace(KERAS_316, name=name)
    sides = [observed(name=each, keras="3.16.0") for each in ("keras-3.15", name)]
    return Made(
        proposal=Proposal(target=new, like=KERAS_315, lock=""),
        diff=Diff(before=sides[0], after=sides[1], changes=findings),
        checked=Checked(target=name, verdicts=tuple(verdicts)),
    )


def body(*targets: Made, left_out: Sequence[LeftOut] = (), majors: Sequence[str] = ()) -> str:
    return proposal_markdown(Update(made=targets, left_out=tuple(left_out), majors=tuple(majors)))


KNOWN = accepts("other values: reset / step 1", title="known to all")
DESCRIPTION = """\
## keras-3.16, new

- `tensorflow==2.16.2` `keras==3.16.0`, follows `keras-3.15`
- family keras, Keras 3.16.0, Python 3.14, as of 2026-12-01
- 3 observations, in a second run 2 unchanged, 1 not run
- No difference.
"""


def test_a_body_describes_each_target() -> None:
    outcomes = (Outcome.IDENTICAL, Outcome.RAISES, Outcome.NOT_APPLICABLE)
    text = body(made(verdicts=[verdict(each) for each in outcomes]))
    assert text.startswith("# New releases: keras 3.16.0\n\n")
    assert DESCRIPTION in text
    assert "<details>" not in text
    assert "Not proposed" not in text
    assert "New major" not in text


def test_a_changed_target_is_shown_with_its_old_requirements() -> None:
    text = body(made(name="keras-3.15"))
    assert "## keras-3.15, changed\n" in text
    assert "`keras==3.16.0`, was `tensorflow==2.16.2` `keras==3.15.1`\n" in text


def test_a_title_names_each_release_once_and_not_too_many() -> None:
    assert body(made(), made(name="b")).splitlines()[0] == "# New releases: keras 3.16.0"
    every = [
        replace(
            made(),
            proposal=Proposal(
                target=msgspec.structs.replace(KERAS_316, requirements=(f"keras==3.{number}.0",)),
                like=KERAS_315,
                lock="",
            ),
        )
        for number in range(16, 22)
    ]
    assert body(*every).splitlines()[0] == (
        "# New releases: keras 3.16.0, keras 3.17.0, keras 3.18.0, keras 3.19.0 and 2 more"
    )


def test_unexplained_findings_come_first() -> None:
    text = body(made(finding(1, KNOWN), finding(2), finding(3, kind=ChangeKind.BODY)))
    assert (
        "2 findings: 1 explained, 0 covered, 1 unknown; 1 watched function has another source.\n"
        in text
    )
    urgent, others = text.split("<details>")[1:]
    assert "Findings that no known change explains: 1</summary>" in urgent
    assert "step 2" in urgent
    assert "step 1" not in urgent
    assert "Other changes: 2</summary>" in others
    assert all(f"step {number}" in others for number in (1, 3))
    assert "**[known to all](https://example.org/)** (other results; keras 3.0)" in others
    assert not re.search(r"^#{1,3} (Other|Body)", text, re.MULTILINE)


def test_a_left_out_target_is_named_with_its_reason() -> None:
    left = LeftOut(target=KERAS_316, why="no wheel\n  for this Python")
    text = body(left_out=[left], majors=["keras 4.0.0"])
    assert text.startswith("# New releases: none that makes a target\n")
    line = "- `keras-3.16`, `tensorflow==2.16.2` `keras==3.16.0`: no wheel for this Python\n"
    assert f"## Not proposed\n\n{line}" in text
    assert "## New major versions\n\n- keras 4.0.0: " in text


EVIL = "</details><script>alert(1)</script> | `x` *y* @user\n## heading"


def test_nothing_is_taken_for_markup() -> None:
    change = Change(
        kind=ChangeKind.VALUES, subject=EVIL, before=EVIL, after=EVIL, scenario="s", reason=EVIL
    )
    text = body(
        made(AttributedChange(change=change), verdicts=[verdict(Outcome.DRIFT, EVIL, reason=EVIL)]),
        left_out=[LeftOut(target=KERAS_316, why=EVIL)],
        majors=[EVIL],
    )
    outside = re.sub(r"`[^`\n]*`", "", text)
    assert "<script>" not in outside
    assert outside.count("<details>") == outside.count("</details>") == 2
    assert "@user" not in outside
    assert "\n## heading" not in text


KINDS = [kind for kind in ChangeKind if kind.finding]


def many(count: int, *known: KnownChange, first: int = 0) -> list[AttributedChange]:
    """AttributedChanges of all kinds, six of each kind in a row, so that each has a line."""
    return [
        finding(n, *known, kind=KINDS[n // 6 % len(KINDS)]) for n in range(first, first + count)
    ]


def test_the_least_important_parts_of_a_long_body_are_cut() -> None:
    targets = [
        made(*many(60), *many(900, KNOWN, first=1000), name=f"keras-3.{number}")
        for number in range(16, 24)
    ]
    text = body(*targets)
    assert len(text) <= LENGTH
    assert text.count("<details>") == text.count("</details>") == 16
    assert [text.count(f"step {number} (fixed)`") for number in range(60)] == [8] * 60
    cuts = [int(cut) for cut in re.findall(r"^\*Cut: (\d+) of \d+ lines\.\*$", text, re.MULTILINE)]
    [total] = re.findall(
        r"^\*Cut, to stay below 65,000 characters: ([\d,]+) lines\.", text, re.MULTILINE
    )
    assert sum(cuts) == int(total.replace(",", "")) > 0
    assert text.endswith("compares two targets in full.*\n")


def test_a_long_body_of_unexplained_findings_is_cut_too() -> None:
    targets = [made(*many(108), name=f"keras-3.{number}") for number in range(16, 46)]
    text = body(*targets, left_out=[LeftOut(target=KERAS_316, why="a reason")])
    assert 0.9 * LENGTH < len(text) <= LENGTH
    assert all(f"## keras-3.{number}, " in text for number in range(16, 46))
    assert "## Not proposed" in text
    assert "\n*Cut, to stay below 65,000 characters: " in text


def test_a_body_that_fits_is_not_cut() -> None:
    text = body(made(*many(60), *many(100, KNOWN, first=1000)))
    assert len(text) < LENGTH
    assert "cut" not in text.lower()
