"""A plain script on many targets as one HTML page, which loads no other file."""

from harness.base.words import printable
from harness.judging.tried import Comparison
from harness.report.environment import pages
from harness.report.scripts import headline, legend, outlook, rest, short, telling

SOURCE = 120  # characters of a statement
CLASSES = {"~": "s-inconclusive", "?": "s-inconclusive", "!": "s-regressed", ".": "s-not-run"}


def script_page(found: Comparison, script: str) -> str:
    """The page as text."""
    environment = pages()
    environment.filters.update(
        short=lambda statement: short(statement, SOURCE), look=look, outlook=outlook
    )
    page = environment.get_template("script.html.jinja").render(
        script=script,
        headline=headline(found, script),
        good=found.exit_code == 0,
        found=found,
        rows=telling(found),
        rest=rest(found),
        legend=list(legend(found)),
    )
    return printable(page)


def look(sign: str, signs: tuple[str, ...]) -> str:
    """The class of the cell of a sign: an error, a result like the first, or another one."""
    if sign in CLASSES:
        return CLASSES[sign]
    if sign.isupper():
        return "s-regressed"
    return "s-unchanged" if sign == signs[0] else "s-noticed"
