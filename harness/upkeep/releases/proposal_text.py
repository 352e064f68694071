"""An update as Markdown: the title and body of a pull request, within GitHub's limit."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from harness.base.words import and_more, counted
from harness.judging.diff import Diff
from harness.judging.verdicts import FINE, Standing
from harness.report.comparison import diff_sections
from harness.report.escaping import code, plain
from harness.report.evidence import headline
from harness.report.markdown import LENGTH
from harness.upkeep.releases.making import Made, Update

NAMED = 4  # releases in the title
RESERVE = 400  # characters for the note of the cuts
FRAME = 120  # characters around the lines of a fold, without its title
LEVEL = 4  # of the headings of a diff, below those of a target


@dataclass(frozen=True, kw_only=True)
class Fold:
    """Lines under a title, which may be cut; `urgent` folds are cut last."""

    title: str
    lines: tuple[str, ...]
    urgent: bool = False


def proposal_markdown(update: Update) -> str:
    """The update in at most LENGTH characters, its title first; a note counts the lines cut."""
    parts = [*_title(update), *(part for made in update.made for part in _made(made))]
    parts += _not_made(update)
    folds = {at: part for at, part in enumerate(parts) if isinstance(part, Fold)}
    room = LENGTH - RESERVE - sum(len(part) + 1 for part in parts if isinstance(part, str))
    room -= sum(len(fold.title) + FRAME for fold in folds.values())
    kept = {}
    for at, fold in sorted(folds.items(), key=lambda item: not item[1].urgent):
        kept[at] = list(_fitting(fold.lines, room))
        room -= sum(len(line) + 1 for line in kept[at])
    lines: list[str] = []
    for at, part in enumerate(parts):
        lines += [part] if isinstance(part, str) else _folded(part, kept[at])
    if cut := sum(len(fold.lines) - len(kept[at]) for at, fold in folds.items()):
        lines += [
            f"*Cut, to stay below {LENGTH:,} characters: {counted(cut, 'line')}. "
            "`nox -s diff -- A B --accepted` compares two targets in full.*"
        ]
    return "\n".join(lines).rstrip() + "\n"


def _fitting(lines: Sequence[str], room: int) -> Iterator[str]:
    for line in lines:
        room -= len(line) + 1
        if room < 0:
            return
        yield line


def _folded(fold: Fold, kept: Sequence[str]) -> Iterator[str]:
    yield from (f"<details><summary>{fold.title}</summary>", "")
    if kept:
        yield from (*kept, "")
    if left := len(fold.lines) - len(kept):
        yield from (f"*Cut: {left:,} of {counted(len(fold.lines), 'line')}.*", "")
    yield from ("</details>", "")


def _title(update: Update) -> Iterator[str]:
    """The title, which names the releases, and the meaning of a merge."""
    new = [
        requirement.replace("==", " ")
        for made in update.made
        for requirement in made.proposal.target.requirements
        if requirement not in made.proposal.like.requirements
    ]
    releases = list(dict.fromkeys(new)) or ["none that makes a target"]
    names = and_more(plain(", ".join(releases[:NAMED])), len(releases) - NAMED)
    yield from (f"# New releases: {names}", "")
    if update.made:
        yield "`python -m harness update` wrote entries, locks and, from a run, baselines."
        yield from ("Merging this pull request accepts them.", "")


def _made(made: Made) -> Iterator[str | Fold]:
    """A target: its requirements, the result of its second run, and its `diff`."""
    target, like, new = made.proposal.target, made.proposal.like, made.proposal.new
    before = code(made.diff.before.name) if new else " ".join(map(code, like.requirements))
    day = f"as of {target.as_of}" if target.locked else "resolved at each run"
    keras = plain(made.diff.after.keras)
    standings = Counter(verdict.outcome.standing for verdict in made.checked.verdicts)
    counts = ", ".join(f"{standings[each]} {each}" for each in Standing if standings[each])
    yield from (f"## {plain(target.name)}, {'new' if new else 'changed'}", "")
    yield f"- {' '.join(map(code, target.requirements))}, {'follows' if new else 'was'} {before}"
    yield f"- family {target.family}, Keras {keras}, Python {target.python}, {day}"
    yield f"- {counted(standings.total(), 'observation')}, in a second run {counts}"
    yield from (f"- {headline(made.diff)}.", "")
    yield from _not_confirmed(made)
    yield from _differences(made.diff)


def _not_confirmed(made: Made) -> Iterator[Fold]:
    differing = [
        v for v in made.checked.verdicts if v.outcome.standing not in FINE and not v.outcome.silent
    ]
    if differing:
        yield Fold(
            title=f"Observations that do not pass a second run: {len(differing)}",
            lines=tuple(f"- {plain(str(verdict))}" for verdict in differing),
            urgent=True,
        )


def _differences(diff: Diff) -> Iterator[Fold]:
    """The changes of a diff; those that no known change explains first: a person has to decide."""
    unknown = tuple(each for each in diff.changes if each.unknown)
    rest = tuple(each for each in diff.changes if not each.unknown)
    if unknown:
        yield Fold(
            title=f"Findings that no known change explains: {len(unknown)}",
            lines=tuple(
                diff_sections(replace(diff, changes=unknown, lost=()), level=LEVEL, folded=False)
            ),
            urgent=True,
        )
    if rest or diff.lost:
        yield Fold(
            title=f"Other changes: {len(rest)}",
            lines=tuple(diff_sections(replace(diff, changes=rest), level=LEVEL, folded=False)),
        )


def _not_made(update: Update) -> Iterator[str]:
    if update.left_out:
        yield from ("## Not proposed", "")
        for each in update.left_out:
            wanted = " ".join(map(code, each.target.requirements))
            yield f"- {code(each.target.name)}, {wanted}: {plain(each.why)}"
        yield ""
    if update.majors:
        yield from ("## New major versions", "")
        yield from (
            f"- {plain(each)}: needs a family, which a person has to make" for each in update.majors
        )
        yield ""
