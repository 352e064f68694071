"""docs/performance.md keeps what was measured before, and says what was not measured."""

from benchmarks.scoreboard import NOT_MEASURED, Compared, described, page

ONE = Compared(
    title="one",
    left="bare",
    lefts=[2.0, 1.0, 4.0],
    right="harness",
    rights=[3.0, 2.0, 9.0],
    wanted="ratio 1.15",
    bound="the processor",
)
ALONE = Compared(title="alone", right="report", rights=[5.0, 7.0], wanted="5 s", bound="Python")


def rows(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith("|")][2:]


def test_a_row_has_both_medians_with_their_spread_and_what_they_come_to() -> None:
    [row] = rows(page("", ["one"], [ONE], "2 cores"))
    assert row == (
        "| one | bare: 2.00 (1.00 to 4.00) | harness: 3.00 (2.00 to 9.00) | 1.50 | 1.00 s "
        "| ratio 1.15 | the processor | 2 cores |"
    )


def test_a_part_with_nothing_beside_it_has_no_ratio() -> None:
    [row] = rows(page("", ["alone"], [ALONE], "2 cores"))
    assert row == "| alone |  | report: 6.00 (5.00 to 7.00) |  |  | 5 s | Python | 2 cores |"
    assert described(ALONE).splitlines() == [
        "alone",
        "  report",
        "    5.00 7.00   median 6.00",
        "  wanted at most 5 s",
    ]


def test_what_is_not_measured_now_stays_or_is_said_to_be_missing() -> None:
    titles = ["alone", "one", "never"]
    first = page("", titles, [ONE], "yesterday")
    second = page(first, titles, [ALONE], "today")
    alone, one, never = rows(second)
    assert one == rows(first)[1]
    assert alone.endswith("| today |")
    assert one.endswith("| yesterday |")
    assert never.count(NOT_MEASURED) == 7
    gone = page(second, ["one"], [], "today")  # a part that is no longer there has no row
    assert rows(gone) == [one]
