"""The standing of each target as a badge (SVG), to show elsewhere. Pure."""

from collections.abc import Iterator

from markupsafe import escape

from harness.judging.verdicts import Standing
from harness.report.model import Report

BADGES = "badges"  # the directory of the badges, beside the page
TEXT, LABEL = "#ffffff", "#3c4349"
# each is so dark that white text on it has a contrast of more than 4.5
COLOURS = {
    Standing.UNCHANGED: "#1d6b33",
    Standing.NOTICED: "#0d4780",
    Standing.FIXED: "#0b6b64",
    Standing.REGRESSED: "#b3261e",
    Standing.INCONCLUSIVE: "#7a5200",
    Standing.NOT_RUN: "#57606a",
}
CHARACTER, MARGIN = 7, 12  # pixels; the text is squeezed to its part of the badge


def badges(report: Report) -> Iterator[tuple[str, bytes]]:
    """The file name and the content of the badge of each target."""
    for each in report.targets:
        yield f"{BADGES}/{each.name}.svg", _badge(each.name, each.standing).encode()


def _badge(name: str, standing: Standing) -> str:
    left, right = (len(text) * CHARACTER + MARGIN for text in (name, standing))
    label = escape(f"{name}: {standing}")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + right}" height="20" role="img" '
        f'aria-label="{label}"><title>{label}</title>'
        f'<rect width="{left}" height="20" fill="{LABEL}"/>'
        f'<rect x="{left}" width="{right}" height="20" fill="{COLOURS[standing]}"/>'
        f'<g fill="{TEXT}" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11" '
        f'text-anchor="middle" aria-hidden="true">'
        f"{_text(name, left / 2, left)}{_text(standing, left + right / 2, right)}</g></svg>\n"
    )


def _text(text: str, middle: float, width: int) -> str:
    return f'<text x="{middle}" y="14" textLength="{width - MARGIN}">{escape(text)}</text>'
