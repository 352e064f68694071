"""The trend over the nights of an archive, as a report shows it."""

import datetime
import itertools
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from harness.base.errors import UncheckedError
from harness.judging.compare import compare
from harness.judging.verdicts import Standing
from harness.observing.numerics import Tolerances
from harness.observing.snapshots import Snapshot, from_record
from harness.report.model import Flake, NightCount, Trend
from harness.upkeep.archive import Archive

LEAST = 2  # nights without which there is no trend


def trend(
    archive: Archive, targets: Iterable[str], tolerances: Tolerances, until: datetime.datetime
) -> Trend | None:
    """The trend up to a moment; None for an archive of a single night."""
    nights = [each for each in archive.nights() if each.began <= until]
    if len(nights) < LEAST:
        return None
    return Trend(
        nights=tuple(
            NightCount(
                began=each.began,
                wanted=len(each.wanted or each.checked),
                checked=len(each.checked),
                standings=each.standings,
            )
            for each in nights
        ),
        flakes=tuple(
            sorted(
                (
                    flake
                    for target in targets
                    for flake in _flakes(
                        list(_snapshots(archive, target, tolerances, until)), tolerances
                    )
                ),
                key=lambda each: -each.differing / each.nights,
            )
        ),
    )


def _snapshots(
    archive: Archive, target: str, tolerances: Tolerances, until: datetime.datetime
) -> Iterator[Snapshot]:
    """The snapshots of a target in the archive, newest first, without those of no observation."""
    for record in archive.records(target, until + datetime.timedelta(days=1)):
        try:
            yield from_record(record, tolerances)
        except UncheckedError:
            continue


def _flakes(snapshots: Sequence[Snapshot], tolerances: Tolerances) -> Iterator[Flake]:
    """The steps that differ between neighbouring nights with the same packages."""
    nights: Counter[tuple[str, str, str]] = Counter()
    differing: Counter[tuple[str, str, str]] = Counter()
    for after, before in itertools.pairwise(snapshots):
        if before.distributions != after.distributions:
            continue
        for pair, steps in after.steps.items():
            for step, new in steps.items():
                if old := before.steps.get(pair, {}).get(step):
                    nights[*pair, step] += 1
                    outcome = compare(old, new, tolerances).outcome
                    differing[*pair, step] += outcome.standing is not Standing.UNCHANGED
    for place, count in differing.items():
        if count:
            scenario, variant, step = place
            yield Flake(
                target=snapshots[0].name,
                scenario=scenario,
                variant=variant,
                step=step,
                differing=count,
                nights=nights[place],
            )
