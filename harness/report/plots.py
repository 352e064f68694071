"""The plots of a report: what lies where. `templates/plot.html.jinja` draws them as SVG. Pure."""

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from harness.judging.oracle.matching import NEAR
from harness.report.escaping import line
from harness.report.model import Curve, Numbers, Report

WIDTH, RIGHT = 1060, 24  # in the units of a drawing, of which a letter has 9
TOP, BOTTOM = 16, 42  # room for the names of the families, and of the targets
LEFT = 44  # room for the numbers at the vertical axis
CHARACTER, CHARACTERS = 4.3, 110  # the mean width of those of a step's name, and how many are shown
ROW = 11  # the height of a row of bits
LINES, BITS = 5, 8  # colours that page.css has
LARGEST = 1e300  # of a mean that is drawn: the difference of two such means is a number

Families = Mapping[str, Sequence[str]]  # the names of the targets of each family


@dataclass(frozen=True, kw_only=True)
class Area:
    """Has a column for each target, and a height for each value from `low` to `high`."""

    families: Families
    height: float
    left: float = LEFT
    low: float = 0.0
    high: float = 1.0

    @property
    def targets(self) -> list[str]:
        return list(itertools.chain.from_iterable(self.families.values()))

    @property
    def bottom(self) -> float:
        return TOP + self.height

    def start(self, column: float) -> float:
        """Where a column starts."""
        return self.left + column * (WIDTH - RIGHT - self.left) / len(self.targets)

    def middle(self, column: int) -> float:
        return self.start(column + 0.5)

    def y(self, value: float) -> float:
        return TOP + self.height * (self.high - value) / (self.high - self.low)

    @property
    def ticks(self) -> list[tuple[float, str]]:
        """Some round numbers as texts, each with its height."""
        least = (self.high - self.low) / 5
        power = 10.0 ** math.floor(math.log10(least))
        step = next(power * each for each in (1, 2, 2.5, 5, 10) if power * each >= least)
        numbers = range(math.ceil(self.low / step), math.floor(self.high / step) + 1)
        return [(self.y(step * number), f"{step * number:.9g}") for number in numbers]


@dataclass(frozen=True, kw_only=True)
class Box:
    """A rectangle, perhaps with a text in its middle."""

    x: float
    y: float
    width: float
    height: float
    colour: str
    text: str = ""


@dataclass(frozen=True, kw_only=True)
class Line:
    """A line in pieces: the points of each, with the texts that tell their values."""

    label: str
    colour: str
    pieces: tuple[tuple[tuple[float, float, str], ...], ...]


@dataclass(frozen=True, kw_only=True)
class Plot:
    """A picture, with a title and a caption.

    `labels` are the texts beside the vertical axis, each with its height. `limit` is the height of
    a limit, and `beyond` are the columns with a value that no height stands for.
    """

    title: str
    caption: str
    area: Area
    labels: Sequence[tuple[float, str]]
    unit: str = ""
    boxes: Sequence[Box] = ()
    lines: Sequence[Line] = ()
    limit: float | None = None
    beyond: Sequence[float] = ()


def plots(report: Report) -> list[Plot]:
    """The plots that have data."""
    numbers = report.numbers
    families = {
        family: [name for era in its for name in era.targets]
        for family, its in numbers.eras.items()
    }
    found = []
    if any(map(_drawn, numbers.curves)):
        found.append(_means(numbers, families))
    if numbers.distances:
        found.append(_distances(numbers.distances, families))
    if any(map(_differs, numbers.bits.values())):
        found.append(_bits(numbers.bits, families))
    return found


def _means(numbers: Numbers, families: Families) -> Plot:
    every = [mean for curve in numbers.curves for mean in _drawn(curve).values()]
    low, high = min(every), max(every)
    beside = max(0.06 * (high - low), 1e-9 * max(abs(low), abs(high)), 1e-300)
    area = Area(families=families, height=140, low=low - beside, high=high + beside)
    return Plot(
        title="The mean of a step, from release to release",
        caption="Each line is the mean of a step's output; it stops where the step raises. "
        "Bands are eras: targets that give the same bits with fixed weights and inputs.",
        area=area,
        labels=area.ticks,
        unit="mean",
        boxes=list(_bands(numbers, area)),
        lines=[
            Line(
                label=f"{curve.scenario} {curve.variant}: {curve.step}",
                colour=f"line{at % LINES}",
                pieces=tuple(_pieces(_drawn(curve), area)),
            )
            for at, curve in enumerate(numbers.curves)
        ],
    )


def _drawn(curve: Curve) -> dict[str, float]:
    """The means that are drawn: not NaN, and not absurd."""
    means = curve.means.items()
    return {name: mean for name, mean in means if mean is not None and abs(mean) <= LARGEST}


def _bands(numbers: Numbers, area: Area) -> Iterator[Box]:
    """A band for each era; the eras of a family have two colours in turn."""
    first = 0
    for family in numbers.eras.values():
        for at, era in enumerate(family):
            end = first + len(era.targets)
            yield _box(area, first, end, TOP, area.height, f"band{at % 2}")
            first = end


def _pieces(
    means: Mapping[str, float], area: Area
) -> Iterator[tuple[tuple[float, float, str], ...]]:
    """The points of a line; a piece ends with a family, and where a target has no mean."""
    columns = [(family, name) for family, names in area.families.items() for name in names]
    for (_, drawn), piece in itertools.groupby(
        enumerate(columns), lambda column: (column[1][0], column[1][1] in means)
    ):
        if drawn:
            yield tuple(
                (area.middle(at), area.y(means[name]), f"{name}: {means[name]:.6g}")
                for at, (_, name) in piece
            )


def _distances(distances: Mapping[str, float], families: Families) -> Plot:
    high = 1.15 * max([NEAR, *filter(math.isfinite, distances.values())])
    area = Area(families=families, height=90, high=high)
    beyond = [
        area.middle(at)
        for at, name in enumerate(area.targets)
        if math.isinf(distances.get(name, 0))
    ]
    mark = " ▲: infinitely far, since a value is not finite or of another shape."
    return Plot(
        title="Distance from the oracle",
        caption="The largest distance of any step with fixed weights from the float64 "
        f"reference, in ULP. A step agrees up to {NEAR:g} ULP." + mark * bool(beyond),
        area=area,
        labels=area.ticks,
        unit="ULP",
        boxes=list(_bars(distances, area)),
        limit=area.y(NEAR),
        beyond=beyond,
    )


def _bars(distances: Mapping[str, float], area: Area) -> Iterator[Box]:
    for at, name in enumerate(area.targets):
        if name in distances:
            top = area.y(min(distances[name], area.high))
            yield _box(area, at + 0.3, at + 0.7, top, area.bottom - top, "bar")


def _bits(bits: Mapping[str, Mapping[str, int]], families: Families) -> Plot:
    rows = [(step, numbers) for step, numbers in bits.items() if _differs(numbers)]
    labels = [line(step, CHARACTERS) for step, _ in rows]
    left = 8 + CHARACTER * max(map(len, labels))
    area = Area(families=families, height=ROW * len(rows), left=left)
    return Plot(
        title="Which targets give the same bits",
        caption="Steps with fixed weights that are not the same on all targets. In a row, "
        "targets with the same colour and number agree bit for bit; an empty cell means "
        "that the step raises.",
        area=area,
        labels=[(TOP + ROW * (down + 0.5), label) for down, label in enumerate(labels)],
        boxes=[
            cell
            for down, (_, numbers) in enumerate(rows)
            for cell in _cells(numbers, TOP + ROW * down, area)
        ],
    )


def _cells(numbers: Mapping[str, int], y: float, area: Area) -> Iterator[Box]:
    """A cell for each stretch of targets that agree; those of one colour differ by their texts."""
    every = [numbers.get(name, -1) for name in area.targets]
    for number, stretch in itertools.groupby(range(len(every)), every.__getitem__):
        columns = list(stretch)
        if number >= 0:
            text = str(number) if number >= BITS else ""
            colour = f"bits{number % BITS}"
            yield _box(area, columns[0], columns[-1] + 1, y, ROW, colour, text)


def _differs(numbers: Mapping[str, int]) -> bool:
    """Whether a step does not give the same bits, or does not raise, on all targets."""
    return len(set(numbers.values())) > 1


def _box(
    area: Area, first: float, end: float, y: float, height: float, colour: str, text: str = ""
) -> Box:
    x = area.start(first)
    return Box(x=x, y=y, width=area.start(end) - x, height=height, colour=colour, text=text)
