"""The summary of a night, in Markdown. All texts are escaped."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from harness.base.words import and_more, counted, plural
from harness.judging.known import Knowledge
from harness.report.escaping import cell, code, plain
from harness.report.model import moment
from harness.upkeep.issue_texts import SHOWN, answer_of, counts_of, quoted, unchecked_rows
from harness.upkeep.issues import Deed, IssueAction
from harness.upkeep.night import Conclusion, Night
from harness.upkeep.regressions import Origin, Regression


def summary(conclusion: Conclusion, steps: Iterable[IssueAction]) -> str:
    """The night on a page: the regressions, their issues, and the targets that were not checked."""
    night = conclusion.night
    lines = [f"# Night of {moment(night.began)}", "", headline(conclusion)]
    if conclusion.troubles:
        lines += ["", *(f"- {plain(each)}" for each in conclusion.troubles)]
    parts = {
        "Regressions": _rows(conclusion, welcome=False),
        "Works now": _rows(conclusion, welcome=True),
        "Which package": _answers(night),
        "Disagrees with the oracle or a published figure": _wrong(night),
        "Closed": _closed(steps),
        "Known changes that show": _known(night),
        "Not checked": unchecked_rows(night) if night.unchecked else (),
        "Run again": _again(night),
    }
    for title, part in parts.items():
        rows = list(part)
        lines += ["", f"## {title}", "", *rows] if rows else []
    return "\n".join(lines) + "\n"


def _rows(conclusion: Conclusion, *, welcome: bool) -> Iterator[str]:
    found = [each for each in conclusion.regressions if each.welcome is welcome]
    if found:
        yield from ("| fingerprint | what | since | issue |", "| --- | --- | --- | --- |")
        yield from (_row(each, conclusion) for each in found)


def _answers(night: Night) -> Iterator[str]:
    for each in night.seen:
        for cause in each.causes:
            yield from (f"**{each.target}**", "", *answer_of(cause), "")


def _wrong(night: Night) -> Iterator[str]:
    for name, verdicts in night.wrong.items():
        yield f"- **{name}**: {_first_texts(verdicts)}"


def _closed(steps: Iterable[IssueAction]) -> Iterator[str]:
    for step in steps:
        if step.deed is Deed.CLOSE and step.filed:
            yield f"- closed: [{plain(step.filed.issue.title)}]({step.filed.issue.link})"


def _known(night: Night) -> Iterator[str]:
    known = [each for each in night.seen if each.known or each.covered]
    if not known:
        return
    for each in known:
        covered = f"covered only: {'; '.join(each.covered)}" if each.covered else ""
        titles = "; ".join(filter(None, [*each.known, covered]))
        yield f"- **{each.target}**: {plain(titles)}"
    yield from (
        "",
        "Nobody has looked at what is covered only. "
        f"`nox -s {known[0].target} -- --force-regen` accepts the known changes there.",
    )


def _again(night: Night) -> Iterator[str]:
    again = [each for each in night.seen if each.earlier]
    if not again:
        return
    yield from ("| target | the first time | the second time |", "| --- | --- | --- |")
    for each in again:
        end = "clean" if each.clean else "something else"
        differs = each.sightings or each.wrong
        end = "differs" if differs else end if each.checked else "not checked"
        yield f"| {each.target} | {quoted(each.earlier)} | {end} |"
    if unsteady := [each for each in again if each.once]:
        yield from ("", "Only one of the two runs shows these; they are not regressions:", "")
        yield from (f"- **{each.target}**: {_first_texts(each.once)}" for each in unsteady)


def headline(conclusion: Conclusion) -> str:
    """A night in one sentence."""
    night = conclusion.night
    count = sum(not each.welcome for each in conclusion.regressions)
    deeds = Counter(issue.deed for issue in conclusion.issues.values())
    done = "".join(f", {number} {deed}" for deed, number in deeds.items() if deed != Deed.LEAVE)
    minutes = round(sum(each.seconds for each in night.seen) / 60)
    stale = f" No night was complete since {moment(night.fresh)}." if night.stale else ""
    findings = counts_of(night.seen, Knowledge)
    return (
        f"**{count or 'No'} regression{plural(count)}**{done}; "
        f"{len(night.checked)} of {counted(len(night.seen), 'target')} checked, "
        f"{len(night.unchecked)} not; {counted(minutes, 'minute')} of checks."
        f"{f' Findings: {findings}.' if findings else ''}{stale}"
    )


def _row(regression: Regression, conclusion: Conclusion) -> str:
    worst, window = regression.sightings[0].change, regression.windows[0]
    text = and_more(f"{worst.kind}: {worst.where}", len(regression.findings) - 1)
    names = dict.fromkeys(each.name for w in regression.windows for each in w.packages)
    cause = f"({', '.join(names) if regression.origin is Origin.NEWS else regression.origin})"
    issue = str(conclusion.issues.get(regression.fingerprint, "none"))
    return (
        f"| {code(regression.fingerprint)} | {', '.join(regression.targets)}: {plain(text)} "
        f"| {moment(window.bad)} {plain(cause)} | {cell(issue)} |"
    )


def _first_texts(texts: Sequence[str]) -> str:
    return and_more(plain("; ".join(texts[:SHOWN])), len(texts) - SHOWN)
