"""The archive stores the last nights, and a damaged file in it stops no night."""

import datetime
import logging
import lzma
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from harness.upkeep.archive import KEPT, NIGHTS, Archive, Entry
from tests.support.makers import gives
from tests.support.nights import DAY, FRESH, NOW, Place, recorded


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Place(root=tmp_path).archive


def started(archive: Archive, before: datetime.datetime = NOW + DAY) -> list[str]:
    return [record.started for record in archive.records(FRESH, before)]


def test_the_last_records_of_a_target_are_kept_newest_first(archive: Archive) -> None:
    moments = [NOW - n * DAY for n in range(KEPT + 2)]
    records = [recorded(gives(1.0), began=moment) for moment in moments]
    for each in records[::-1]:
        archive.keep(each)
    assert started(archive) == [moment.isoformat() for moment in moments[:KEPT]]
    assert next(archive.records(FRESH, NOW + DAY)) == records[0]
    assert list(archive.records("tf-2.15", NOW + DAY)) == []


def test_a_night_does_not_look_back_on_itself(archive: Archive) -> None:
    for moment in (NOW - DAY, NOW):
        archive.keep(recorded(began=moment))
    assert started(archive, NOW) == [(NOW - DAY).isoformat()]


def test_moments_are_compared_across_time_zones(archive: Archive) -> None:
    east = NOW.astimezone(datetime.timezone(datetime.timedelta(hours=9)))
    archive.keep(recorded(began=east))
    archive.keep(replace(recorded(), started=(NOW - DAY).replace(tzinfo=None).isoformat()))
    assert len(started(archive)) == 2
    assert len(started(archive, NOW)) == 1
    archive.keep(recorded(began=NOW))  # the same moment, so the same night
    assert len(started(archive)) == 2


@pytest.mark.fault(
    "files", "a record in the archive is damaged", "it is left out, with a warning that names it"
)
@pytest.mark.parametrize("data", [b"", b"garbage", b"\xfd7zXZ\x00\x00"])
def test_a_damaged_record_is_left_out_with_a_warning(
    archive: Archive, data: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    for moment in (NOW - DAY, NOW):
        archive.keep(recorded(began=moment))
    newest = max((archive.directory / FRESH).iterdir())
    newest.write_bytes(data)
    with caplog.at_level(logging.WARNING):
        assert started(archive) == [(NOW - DAY).isoformat()]
    assert str(newest) in caplog.text


@pytest.mark.parametrize("damage", [{"schema_version": 2}, {"started": "yesterday"}, {"runs": 1}])
def test_a_record_of_another_schema_is_left_out(
    archive: Archive, damage: dict[str, object]
) -> None:
    archive.keep(recorded(began=NOW - DAY))
    document = {**msgspec.json.decode(msgspec.json.encode(recorded())), **damage}
    path = archive.directory / FRESH / "20260301T020000.json.xz"
    path.write_bytes(lzma.compress(msgspec.json.encode(document)))
    assert started(archive) == [(NOW - DAY).isoformat()]
    document.update(msgspec.json.decode(msgspec.json.encode(recorded())))
    path.write_bytes(lzma.compress(msgspec.json.encode(document)))
    assert len(started(archive)) == 2


def test_other_files_do_not_matter(archive: Archive) -> None:
    archive.keep(recorded())
    (archive.directory / FRESH / "20260301T020000.json.xz.part").write_bytes(b"")
    (archive.directory / FRESH / "README.md").write_bytes(b"")
    assert len(started(archive)) == 1


def test_the_log_has_each_night_once_and_forgets_the_oldest(archive: Archive) -> None:
    assert archive.nights() == ()
    for n in range(NIGHTS + 1):
        archive.enter(Entry(began=NOW + n * DAY, checked=(FRESH,)))
    last = Entry(began=NOW + NIGHTS * DAY, checked=())
    archive.enter(last)
    assert len(archive.nights()) == NIGHTS
    assert archive.nights()[0].began == NOW + DAY
    assert archive.nights()[-1] == last


@pytest.mark.fault("files", "`nights.json` is damaged", "the log begins anew, with a warning")
@pytest.mark.parametrize(
    "text",
    [
        "",
        "[{]",
        "{}",
        '[{"began": "yesterday", "checked": []}]',
        '[{"began": "2026-03-01T02:00:00", "checked": []}]',  # without a time zone
        '[{"began": "2026-03-01T02:00:00Z"}]',
        '"\\ud800"',
    ],
)
def test_a_damaged_log_starts_anew(
    archive: Archive, text: str, caplog: pytest.LogCaptureFixture
) -> None:
    archive.enter(Entry(began=NOW, checked=()))
    assert len(archive.nights()) == 1
    (archive.directory / "nights.json").write_text(text, encoding="utf-8")
    with caplog.at_level(logging.WARNING):
        assert archive.nights() == ()
    assert "nights.json" in caplog.text
    archive.enter(Entry(began=NOW, checked=()))
    assert len(archive.nights()) == 1
