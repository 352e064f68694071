"""Audits and histories on a terminal: a line for each alarm, a line for each stretch."""

from harness.judging.audit import Audit, Unknown
from harness.judging.changes import Change, ChangeKind
from harness.judging.history import stretches
from harness.judging.known import AttributedChange, Knowledge
from harness.observing.internals import Described
from harness.report.terminal import print_audit, print_history
from tests.support.makers import accepts
from tests.support.renderings import printed


def test_an_audit_has_a_line_for_each_alarm_and_counts_them() -> None:
    known = accepts("signature: RNN.call", "kind: [red]RNN[/red]", title="[bold]a title[/bold]")
    change = Change(
        kind=ChangeKind.ERROR,
        subject="step",
        scenario="reset",
        variants=("fixed",),
        before="ValueError: [red]no[/red]\nat all",
        after="x" * 1_000_000,
    )
    unknown = Unknown(before="tf-2.0", after="tf-2.1", attributed=AttributedChange(change=change))
    found = Audit(
        findings={Knowledge.EXPLAINED: 4, Knowledge.COVERED: 2, Knowledge.UNKNOWN: 1},
        unknown=(unknown,),
        entries=3,
        idle=tuple((known, line) for line in known.matches),
        expired=(known,),
    )
    first, *others = printed(lambda out: print_audit(found, out)).splitlines()
    assert first.startswith("unknown: tf-2.0 -> tf-2.1: reset / step: other error: xxx")
    assert len(first) <= 300
    assert others == [
        "matches nothing: [bold]a title[/bold]: signature: RNN.call",
        "matches nothing: [bold]a title[/bold]: kind: [red]RNN[/red]",
        f"expired on {known.expires}: [bold]a title[/bold]",
        "7 findings between neighbouring targets: 4 explained, 2 covered, 1 unknown",
        "entries that a person has looked at: 3, expired: 1; lines that match nothing: 2",
    ]
    assert found.alarms == 4


def test_an_audit_without_alarms_is_its_counts() -> None:
    findings = {Knowledge.EXPLAINED: 1, Knowledge.COVERED: 0, Knowledge.UNKNOWN: 0}
    found = Audit(findings=findings, unknown=(), entries=1, idle=(), expired=())
    assert printed(lambda out: print_audit(found, out)).splitlines() == [
        "1 finding between neighbouring targets: 1 explained, 0 covered, 0 unknown",
        "entries that a person has looked at: 1, expired: 0; lines that match nothing: 0",
    ]


HISTORY = {
    "tf-2.0": {"RNN.call": Described()},
    "tf-2.1": {"RNN.call": Described(kind="method", owner="keras.RNN", parameters=("self",))},
    "tf-2.2": {
        "RNN.call": Described(
            kind="method", owner="keras.RNN", parameters=("self",), body="def call(self):\n    pass"
        )
    },
}


def lines_of_history(*, full: bool) -> list[str]:
    history = stretches("RNN.call", HISTORY)
    return printed(lambda out: print_history("tensorflow", history, out, full=full)).splitlines()


def test_a_history_has_a_line_for_each_stretch() -> None:
    assert [line.split(maxsplit=2) for line in lines_of_history(full=False)] == [
        ["tensorflow"],
        ["tf-2.0", "-", "absent"],
        ["tf-2.1", "added", "method (self) of keras.RNN"],
        ["tf-2.2", "body", "method (self) of keras.RNN"],
    ]


def test_a_history_in_full_has_each_change_below_its_line() -> None:
    lines = [line.strip() for line in lines_of_history(full=True)]
    assert lines[3] == "added: method (self) of keras.RNN"
    assert lines[5:8] == ["--- before", "+++ after", "@@ -0,0 +1,2 @@"]
    assert lines[8:] == ["+def call(self):", "+    pass"]


def test_an_internal_that_no_target_has_watched_has_no_history() -> None:
    never = stretches("RNN.build", HISTORY)
    lines = printed(lambda out: print_history("tensorflow", never, out, full=False)).splitlines()
    assert lines == ["tensorflow", "  no baseline"]
