"""Makes the input of the texts of a night."""

import datetime
from collections.abc import Sequence
from dataclasses import replace

from harness.environments.targets import Target
from harness.judging.changes import Change, ChangeKind
from harness.upkeep.issue_texts import case
from harness.upkeep.issues import Case, Marker
from harness.upkeep.night import Conclusion, Night, Seen
from harness.upkeep.regressions import (
    Difference,
    Regression,
    Sighting,
    Window,
    regression,
)
from harness.upkeep.tracker import Issue, refuse_unfit

NOW = datetime.datetime(2026, 3, 5, 2, 0, tzinfo=datetime.UTC)

GOOD = datetime.datetime(2026, 3, 1, 2, 0, tzinfo=datetime.UTC)

BAD = datetime.datetime(2026, 3, 2, 2, 0, tzinfo=datetime.UTC)

KERAS = Difference(name="keras", good="3.15.1", bad="3.16.0")

DISTRIBUTIONS = {"tensorflow": "2.21.0", "keras": "3.16.1", "numpy": "2.2.0", "rich": "14.0"}

LINK = "https://example.org/runs/1"


def window(
    target: str = "tf-2.21-fresh", *, good: datetime.datetime | None = GOOD, **differs: object
) -> Window:
    made = Window(target=target, good=good, bad=BAD, packages=(KERAS,))
    return replace(made, **differs)  # type: ignore[arg-type]


def change(
    step: str = "step",
    kind: ChangeKind = ChangeKind.VALUES,
    *,
    scenario: str = "stateful",
    before: str = "mean 1",
    after: str = "mean 2",
) -> Change:
    return Change(
        kind=kind,
        subject=step,
        scenario=scenario,
        variants=("fixed", "strict") if scenario else (),
        before=before,
        after=after,
    )


def on(of: Window, *changes: Change) -> list[Sighting]:
    return [Sighting(change=each, window=of) for each in changes or (change(),)]


def named(*names: str) -> dict[str, Target]:
    return {
        name: Target(
            name=name,
            family="fresh",
            python="3.13",
            requirements=("tensorflow",),
            variables={"TF_USE_LEGACY_KERAS": "1"} if name.startswith("legacy") else {},
            prereleases=name == "tf-nightly",
        )
        for name in names
    }


def night_of(*found: Regression, seen: Sequence[Seen] = ()) -> Night:
    """A night with these regressions, and the targets `seen`."""
    names = dict.fromkeys(target for each in found for target in each.targets)
    checked = [
        Seen(
            target=name,
            started=BAD,
            distributions=DISTRIBUTIONS,
            sightings=tuple(s for each in found for s in each.sightings if s.target == name),
            seconds=30.0,
        )
        for name in names
    ]
    return Night(began=NOW, fresh=NOW, seen=(*checked, *seen))


def issue_of(*sightings: Sighting, link: str = LINK) -> Case:
    found = regression(sightings)
    return case(found, night_of(found), named(*found.targets), link)


def block(body: str, heading: str) -> list[str]:
    """The commands below a heading."""
    below = body.split(f"### {heading}\n\n```sh\n")[1]
    return below.split("\n```")[0].splitlines()


def stored(made: Case, *, is_open: bool = True) -> Issue:
    refuse_unfit(title=made.title, text=made.text)
    return Issue(
        number=1, title=made.title, body=made.text, open=is_open, dismissed=False, link=LINK
    )


EMPTY = Marker(fingerprint="f", findings=(), present={}, targets=())


def conclusion_of(*found: Regression, seen: Sequence[Seen] = ()) -> Conclusion:
    return Conclusion(night=night_of(*found, seen=seen), regressions=found)
