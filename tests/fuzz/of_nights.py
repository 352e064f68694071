"""The files of nights: their results, the archive, issues in files and on GitHub."""

import base64
import json
import lzma
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import cast

import msgspec

from harness.upkeep.archive import Entry
from harness.upkeep.issues import assign, plan, read
from harness.upkeep.night import load_conclusion
from harness.upkeep.night_summary import summary
from harness.upkeep.tracker import Issue
from harness.upkeep.tracker.folder import FolderTracker, Stored, file_text
from harness.upkeep.tracker.gh import Gh
from harness.upkeep.tracker.github import GitHubTracker
from tests.fuzz.kinds import Kind, LeftOutError, stored
from tests.support.desks import ACCEPTED, NEWER, SEEN, Desk, make_desk, observing
from tests.support.filings import case, filed, seen
from tests.support.nights import DAY, FRESH, NOW, Place, recorded

SIGHTINGS = [seen("one"), seen("two"), seen("one", "tf-2.21-fresh")]
CASES = [case(each) for each in assign(SIGHTINGS, [])]
CHECKED = ("tf-nightly", "tf-2.21-fresh")


def of_nights(root: Path) -> Iterator[Kind]:
    yield from _of_conclusions(make_desk(root / "night"))
    yield from _of_archives(Place(root=root))
    yield from _of_issues(root)


def _of_conclusions(desk: Desk) -> Iterator[Kind]:
    fingerprint = desk.night(observing(SEEN, distributions=NEWER))
    path = desk.place.results / "night.json"
    sound = desk.files

    def use(path: Path) -> object:
        conclusion = load_conclusion(path)
        _ = conclusion.exit_code, conclusion.night.stale
        summary(conclusion, ())
        assign(conclusion.night.sightings, ())
        desk.accept(fingerprint)
        for name, data in sound.items():
            (desk.place.root / name).write_bytes(data)
        return conclusion

    yield Kind(name="night.json", samples=[path.read_bytes()], read=stored(path, use), part=0.5)


def _of_archives(place: Place) -> Iterator[Kind]:
    place.accept(recorded())
    record = observing(ACCEPTED, began=NOW - DAY)
    sound = msgspec.json.encode(record)
    kept = place.project.archive / FRESH / "20260228T020000.json.xz"

    def use_record(_: Path) -> object:
        night = place.night(observing(SEEN, distributions=NEWER))
        if not list(place.archive.records(FRESH, NOW)):
            raise LeftOutError("no record is left")
        return night

    read_kept = stored(kept, use_record)
    name = "record in the archive"
    yield Kind(
        name=name,
        samples=[sound],
        read=lambda data: read_kept(lzma.compress(data, preset=0)),
        part=0.3,
    )
    packed = [lzma.compress(sound)]
    yield Kind(name=f"{name}, packed", samples=packed, read=read_kept, form="text", part=0.1)

    def use_log(_: Path) -> object:
        if not place.archive.nights():
            raise LeftOutError("no night is left")
        return place.night(recorded())

    entries = [
        Entry(began=NOW - DAY, checked=(FRESH,), wanted=(FRESH,), fresh=NOW - DAY),
        Entry(began=NOW - 2 * DAY, checked=()),
    ]
    log = place.project.archive / "nights.json"
    yield Kind(
        name="nights.json",
        samples=[msgspec.json.encode(entries)],
        read=stored(log, use_log),
        part=0.3,
    )


def _of_issues(root: Path) -> Iterator[Kind]:
    whole = replace(CASES[0].marker, shown={"tf-nightly": NOW})
    sound = msgspec.json.encode(whole)
    window = {"target": "x", "good": "what is accepted", "bad": NOW.isoformat()}
    older = json.loads(sound) | {"schema_version": 1, "windows": [window]}
    issue = filed(whole).issue

    def use_marker(data: bytes) -> object:
        packed = base64.b64encode(zlib.compress(data, 1)).decode()
        return _planned([replace(issue, body=f"<!-- state-harness {packed} -->\na body")])

    markers = [sound, json.dumps(older).encode()]
    yield Kind(name="marker of an issue", samples=markers, read=use_marker)

    folder = root / "issues"
    file = Stored(number=1, title="a title", body=issue.body, comments=(("", "a comment"),))
    closed = replace(file, open=False, reason="not planned", comments=())
    yield Kind(
        name="file of an issue",
        samples=[file_text(each).encode() for each in (file, closed)],
        read=stored(folder / "0001.md", lambda _: _planned(FolderTracker(folder).issues())),
        form="text",
    )
    answer = {
        "number": 1,
        "title": "a title",
        "body": issue.body,
        "state": "open",
        "state_reason": None,
        "html_url": "https://example.org/1",
        "labels": [{"name": "state-harness"}],
    }
    yield Kind(
        name="answer of GitHub",
        samples=[json.dumps([answer, answer | {"state": "closed"}]).encode()],
        read=lambda data: _planned(_answered(data.decode("utf-8", "replace"))),
    )


def _planned(issues: Sequence[Issue]) -> object:
    """A night of SIGHTINGS with these issues."""
    known, unreadable = read(issues)
    found = assign(SIGHTINGS, known)
    steps = plan([case(each) for each in found], known, CHECKED, lambda _: "gone")
    if unreadable:
        raise LeftOutError("an issue without a marker")
    return steps


class _Answering:
    """Stands for `gh`."""

    def __init__(self, text: str) -> None:
        self.text = text

    def read(self, _: str) -> str:
        return self.text

    def write(self, *_: object, **__: Mapping[str, object]) -> str:
        return self.text


def _answered(text: str) -> list[Issue]:
    tracker = GitHubTracker(cast(Gh, _Answering(text)))
    listed = tracker.issues()
    for each in listed:
        tracker.close(each, "a text")
    return listed
