"""A night is concluded also when the tracker fails, and no message is repeated."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from harness.base.errors import TrackerError
from harness.observing.records import Observation, save_record
from harness.running.results import Checked
from harness.upkeep.conclude import _steps, conclude
from harness.upkeep.issue_texts import alarm
from harness.upkeep.issues import MOST, Case, Deed, Marker, read
from harness.upkeep.night import Conclusion, Night, Seen, load_conclusion
from harness.upkeep.tracker import Issue, Tracker
from harness.upkeep.tracker.folder import FolderTracker
from tests.support.makers import gives, raises
from tests.support.nights import DAY, FRESH, KERAS, LOCKED, NIGHTLY, NOW, Place, recorded
from tests.support.places import TARGETS

GOOD, BAD = gives(1.0), gives(2.0)
LINK = "https://example.org/runs/1"


class Broken(FolderTracker):
    """A tracker that cannot be read, or cannot be written."""

    def __init__(self, directory: Path, *, readable: bool) -> None:
        super().__init__(directory)
        self._readable = readable

    def issues(self) -> list[Issue]:
        if not self._readable:
            raise TrackerError("it is down")
        return super().issues()

    def open(self, title: str, body: str) -> Issue:
        raise TrackerError(f"no write access for {title!r} of {len(body)} characters")


@pytest.fixture
def place(tmp_path: Path) -> Place:
    made = Place(root=tmp_path)
    for target in (FRESH, LOCKED):
        made.accept(recorded(GOOD, target=target))
        made.store(recorded(GOOD, target=target))
    return made


def night(
    place: Place,
    days: float = 0,
    tracker: Tracker | None = None,
    targets: Sequence[str] = (FRESH, LOCKED),
    others: Sequence[str] = (),
) -> Conclusion:
    """A night on two targets, or on the given ones, this number of days later."""
    return conclude(
        place.see(*targets, now=NOW + days * DAY),
        TARGETS,
        tracker or FolderTracker(place.root / "issues"),
        place.results,
        LINK,
        others,
    )


def issue_file(place: Place) -> str:
    [path] = (place.root / "issues").glob("*.md")
    return path.read_text(encoding="utf-8")


def issues(place: Place) -> list[Issue]:
    return FolderTracker(place.root / "issues").issues()


def page(place: Place) -> str:
    return (place.results / "night.md").read_text(encoding="utf-8")


def test_a_night_without_findings_writes_a_page_and_no_issue(place: Place) -> None:
    conclusion = night(place)
    assert (conclusion.exit_code, issues(place)) == (0, [])
    assert "**No regressions**; 2 of 2 targets checked, 0 not" in page(place)
    assert load_conclusion(place.results / "night.json") == conclusion


def test_a_regression_is_one_issue_until_it_is_gone(place: Place) -> None:
    place.store(recorded(BAD))
    assert night(place).exit_code == 1
    [opened] = issues(place)
    assert LINK in opened.body
    night(place, 1)
    assert issues(place) == [opened]
    place.store(recorded(GOOD))
    assert night(place, 2).exit_code == 0
    assert [issue.open for issue in issues(place)] == [False]
    assert "closed: " in page(place)


def test_an_unchecked_target_closes_no_issue(place: Place) -> None:
    place.store(recorded(BAD))
    night(place)
    (place.results / FRESH / "record.json").unlink()
    assert night(place, 1).exit_code == 3
    assert [issue.open for issue in issues(place)] == [True]


@pytest.mark.parametrize(
    ("readable", "expected"), [(False, "it is down"), (True, "no write access for")]
)
def test_the_night_is_written_also_when_the_tracker_fails(
    readable: bool, expected: str, place: Place
) -> None:
    tracker = Broken(place.root / "issues", readable=readable)
    assert night(place, tracker=tracker).exit_code == (0 if readable else 3)
    place.store(recorded(BAD))
    conclusion = night(place, 1, tracker)
    assert conclusion.exit_code == 1
    assert expected in "".join(conclusion.troubles)
    assert expected in page(place)
    assert len(load_conclusion(place.results / "night.json").regressions) == 1
    night(place, 2)  # the next night does the rest
    assert len(issues(place)) == 1


def test_an_issue_without_its_first_line_is_reported(place: Place) -> None:
    tracker = FolderTracker(place.root / "issues")
    tracker.open("a title", "somebody took the first line away")
    conclusion = night(place)
    assert conclusion.exit_code == 3
    assert "0001.md has lost its first line" in "".join(conclusion.troubles)
    tracker.close(tracker.issues()[0], "then let it be closed")
    assert night(place, 1).exit_code == 0


def test_a_step_that_works_now_is_reported_without_an_issue(place: Place) -> None:
    place.accept(recorded(raises("no")))
    conclusion = night(place)
    # its baseline is no longer true
    assert (conclusion.exit_code, len(conclusion.regressions), issues(place)) == (1, 1, [])
    assert "## Works now" in page(place)


def test_the_alarm_is_one_issue_from_the_fourth_day_to_the_next_complete_night(
    place: Place,
) -> None:
    night(place)
    record = place.results / LOCKED / "record.json"
    record.unlink()
    for days in (1, 2, 3):
        night(place, days)
    assert issues(place) == []
    for days in (4, 5):
        assert night(place, days).exit_code == 3
        [alarm] = issues(place)
        assert alarm.title == "No complete night since 2026-03-01 02:00 UTC"
        assert f"| {LOCKED} | " in alarm.body
    place.store(recorded(GOOD, target=LOCKED))
    assert night(place, 6).exit_code == 0
    assert [issue.open for issue in issues(place)] == [False]


def dismiss(place: Place, number: int) -> None:
    path = place.root / "issues" / f"{number:04}.md"
    text = path.read_text(encoding="utf-8").replace("state: open", "state: closed", 1)
    path.write_text(text.replace("reason:", "reason: not planned", 1), encoding="utf-8")


def test_a_dismissed_alarm_stays_dismissed_until_the_next_complete_night(place: Place) -> None:
    record = place.results / LOCKED / "record.json"
    night(place)
    record.unlink()
    night(place, 4)
    dismiss(place, 1)
    assert night(place, 5).exit_code == 3
    assert [each.open for each in issues(place)] == [False]
    place.store(recorded(GOOD, target=LOCKED))
    night(place, 6)
    record.unlink()
    for days in (10, 11):
        night(place, days)
        assert [each.open for each in issues(place)] == [False, True]
    assert issues(place)[1].title == "No complete night since 2026-03-07 02:00 UTC"


def test_an_alarm_is_closed_by_a_complete_night_which_it_names(place: Place) -> None:
    record = place.results / LOCKED / "record.json"
    for days in (0, 4):
        record.unlink(missing_ok=True)
        night(place, days)
    place.store(recorded(GOOD, target=LOCKED))
    night(place, 5)
    [alarm] = issues(place)
    assert not alarm.open
    assert "were checked in the night of 2026-03-06 02:00 UTC" in Path(alarm.link).read_text()


def test_an_alarm_stays_open_in_a_night_that_has_lost_the_log_and_is_not_complete(
    place: Place,
) -> None:
    record = place.results / LOCKED / "record.json"
    night(place)
    record.unlink()
    night(place, 4)
    (place.archive.directory / "nights.json").write_text("[", encoding="utf-8")
    night(place, 5)
    assert [each.open for each in issues(place)] == [True]
    place.store(recorded(GOOD, target=LOCKED))
    night(place, 6)
    assert [each.open for each in issues(place)] == [False]


def test_a_night_of_some_targets_does_not_change_an_alarm(place: Place) -> None:
    night(place)
    (place.results / LOCKED / "record.json").unlink()
    night(place, 3)
    assert night(place, 4, targets=[FRESH]).exit_code == 0
    assert night(place, 4.1, targets=[LOCKED]).exit_code == 3
    assert issues(place) == []
    night(place, 5)
    before = issues(place)
    for targets in ([FRESH], [LOCKED]):
        night(place, 6, targets=targets)
        assert issues(place) == before
    assert len(before) == 1


def test_an_alarm_comes_first_and_has_its_own_limit() -> None:
    night = Night(began=NOW, fresh=NOW - 4 * DAY, seen=(Seen(target=LOCKED, failure="no"),))
    cases = []
    for n in range(MOST + 1):
        marker = Marker(fingerprint=f"{n}", findings=(), present={}, targets=())
        cases.append(Case(marker=marker, title=f"{n}", body=""))
    first, *rest = _steps(night, cases, [], TARGETS, LINK)
    assert (first.deed, first.case) == (Deed.OPEN, alarm(night))
    assert [step.deed for step in rest] == [Deed.OPEN] * MOST + [Deed.WAIT]


def test_a_finding_of_only_one_try_closes_no_issue(place: Place) -> None:
    place.store(recorded(BAD))
    night(place)
    path = place.store(recorded(GOOD))
    save_record(recorded(BAD), path.with_name("record-first.json"))
    checked = Checked(target=FRESH, earlier="1 drift")
    path.with_name("verdicts.json").write_bytes(msgspec.json.encode(checked))
    assert night(place, 1).exit_code == 0
    assert [each.open for each in issues(place)] == [True]
    assert "Only one of the two runs shows these" in page(place)
    path.with_name("record-first.json").unlink()
    night(place, 2)
    assert [each.open for each in issues(place)] == [False]


class Falling(FolderTracker):
    """A tracker of which one method fails."""

    def __init__(self, directory: Path, method: str) -> None:
        super().__init__(directory)
        object.__setattr__(self, method, self._fall)

    def _fall(self, *_: object) -> None:
        raise TrackerError("it fell")


# what the target shows in one night after the other, until a method is called for the first time
USES = {
    "open": [BAD],
    "edit": [BAD, BAD],
    "comment": [BAD, BAD],
    "close": [BAD, GOOD],
    "reopen": [BAD, GOOD, BAD],
}


@pytest.mark.parametrize(("method", "given"), USES.items(), ids=USES)
def test_a_failure_of_the_tracker_is_reported_and_left_to_the_next_night(
    method: str, given: list[Observation], place: Place
) -> None:
    place.accept(recorded(GOOD, target=NIGHTLY))
    targets = [FRESH, LOCKED, NIGHTLY]
    for number, shown in enumerate(given):
        falls = number == len(given) - 1
        place.store(recorded(shown, distributions={**KERAS, "keras": "3.16.0"}))
        # another target shows the finding too, from the second night on, for the comment
        also = method in ("edit", "comment") and falls
        newer = {**KERAS, "keras": "3.16.0"}
        place.store(recorded(BAD if also else GOOD, target=NIGHTLY, distributions=newer))
        # a ground regression shows as well, for a second action
        place.store(recorded(BAD if falls and method != "open" else GOOD, target=LOCKED))
        tracker = Falling(place.root / "issues", method) if falls else None
        conclusion = night(place, number, tracker, targets)
    assert len(conclusion.troubles) == 1
    assert "it fell" in conclusion.troubles[0]
    assert conclusion.troubles[0] in page(place)
    assert len(issues(place)) == (0 if method == "open" else 2)
    conclusion = night(place, len(given), targets=targets)
    assert conclusion.troubles == ()
    # a failed comment is not repeated: the body has its content by then
    assert [issue.open for issue in issues(place)][:1] == [given[-1] is BAD]
    assert [issue.open for issue in issues(place)][1:] == [True] * (method != "open")
    before = issues(place)
    night(place, len(given) + 1, targets=targets)
    assert issues(place) == before


def test_the_alarm_shows_the_unchecked_targets_of_the_last_night(place: Place) -> None:
    tracker = FolderTracker(place.root / "issues")
    night(place)
    (place.results / LOCKED / "record.json").unlink()
    night(place, 4)
    [alarm] = tracker.issues()
    assert FRESH not in alarm.body
    (place.results / FRESH / "record.json").unlink()
    night(place, 5)
    [alarm] = tracker.issues()
    assert f"| {FRESH} | " in alarm.body
    assert "## Comment" not in Path(alarm.link).read_text(encoding="utf-8")


def test_a_dismissed_regression_fails_no_night(place: Place) -> None:
    place.store(recorded(BAD))
    night(place)
    dismiss(place, 1)
    conclusion = night(place, 1)
    assert conclusion.exit_code == 0
    assert "dismissed as not planned" in page(place)
    assert len(conclusion.regressions) == 1


@pytest.mark.parametrize("others", [(), ("tf-0.1",)])
def test_an_issue_on_a_target_that_no_night_checks_is_closed_and_says_so(
    place: Place, others: Sequence[str]
) -> None:
    place.store(recorded(BAD))
    night(place)
    tracker = FolderTracker(place.root / "issues")
    [filed], _ = read(tracker.issues())
    moved = replace(filed.marker, targets=("tf-0.1",))
    _, _, body = filed.issue.body.partition("\n")
    tracker.edit(filed.issue, filed.issue.title, f"{moved}\n{body}")
    place.store(recorded(GOOD))
    night(place, 1, others=others)
    [issue] = issues(place)
    assert issue.open == bool(others)
    said = "No night checks tf-0.1 any more" in issue_file(place)
    assert said == (not others)
