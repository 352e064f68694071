"""Audits and histories on a terminal: a line for each alarm, a line for each stretch."""

from harness.judging.audit import Audit, Unknown
from harness.judging.changes import Change, ChangeKind
from harness.judging.history import stretches
from harness.judging.known import AttributedChange
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
        findings=7,
        unknown=(unknown,),
        idle=tuple((known, line) for line in known.matches),
        expired=(known,),
    )
    first, *others = printed(lambda out: print_audit(found, out)).splitlines()
    assert first.startswith("not known: tf-2.0 -> tf-2.1: reset / step: other error: xxx")
    assert len(first) <= 300
    assert others == [
        "explains nothing: [bold]a title[/bold]: signature: RNN.call",
        "explains nothing: [bold]a title[/bold]: kind: [red]RNN[/red]",
        f"expired on {known.expires}: [bold]a title[/bold]",
        "7 changes between neighbouring targets: 1 not known, 2 lines that explain nothing, "
        "1 expired",
    ]
    assert found.alarms == 4


def test_an_audit_without_alarms_is_one_line() -> None:
    found = Audit(findings=7, unknown=(), idle=(), expired=())
    assert printed(lambda out: print_audit(found, out)).splitlines() == [
        "7 changes between neighbouring targets: 0 not known, 0 lines that explain nothing, "
        "0 expired"
    ]


HISTORY = {
    "tf-2.0": {},
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
