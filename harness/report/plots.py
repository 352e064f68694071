"""Plots as SVG; text and lines have the text colour of the page that contains them."""

import io
import itertools
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from harness.judging.oracle.matching import NEAR
from harness.report.drawing import Axes, Figure, FigureCanvasSVG, ListedColormap, rc_context
from harness.report.model import Numbers, Report

INK = "#010203"  # placeholder for the colour of the page's text
SERIES = ("#3b7dd8", "#d9822b", "#3a9a5b", "#c2487c", "#8460c9")
BITS = ("#8fb8de", "#e0a458", "#7cb89a", "#c98bb9", "#a79bd6", "#d0c25f", "#6fb3b8", "#cf7f6f")
DARK = "#14171a"  # for numbers on the colours BITS
RAISES = "#00000000"
WIDTH = 10.6  # inches, as wide as the page
STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "report",
    "font.size": 8,
    "font.family": "sans-serif",
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "legend.frameon": False,
    "lines.markersize": 3,
    "path.simplify": True,
}


@dataclass(frozen=True, kw_only=True)
class Plot:
    """A picture, with a title and a caption."""

    title: str
    caption: str
    svg: Markup


def plots(report: Report) -> list[Plot]:
    """The plots that have data."""
    numbers = report.numbers
    targets = [name for family in numbers.eras.values() for era in family for name in era.targets]
    found = []
    if any(mean is not None for curve in numbers.curves for mean in curve.means.values()):
        found.append(
            Plot(
                title="The mean of a step, from release to release",
                caption="Each line is the mean of a step's output; it stops where the step raises. "
                "Bands are eras: targets that give the same bits with fixed weights and inputs.",
                svg=_draw("means", 2.7, lambda axes: _means(axes, numbers, targets)),
            )
        )
    if numbers.distances:
        beyond = " ▲: infinitely far, since a value is not finite or of another shape."
        far = any(map(math.isinf, numbers.distances.values()))
        found.append(
            Plot(
                title="Distance from the oracle",
                caption="The largest distance of any step with fixed weights from the float64 "
                f"reference, in ULP. A step agrees up to {NEAR:g} ULP." + beyond * far,
                svg=_draw("distances", 1.7, lambda axes: _distances(axes, numbers, targets)),
            )
        )
    if rows := _differing(numbers):
        found.append(
            Plot(
                title="Which targets give the same bits",
                caption="Steps with fixed weights that are not the same on all targets. In a row, "
                "targets with the same colour and number agree bit for bit; an empty cell means "
                "that the step raises.",
                svg=_draw(
                    "bits",
                    0.8 + 0.115 * len(rows),
                    lambda axes: _bits(axes, numbers, rows, targets),
                ),
            )
        )
    return found


def _draw(name: str, height: float, draw: Callable[[Axes], None]) -> Markup:
    with rc_context(STYLE):
        figure = Figure(figsize=(WIDTH, height), layout="constrained")
        figure.patch.set(alpha=0, facecolor="none")
        axes = figure.add_subplot()
        axes.patch.set(alpha=0, facecolor="none")
        draw(axes)
        stream = io.StringIO()
        # `savefig` would draw twice: the first time only to lay the figure out
        canvas: Any = FigureCanvasSVG(figure)
        canvas.print_svg(stream, metadata={"Date": None})
    svg = stream.getvalue()
    svg = svg[svg.index("<svg") :].replace(INK, "currentColor")
    svg = re.sub(r'(\bid="|href="#|url\(#)', rf"\1{name}-", svg)  # unique on the page
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(
        r'(<svg [^>]*?)width="[^"]*" height="[^"]*"|height="[\d.]+pt" ', r"\1", svg, count=1
    )
    return Markup(svg)  # noqa: S704 - matplotlib escapes the texts that it draws


def _means(axes: Axes, numbers: Numbers, targets: Sequence[str]) -> None:
    for family in numbers.eras.values():
        for at, era in enumerate(family):
            first, last = targets.index(era.targets[0]), targets.index(era.targets[-1])
            alpha = 0.10 if at % 2 else 0.03
            axes.axvspan(first - 0.5, last + 0.5, color="#808890", alpha=alpha, linewidth=0)
    for curve, colour in zip(numbers.curves, itertools.cycle(SERIES)):
        label = f"{curve.scenario} {curve.variant}: {curve.step}"
        for number, family in enumerate(numbers.eras.values()):
            names = [name for era in family for name in era.targets]
            axes.plot(
                [targets.index(name) for name in names],
                [_or_nan(curve.means.get(name)) for name in names],
                "o-",
                color=colour,
                linewidth=1.2,
                label=None if number else label,
            )
    axes.set_ylabel("mean")
    _releases(axes, numbers, targets)
    figure = axes.get_figure()
    if figure is not None:
        figure.legend(loc="outside upper left", ncols=3, fontsize=7.5)


def _distances(axes: Axes, numbers: Numbers, targets: Sequence[str]) -> None:
    names = [name for name in targets if name in numbers.distances]
    heights = [numbers.distances[name] for name in names]
    places = [targets.index(name) for name in names]
    top = 1.15 * max([NEAR, *filter(math.isfinite, heights)])
    axes.vlines(places, 0, [min(height, top) for height in heights], color=SERIES[0], linewidth=5)
    beyond = [at for at, height in zip(places, heights, strict=True) if math.isinf(height)]
    axes.plot(beyond, [top] * len(beyond), "^", color=SERIES[3], markersize=6, clip_on=False)
    axes.axhline(NEAR, color=SERIES[1], linewidth=1, linestyle="--")
    axes.set_ylim(0, top)
    axes.set_ylabel("ULP")
    _releases(axes, numbers, targets)


def _bits(axes: Axes, numbers: Numbers, rows: Sequence[str], targets: Sequence[str]) -> None:
    cells = [[_bit(numbers.bits[row].get(name, -1)) for name in targets] for row in rows]
    axes.imshow(
        cells,
        cmap=ListedColormap([RAISES, *BITS]),
        vmin=0,
        vmax=len(BITS),
        aspect="auto",
        interpolation="none",
    )
    for down, row in enumerate(rows):
        for across, name in enumerate(targets):
            number = numbers.bits[row].get(name, -1)
            if number >= len(BITS):  # another number has the same colour
                axes.text(across, down, str(number), color=DARK, size=5, ha="center", va="center")
    axes.set_yticks(range(len(rows)), rows, fontsize=6.5)
    axes.tick_params(axis="y", length=0)
    _releases(axes, numbers, targets)


def _releases(axes: Axes, numbers: Numbers, targets: Sequence[str]) -> None:
    """Write the targets below the horizontal axis, and their families above the plot."""
    for family, its in numbers.eras.items():
        first = targets.index(its[0].targets[0])
        place = axes.get_xaxis_transform()
        axes.annotate(
            family,
            (first - 0.4, 1),
            xycoords=place,
            xytext=(0, 3),
            textcoords="offset points",
            fontsize=7,
            annotation_clip=False,
        )
    labels = [re.sub(r"^(tf|keras)-|-(legacy|fresh)$", "", name) for name in targets]
    axes.set_xticks(range(len(targets)), labels, rotation=90, fontsize=7)
    axes.set_xlim(-0.5, len(targets) - 0.5)


def _differing(numbers: Numbers) -> list[str]:
    """The steps that do not give the same bits, or do not raise, on all targets."""
    return [row for row, cells in numbers.bits.items() if len(set(cells.values())) > 1]


def _bit(number: int) -> int:
    return 0 if number < 0 else 1 + number % len(BITS)


def _or_nan(value: float | None) -> float:
    return float("nan") if value is None else value
