"""Makes the input of an acceptance: a night, its record, and a copy of the known changes."""

import datetime
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from harness.base.project import RESOURCES, Project
from harness.judging.known import load_known
from harness.observing.records import Array, Record
from harness.upkeep.accept import Reason, accept_regression
from harness.upkeep.night import Conclusion
from harness.upkeep.regressions import Regression, regression
from tests.support.makers import array, internal, raises, sees, twice
from tests.support.nights import FRESH, KERAS, LOCKED, NIGHTLY, NOW, Place, recorded
from tests.support.places import TARGETS

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
    """The files of a night, and a copy of the known changes."""

    place: Place

    @property
    def known(self) -> Path:
        return self.place.root / "known_changes.toml"

    @property
    def project(self) -> Project:
        return self.place.project.with_places(known_changes=self.known)

    def knowing(self, text: str) -> "Desk":
        """The desk with these known changes as well, also in the file."""
        with self.known.open("a", encoding="utf-8") as stream:
            stream.write(text)
        criteria = replace(self.place.criteria, known=load_known(self.known))
        return replace(self, place=replace(self.place, criteria=criteria))

    def night(
        self,
        *records: Record,
        of: Sequence[str] | None = None,
        change: Callable[[Regression], Regression] = lambda each: each,
    ) -> str:
        """A night with these records, and a regression of the findings at `of`, or of all."""
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
        chosen = TARGETS[target]
        return accept_regression(chosen, fingerprint, reason, self.project, self.place.criteria)

    @property
    def files(self) -> dict[str, bytes]:
        """The files that an acceptance can change, by path."""
        paths = [self.known, *self.place.baselines.rglob("*")]
        return {
            str(path.relative_to(self.place.root)): path.read_bytes()
            for path in paths
            if path.is_file()
        }

    @property
    def entry(self) -> tuple[str, str]:
        """The package and release of the last known change."""
        entry = load_known(self.known)[-1]
        return entry.package, entry.since


def make_desk(root: Path) -> Desk:
    made = Desk(place=Place(root=root))
    for target in (FRESH, OTHER_FRESH, LOCKED, NIGHTLY):
        made.place.accept(observing(ACCEPTED, target=target))
    made.known.write_bytes((RESOURCES / "known_changes.toml").read_bytes())
    return made
