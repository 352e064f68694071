"""The page never calls a finding known that nobody has looked at."""

import re

import msgspec

from harness.judging.changes import Change, ChangeKind
from harness.judging.known import AttributedChange
from harness.judging.verdicts import Outcome
from harness.report.html import render
from tests.support.makers import accepts, verdict
from tests.support.reports import comparison, report, target_report

MOVED = Change(kind=ChangeKind.MOVED, subject="RNN.call", before="a.RNN", after="b.RNN")
LOOKED_AT = accepts("moved: RNN.call")
GENERAL = msgspec.structs.replace(accepts("moved: *"), general=True)


def to_do(*changes: AttributedChange) -> str:
    shown = report(
        target_report("b", verdict(Outcome.IDENTICAL)), comparisons=[comparison("a", "b", *changes)]
    )
    [part] = re.findall(r"Nothing: no observation.*?</p>", render(shown))
    return str(part)


def test_findings_that_only_a_general_entry_covers_are_counted_and_not_called_known() -> None:
    covered = to_do(AttributedChange(change=MOVED, known=(GENERAL,)))
    assert "nobody has looked at 1:" in covered
    assert "known." not in covered.replace("unknown.", "")


def test_findings_that_a_person_has_looked_at_need_no_word() -> None:
    assert "nobody" not in to_do(AttributedChange(change=MOVED, known=(LOOKED_AT,)))
