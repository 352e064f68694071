"""What is accepted of a regression is all of it and nothing else, for people to review."""

import datetime
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec
import pytest

from harness.upkeep.accept import HOLDS_FOR, Reason, accept_regression
from harness.observing.baselines import DISTRIBUTIONS, INTERNALS, load_distributions, load_steps
from harness.base.errors import HarnessError, KnownChangesError, RecordError, UsageError
from harness.judging.known import load_known
from harness.upkeep.night import Conclusion
from harness.base.project import RESOURCES
from harness.base.paths import Workspace
from harness.observing.records import Array, Record
from harness.upkeep.regressions import Regression, regression
from harness.environments.targets import load_targets
from tests.support.makers import array, internal, raises, sees, twice
from tests.support.nights import DAY, FRESH, KERAS, LOCKED, NIGHTLY, NOW, Place, recorded

OTHER_FRESH = "tf-2.20-fresh"
NEWER = {**KERAS, "keras": "3.99.0"}
REASON = Reason(link="https://example.org/1", why="It is meant.", instead="the other")
FIXED, STRICT = "stateful-fixed.json", "stateful-strict.json"
STEPS = ("one", "two [x]*", "three")


def observing(
    values: Mapping[str, Array | None],
    *,
    target: str = FRESH,
    defaults: Sequence[str] = ("None", "None"),
    distributions: Mapping[str, str] = KERAS,
    began: datetime.datetime = NOW,
) -> Record:
    """A record of these steps, in two variants, and of two internals with these defaults."""
    steps = [
        raises("no", step=name) if v is None else sees(name, a=v) for name, v in values.items()
    ]
    names = ("RNN.call", "RNN.reset_states")
    return replace(
        recorded(target=target, distributions=distributions, began=began),
        runs=(*twice(*steps), *twice(*steps, variant="strict")),
        internals=tuple(
            internal(name, default) for name, default in zip(names, defaults, strict=True)
        ),
    )


ACCEPTED = {name: array(1.0, 2.0) for name in STEPS}
# of the first two steps and of the first internal something else, of the third only the last bit
SEEN = {"one": array(5.0, 2.0), "two [x]*": None, "three": array(1.0000001, 2.0)}


@dataclass(frozen=True, kw_only=True)
class Desk:
    """Where a night was seen, and a copy of the known changes."""

    place: Place

    @property
    def known(self) -> Path:
        return self.place.root / "known_changes.toml"

    @property
    def workspace(self) -> Workspace:
        return Workspace(results=self.place.results, baselines=self.place.baselines)

    def night(
        self,
        *records: Record,
        of: Sequence[str] | None = None,
        change: Callable[[Regression], Regression] = lambda each: each,
    ) -> str:
        """A night with these records, and a regression of what differs at places `of`, or all."""
        for each in records:
            self.place.store(each)
        night = self.place.see(*(each.target for each in records))
        kept = [s for s in night.sightings if of is None or s.change.where in of]
        rest = [s for s in night.sightings if s not in kept]
        found = [change(regression(kept)), *([regression(rest)] if rest else [])]
        conclusion = Conclusion(night=night, regressions=tuple(found))
        (self.place.results / "night.json").write_bytes(msgspec.json.encode(conclusion))
        return found[0].fingerprint

    def accept(self, fingerprint: str, target: str = FRESH, reason: Reason = REASON) -> list[Path]:
        chosen = load_targets()[target]
        return accept_regression(chosen, fingerprint, reason, self.workspace, self.known)

    @property
    def files(self) -> dict[str, bytes]:
        """All that can be accepted into, by its path."""
        paths = [self.known, *self.place.baselines.rglob("*")]
        return {
            str(path.relative_to(self.place.root)): path.read_bytes()
            for path in paths
            if path.is_file()
        }


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    made = Desk(place=Place(root=tmp_path))
    for target in (FRESH, OTHER_FRESH, LOCKED, NIGHTLY):
        made.place.accept(observing(ACCEPTED, target=target))
    made.known.write_bytes((RESOURCES / "known_changes.toml").read_bytes())
    return made


def changed(before: Mapping[str, bytes], after: Mapping[str, bytes]) -> set[str]:
    assert before.keys() == after.keys()
    return {
        path.removeprefix(f"baselines/{FRESH}/") for path in after if after[path] != before[path]
    }


def test_a_step_is_accepted_and_nothing_else_moves(desk: Desk) -> None:
    seen = observing(SEEN, defaults=("1", "1"), distributions=NEWER)
    fingerprint = desk.night(seen, of=["stateful / one"])
    before = desk.files
    written = desk.accept(fingerprint)
    assert changed(before, desk.files) == {FIXED, STRICT, DISTRIBUTIONS, "known_changes.toml"}
    assert {path.name for path in written} == changed(before, desk.files)
    directory = desk.place.baselines / FRESH
    for name in (FIXED, STRICT):
        old = json.loads(before[f"baselines/{FRESH}/{name}"])
        new = json.loads((directory / name).read_bytes())
        assert list(new["steps"]) == list(STEPS)  # in the order of the scenario
        assert new["steps"]["one"]["arrays"]["a"]["values"] == [[5.0, 2.0]]
        new["steps"]["one"] = old["steps"]["one"]
        assert new == old
        lines = (directory / name).read_text("utf-8").splitlines()
        moved = set(lines) - set(before[f"baselines/{FRESH}/{name}"].decode().splitlines())
        assert moved == {'     "mean": 3.5,', "      [5.0, 2.0]"}
    assert load_distributions(directory / DISTRIBUTIONS) == NEWER


def test_an_internal_is_accepted_and_nothing_else_moves(desk: Desk) -> None:
    seen = observing(SEEN, defaults=("1", "1"), distributions=NEWER)
    fingerprint = desk.night(seen, of=["RNN.call"])
    before = desk.files
    desk.accept(fingerprint)
    assert changed(before, desk.files) == {INTERNALS, DISTRIBUTIONS, "known_changes.toml"}
    old = json.loads(before[f"baselines/{FRESH}/{INTERNALS}"])
    new = json.loads((desk.place.baselines / FRESH / INTERNALS).read_bytes())
    assert new["internals"]["RNN.call"]["parameters"] == ["self", "states=1"]
    new["internals"]["RNN.call"] = old["internals"]["RNN.call"]
    assert new == old


def test_what_is_new_stands_where_the_scenario_has_it_and_what_is_gone_goes(desk: Desk) -> None:
    steps = {
        "new": array(3.0),
        "one": array(1.0, 2.0),
        "newer": array(4.0),
        "three": ACCEPTED["three"],
    }
    fingerprint = desk.night(observing(steps), of=["stateful / new", "stateful / two [x]*"])
    desk.accept(fingerprint)
    found = load_steps(desk.place.baselines / FRESH / FIXED)
    assert list(found) == ["new", "one", "three"]


def test_a_scenario_that_is_new_gets_a_file_of_its_own(desk: Desk) -> None:
    seen = observing(ACCEPTED)
    seen = replace(seen, runs=(*seen.runs, *twice(sees(a=array(1.0)), scenario="reset")))
    written = desk.accept(desk.night(seen))
    assert [path.name for path in written] == ["reset-fixed.json", DISTRIBUTIONS]
    assert list(load_steps(written[0])) == ["step"]


@pytest.mark.parametrize("target", [FRESH, LOCKED])
def test_a_night_again_has_nothing_to_tell(target: str, desk: Desk) -> None:
    seen = observing(SEEN, target=target, defaults=("1", "1"), distributions=NEWER)
    fingerprint = desk.night(seen)
    before = desk.files
    desk.accept(fingerprint, target)
    assert desk.place.see(target).sightings == []
    distributions = f"baselines/{target}/{DISTRIBUTIONS}"
    # a lock says what the baseline of a target that has one was made with
    assert (desk.files[distributions] == before[distributions]) is (target == LOCKED)


def test_the_entry_is_appended_and_explains_what_was_seen(desk: Desk) -> None:
    fingerprint = desk.night(observing(SEEN, defaults=("1", "None"), distributions=NEWER))
    night = desk.place.see()
    before = desk.known.read_bytes()
    desk.accept(fingerprint)
    after = desk.known.read_bytes()
    assert after.startswith(before)
    assert after[len(before) :].startswith(b"\n[[change]]\n")
    assert load_known(desk.known)[:-1] == load_known()
    entry = load_known(desk.known)[-1]
    assert (entry.package, entry.since, entry.link) == ("keras", "3.99.0", REASON.link)
    assert (entry.why, entry.instead, entry.portable) == (REASON.why, REASON.instead, None)
    assert entry.title == "stateful / one: other values (keras 3.99.0)"
    assert entry.expires == datetime.datetime.now(datetime.UTC).date() + HOLDS_FOR
    assert len(entry.matches) == len(night.sightings) == 4
    for sighting in night.sightings:
        [line] = entry.matching(sighting.change)
        assert line.startswith(f"{sighting.change.kind}: ")
        # and no other step, though its name holds what a pattern does
        other = replace(sighting.change, subject=sighting.change.subject.replace("[x]*", "x y"))
        assert (entry.matching(other) == [line]) is (other == sighting.change)


@pytest.mark.parametrize("end", ["", "\n", "\n\n"])
def test_the_entry_is_a_paragraph_of_its_own_however_the_file_ends(end: str, desk: Desk) -> None:
    text = desk.known.read_text("utf-8").rstrip()
    desk.known.write_text(f"{text}{end}", encoding="utf-8")
    desk.accept(desk.night(observing(SEEN, distributions=NEWER)))
    after = desk.known.read_text("utf-8")
    assert after.startswith(f"{text}\n\n[[change]]\ntitle = ")
    assert after.endswith("\n")
    assert not after.endswith("\n\n")


TRICKY = 'It "is" \\meant\\:\n[[change]] größer # """ \'\'\' \t'


def test_what_a_person_says_is_kept_whatever_it_is(desk: Desk) -> None:
    reason = replace(REASON, why=TRICKY, instead=TRICKY, title=TRICKY)
    desk.accept(desk.night(observing(SEEN, distributions=NEWER)), reason=reason)
    entry = load_known(desk.known)[-1]
    assert (entry.title, entry.why, entry.instead) == (TRICKY,) * 3


def test_another_target_of_the_same_regression_needs_no_second_entry(desk: Desk) -> None:
    records = [
        observing(SEEN, target=target, defaults=("1", "None"), distributions=NEWER)
        for target in (FRESH, OTHER_FRESH)
    ]
    fingerprint = desk.night(*records)
    desk.accept(fingerprint)
    before = desk.files
    written = desk.accept(fingerprint, OTHER_FRESH)
    assert desk.known not in written
    assert changed(before, desk.files) == {
        f"baselines/{OTHER_FRESH}/{name}" for name in (FIXED, STRICT, INTERNALS, DISTRIBUTIONS)
    }
    assert desk.place.see(FRESH, OTHER_FRESH).sightings == []


def test_what_another_target_shows_besides_gets_an_entry_of_its_own(desk: Desk) -> None:
    fingerprint = desk.night(
        observing({**ACCEPTED, "one": SEEN["one"]}, distributions=NEWER),
        observing(SEEN, target=OTHER_FRESH, distributions=NEWER),
    )
    desk.accept(fingerprint)
    desk.accept(fingerprint, OTHER_FRESH)
    assert load_known(desk.known)[-1].matches == ("newly raises: stateful / two [[]x][*]",)


MOVED: dict[str, Callable[[Record], Record]] = {
    "the same packages": lambda record: record,
    "a package that decides nothing": lambda record: with_distributions(record, rich="99.0"),
    "numpy": lambda record: with_distributions(record, numpy="99.0"),
    "a package that is gone": lambda record: with_distributions(record, **{"tf-keras": ""}),
}


def with_distributions(record: Record, **others: str) -> Record:
    assert record.environment is not None
    found = {**record.environment.distributions, **others}
    kept = {name: version for name, version in found.items() if version}
    return replace(record, environment=replace(record.environment, distributions=kept))


@pytest.mark.parametrize("move", MOVED.values(), ids=MOVED)
def test_what_no_release_brought_is_accepted_without_an_entry(
    move: Callable[[Record], Record], desk: Desk
) -> None:
    desk.place.accept(with_distributions(observing(ACCEPTED), **{"tf-keras": "2.21.0"}))
    seen = with_distributions(observing(SEEN), **{"tf-keras": "2.21.0"})
    fingerprint = desk.night(move(seen))
    before = desk.known.read_bytes()
    written = desk.accept(fingerprint)
    assert desk.known not in written
    assert desk.known.read_bytes() == before
    assert desk.place.see().sightings == []


def test_what_a_machine_did_is_accepted_without_an_entry_whatever_the_packages(desk: Desk) -> None:
    def moved(found: Regression) -> Regression:
        sightings = (replace(s, window=replace(s.window, moved=True)) for s in found.sightings)
        return regression(list(sightings))

    fingerprint = desk.night(observing(SEEN, distributions=NEWER), change=moved)
    assert desk.known not in desk.accept(fingerprint)
    assert desk.place.see().sightings == []


def test_a_person_can_say_which_release_brought_it(desk: Desk) -> None:
    fingerprint = desk.night(observing(SEEN, distributions={**NEWER, "tensorflow": "2.99.0"}))
    reason = replace(REASON, package="tensorflow")
    desk.accept(fingerprint, reason=reason)
    assert desk_entry(desk) == ("tensorflow", "2.99.0")


def test_a_person_can_say_it_of_the_ground_too(desk: Desk) -> None:
    fingerprint = desk.night(observing(SEEN))
    desk.accept(fingerprint, reason=replace(REASON, package="keras", since="3.15"))
    assert desk_entry(desk) == ("keras", "3.15")


def desk_entry(desk: Desk) -> tuple[str, str]:
    entry = load_known(desk.known)[-1]
    return entry.package, entry.since


def test_a_nightly_has_the_release_that_it_leads_to(desk: Desk) -> None:
    made = {"tf-nightly": "2.22.0.dev20260101", "keras-nightly": "3.16.0.dev2026010101"}
    came = {**made, "keras-nightly": "3.16.0.dev2026030101"}
    desk.place.accept(observing(ACCEPTED, target=NIGHTLY, distributions=made))
    fingerprint = desk.night(observing(SEEN, target=NIGHTLY, distributions=came))
    desk.accept(fingerprint, NIGHTLY)
    assert desk_entry(desk) == ("keras", "3.16.0")
    assert desk.place.see(NIGHTLY).sightings == []


KNOWN = """
[[change]]
title = "known"
package = "keras"
since = "3.99.0"
matches = ["newly raises: stateful / *"]
why = "A reason."
instead = "something else"
link = "https://example.org/"
expires = 2030-01-01
"""


def test_what_known_changes_explain_stays_explained(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    with desk.known.open("a", encoding="utf-8") as stream:
        stream.write(KNOWN)
    known = load_known(desk.known)
    monkeypatch.setattr("harness.upkeep.assess.load_known", lambda: known)
    fingerprint = desk.night(observing(SEEN, distributions=NEWER))
    [seen] = desk.place.see().seen
    assert {each.change.subject for each in seen.sightings} == {"one"}
    assert seen.known == ("known",)
    desk.accept(fingerprint)
    assert desk.place.see().sightings == []
    assert load_known(desk.known)[-1].matches == (
        "other values: stateful / one",
        "seeding: stateful / one",
    )


def damage(desk: Desk, name: str, data: bytes) -> None:
    (desk.place.root / name).write_bytes(data)


BOTH = {**NEWER, "tensorflow": "2.99.0"}
REFUSED: dict[str, tuple[Callable[[Desk], object], type[HarnessError], tuple[str, ...]]] = {
    "no such regression": (
        lambda desk: desk.accept(f"{night(desk)}0"),
        UsageError,
        ("there is no regression", "there are: "),
    ),
    "not on this target": (
        lambda desk: desk.accept(night(desk), OTHER_FRESH),
        UsageError,
        ("does not show on tf-2.20-fresh", "but on tf-2.21-fresh"),
    ),
    "another record": (
        lambda desk: desk.accept(
            night(desk, lambda: desk.place.store(observing(SEEN, began=NOW + DAY / 2)))
        ),
        UsageError,
        ("record.json: began at 2026-03-01T14:00", "the night saw", "`nox -s nightly` again"),
    ),
    "half a record": (
        lambda desk: desk.accept(
            night(desk, lambda: damage(desk, f"results/{FRESH}/record.json", b"{"))
        ),
        RecordError,
        ("record.json: not a whole record", "run the target again"),
    ),
    "no night": (
        lambda desk: desk.accept("0" * 12),
        UsageError,
        ("night.json: cannot be read", "`nox -s nightly` writes it"),
    ),
    "half a night": (
        lambda desk: desk.accept(night(desk, lambda: damage(desk, "results/night.json", b"{"))),
        UsageError,
        ("night.json: cannot be read", "`nox -s nightly` writes it"),
    ),
    "no link": (
        lambda desk: desk.accept(night(desk), reason=replace(REASON, link="example.org")),
        KnownChangesError,
        ("known_changes.toml: change ", "field 'link'", "https://"),
    ),
    "no reason": (
        lambda desk: desk.accept(night(desk), reason=replace(REASON, why=" ")),
        KnownChangesError,
        ("known_changes.toml: change ", "field 'why': is empty"),
    ),
    "two packages": (
        lambda desk: desk.accept(night(desk, distributions=BOTH)),
        UsageError,
        ("keras and tensorflow differ", "--package"),
    ),
    "a package that is the same": (
        lambda desk: desk.accept(night(desk), reason=replace(REASON, package="tensorflow")),
        UsageError,
        ("tensorflow is the same", "--since"),
    ),
    "a package that is none of them": (
        lambda desk: desk.accept(night(desk), reason=replace(REASON, package="numpy")),
        UsageError,
        ("--package", "'numpy'", "tensorflow, keras, tf-keras"),
    ),
    "a release that is none": (
        lambda desk: desk.accept(night(desk), reason=replace(REASON, since="soon")),
        UsageError,
        ("--since", "soon"),
    ),
    "half a file of known changes": (
        lambda desk: desk.accept(night(desk, lambda: damage(desk, "known_changes.toml", b"["))),
        KnownChangesError,
        ("known_changes.toml: cannot be read",),
    ),
    "no baseline": (
        lambda desk: desk.accept(
            night(desk, lambda: (desk.place.baselines / FRESH / FIXED).write_bytes(b"{"))
        ),
        HarnessError,
        (f"{FIXED}: cannot be read", "git checkout"),
    ),
}


def night(
    desk: Desk,
    spoil: Callable[[], object] = lambda: None,
    *,
    distributions: Mapping[str, str] = NEWER,
) -> str:
    """A night's regression, of which something is spoiled before it is accepted."""
    fingerprint = desk.night(observing(SEEN, distributions=distributions))
    spoil()
    return fingerprint


@pytest.mark.parametrize(("attempt", "kind", "said"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_accepted_is_refused_and_nothing_is_written(
    attempt: Callable[[Desk], object],
    kind: type[HarnessError],
    said: tuple[str, ...],
    desk: Desk,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(path: Path, data: bytes) -> None:
        raise AssertionError(f"{path}: {data!r}")

    monkeypatch.setattr("harness.upkeep.accept.write_whole", refuse)
    with pytest.raises(kind) as raised:
        attempt(desk)
    for each in said:
        assert each in str(raised.value)


def test_where_nothing_is_spoiled_nothing_is_refused(desk: Desk) -> None:
    assert desk.accept(night(desk))
    assert desk_entry(desk) == ("keras", "3.99.0")
