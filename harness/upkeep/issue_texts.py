"""The issue of each regression of a night, in Markdown. All texts are escaped."""

import shlex
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from harness.base.packages import DECISIVE
from harness.base.project import PACKAGE, SCENARIOS
from harness.base.words import and_more, counted, listed
from harness.environments.targets import Target
from harness.judging.changes import Change
from harness.judging.diff import ABSENT
from harness.judging.known import Knowledge
from harness.observing.catalogue import scenario_script, scenario_scripts
from harness.report.actions import command
from harness.report.escaping import cell, code, line, plain
from harness.report.model import STALE, moment
from harness.upkeep.causes import Cause
from harness.upkeep.issues import Case, Marker
from harness.upkeep.night import Night, Seen
from harness.upkeep.regressions import (
    Difference,
    Origin,
    Regression,
    Sighting,
    Window,
    content_digest,
)
from harness.upkeep.tracker import TITLE_LENGTH

ROOM = 12_000  # characters of a table's rows; the limit of an issue is 65,536 in all
NAMED = 3  # targets in a title
SHOWN = 10  # findings above the fold
TEXT = 160  # characters of a quoted text in a cell
COMMAND = 2_000  # characters of a command
ANSWER = 80  # lines of the answer of a search
WHY = 320  # characters of the reason why a target was not checked
FRESHNESS = "freshness"  # the only finding of an alarm
FINDINGS = ("| kind | where | on | accepted | now |", "| --- | --- | --- | --- | --- |")
REWRITTEN = (
    "",
    "*The harness rewrites this text after each change, and needs its first line to find the "
    "issue: write your own text into a comment.*",
)
ORIGINS = {
    Origin.NEWS: "Upstream: the packages differ from those of the last good build.",
    Origin.GROUND: "The ground: the packages are not the cause; the machine is, or chance.",
}


def case(regression: Regression, night: Night, targets: Mapping[str, Target], link: str) -> Case:
    """The issue of a regression; `link` is the address of the run, or empty."""
    findings = regression.findings
    return Case(
        marker=Marker(
            fingerprint=regression.fingerprint,
            findings=tuple(findings),
            present={
                name: tuple(dict.fromkeys(each.target for each in seen))
                for name, seen in findings.items()
            },
            targets=regression.targets,
            windows=regression.windows,
            digests={name: content_digest(seen) for name, seen in findings.items()},
            shown={
                seen.target: seen.started
                for seen in night.seen
                if seen.target in regression.targets and seen.started
            },
        ),
        title=_title(regression),
        body="\n".join([*_body(regression, night, targets, link), *REWRITTEN]) + "\n",
        names={name: _name(seen[0].change) for name, seen in findings.items()},
    )


def alarm(night: Night) -> Case:
    """The issue for a night that is `stale`: no night was complete for more than STALE."""
    names = tuple(each.target for each in night.seen)
    title = f"No complete night since {moment(night.fresh)}"
    lines = [
        f"**No night has checked all of {counted(len(names), 'target')} for more than {STALE.days} "
        f"days**, since {moment(night.fresh)}. The targets below were not checked; until they are, "
        "the harness cannot detect a regression on them.",
        "",
        *unchecked_rows(night),
        "",
        "This issue closes by itself after the next complete night.",
        *REWRITTEN,
    ]
    return Case(
        marker=Marker(
            # one issue for each series of incomplete nights: a dismissal ends with the series
            fingerprint=f"{FRESHNESS} {night.fresh:%Y%m%dT%H%M%S}",
            findings=(FRESHNESS,),
            present={FRESHNESS: tuple(each.target for each in night.unchecked)},
            targets=names,
        ),
        title=title,
        body="\n".join(lines) + "\n",
    )


def gone(night: Night, checked: Sequence[str], deleted: Sequence[str], link: str) -> str:
    """The comment with which an issue is closed, whose targets were `checked`, or `deleted`."""
    where = f" ([the run]({link}))" if link else ""
    begins = f"The night of {moment(night.began)}{where}"
    told = [
        f"{begins} shows none of these findings: they were fixed, or the baselines have changed."
    ]
    if deleted:
        told = told if checked else [f"{begins} checked no target of these findings."]
        told.append(f"No night checks {', '.join(deleted)} any more: not among the targets.")
    return " ".join(told)


def complete(night: Night, link: str) -> str:
    """The comment with which an alarm is closed."""
    where = f" ([the run]({link}))" if link and night.fresh == night.began else ""
    return f"All targets were checked in the night of {moment(night.fresh)}{where}."


def counts_of(seen: Iterable[Seen], classes: Iterable[Knowledge]) -> str:
    """The findings by how much is known of them: `2 explained, 0 covered, 1 unknown`, or none."""
    found = Counter[Knowledge]()
    for each in seen:
        found.update(each.findings)
    counts = [(found[each], each) for each in classes]
    return (
        ", ".join(f"{count} {each}" for count, each in counts) if any(c for c, _ in counts) else ""
    )


def _title(regression: Regression) -> str:
    worst = regression.sightings[0].change
    tail = f"{and_more('', len(regression.findings) - 1)} ({listed(regression.targets, NAMED)})"
    # GitHub shows a title as plain text, so nothing is escaped
    text = line(f"{_cause(regression)}: {worst.kind}: {worst.where}")
    return f"{text[: TITLE_LENGTH - len(tail)]}{tail}"


def _name(change: Change) -> str:
    return plain(f"{change.kind}: {change.where}")


def _cause(regression: Regression) -> str:
    """The probable cause: the decisive releases that differ, else any releases, or the ground."""
    if regression.origin is Origin.GROUND:
        return "The ground moved"
    packages = {each.name: each.bad for w in regression.windows for each in w.packages}
    decisive = [f"{name} {packages[name]}" for name in DECISIVE if name in packages]
    return ", ".join(decisive or sorted(packages)[:3])


def _body(
    regression: Regression, night: Night, targets: Mapping[str, Target], link: str
) -> Iterator[str]:
    window = regression.windows[0]
    count = len(regression.findings)
    run = f" See [this run]({link})." if link else ""
    yield (
        f"**{counted(count, 'finding')} on {', '.join(regression.targets)}**, first "
        f"in the build of {moment(window.bad)}, {_since(window)}. {ORIGINS[regression.origin]}{run}"
    )
    if not night.scripts:  # no known change is about the script of a user
        yield from ("", _knowledge(regression, night))
    yield from ("", "### What differs between the last good and the first bad build", "")
    rows = list(_windows(regression.windows))
    if rows:
        yield from ("| target | what | good | bad |", "| --- | --- | --- | --- |", *rows)
    else:
        yield "Nothing that a record has."
    for seen in night.seen:
        for cause in seen.causes:
            if cause.fingerprint in regression.findings:
                yield from ("", f"### Which package, on {seen.target}", "", *answer_of(cause))
    yield from ("", "### Findings", "", *FINDINGS)
    findings = [_finding(seen) for seen in regression.findings.values()]
    yield from _fitting(findings[:SHOWN])
    if rest := findings[SHOWN:]:
        yield from ("", f"<details><summary>{len(rest)} more</summary>", "", *FINDINGS)
        yield from (*_fitting(rest), "", "</details>")
    yield from ("", "### To reproduce", "", "```sh", *_commands(regression, night, targets), "```")
    edits = "the baselines" if night.scripts else "known_changes.toml and the baselines"
    yield from (
        *("", "### To accept the change", "", "```sh", *_accepting(regression, night), "```", ""),
        f"The command edits {edits}, for a pull request. The harness "
        "closes this issue when no target shows these findings any more. If you close it as not "
        "planned, the harness opens no other issue while the findings continue on these targets.",
    )


def _knowledge(regression: Regression, night: Night) -> str:
    others = counts_of(
        (each for each in night.seen if each.target in regression.targets),
        (Knowledge.EXPLAINED, Knowledge.COVERED),
    )
    return f"These findings are {Knowledge.UNKNOWN}: no known change explains or covers them." + (
        f" Other findings on these targets: {others}." if others else ""
    )


def _accepting(regression: Regression, night: Night) -> Iterator[str]:
    if night.scripts:
        yield from (f"{each} --force-regen" for each in _checks(regression, night))
        return
    for name in regression.targets:
        yield f'nox -s accept -- {name} {regression.fingerprint} --link URL --why "..."'


def _checks(regression: Regression, night: Night) -> list[str]:
    """The commands that run the scripts of a regression on their targets again."""
    found: dict[str, dict[str, None]] = {}
    for each in regression.sightings:
        script = night.scripts.get(each.change.scenario, each.change.scenario)
        found.setdefault(script, {})[each.target] = None
    return [
        _command(shlex.join(["state-harness", "check", script, "--on", *targets]))
        for script, targets in found.items()
    ]


def _windows(windows: Iterable[Window]) -> Iterator[str]:
    """A row for each difference, with its targets."""
    names: dict[Difference, list[str]] = {}
    for window in windows:
        sources = [replace(each, name=f"code of {each.name}") for each in window.sources]
        for each in (*window.packages, *window.machine, *sources):
            names.setdefault(each, []).append(window.target)
    yield from _fitting(
        f"| {', '.join(found)} | {plain(each.name)} | {quoted(each.good)} | {quoted(each.bad)} |"
        for each, found in names.items()
    )


def answer_of(cause: Cause) -> Iterator[str]:
    """What a search has found, in a block of code that no text in it can end."""
    if cause.finding:
        yield from (f"A search for {plain(cause.finding)}:", "")
    lines = cause.found.splitlines()
    for each in lines[:ANSWER]:
        indent = len(each) - len(each.lstrip())
        yield f"    {' ' * indent}{line(each, TEXT)}"
    if (rest := len(lines) - ANSWER) > 0:
        yield from ("", f"*{counted(rest, 'more line')}: `cause.json` of the target has all.*")
    if cause.reason:
        yield from ("", f"There is no more: {plain(cause.reason, WHY)}.")


def _finding(seen: list[Sighting]) -> str:
    change = seen[0].change
    on = ", ".join(each.target for each in seen)
    variants = f" ({', '.join(change.variants)})" if change.variants else ""
    before, after = _sides(seen[0])
    return (
        f"| {change.kind} | {plain(change.where + variants)} | {on} | {quoted(before)} "
        f"| {quoted(after)} |"
    )


def _sides(sighting: Sighting) -> tuple[str, str]:
    """Both sides of a change; if a side has several lines, the first lines that differ."""
    change = sighting.change
    sides = [change.before, change.after]
    if any("\n" in side for side in sides):
        sides = [next(iter(lines), "") for lines in change.differing_lines]
        if sides[0] == sides[1]:
            sides[1] = f"{sides[1]}, in another place"
    return sides[0], sides[1]


def _commands(regression: Regression, night: Night, targets: Mapping[str, Target]) -> Iterator[str]:
    if night.scripts:
        yield from _checks(regression, night)
        return
    worst = regression.sightings[0]
    scenario = worst.change.scenario
    yield _command(command(worst.target, scenario or "internals")) + "  # against the baseline"
    seen = next((each for each in night.seen if each.target == worst.target), None)
    # a scenario of a project's own does not run without the harness, and may be anywhere
    alone = scenario in scenario_scripts(SCENARIOS)
    if alone and seen and regression.origin is Origin.NEWS:
        target = targets[worst.target]
        packages = worst.window.packages  # tonight's build may have newer ones
        bad = dict(seen.distributions) | {each.name: each.bad for each in packages}
        good = bad | {each.name: each.good for each in packages}
        for name, versions in (("good", good), ("bad", bad)):
            yield from (f"# the {name} build", _command(_alone(target, scenario, versions)))


def _alone(target: Target, scenario: str, versions: Mapping[str, str]) -> str:
    """The command that runs a scenario in a temporary environment, without the harness."""
    pinned = [f"{n}=={versions[n]}" for n in DECISIVE if versions.get(n, ABSENT) != ABSENT]
    words = [f"{name}={value}" for name, value in target.variables.items()]
    words += ["uv", "run", "--isolated", "--no-project", "--python", target.python]
    words += ["--prerelease=allow"] if target.prereleases else []
    words += [word for pin in pinned for word in ("--with", pin)]
    script = scenario_script(scenario).relative_to(PACKAGE)
    words += ["python", f"{PACKAGE.name}/{script.as_posix()}"]
    return shlex.join(words)


def unchecked_rows(night: Night) -> Iterator[str]:
    yield from ("| target | why |", "| --- | --- |")
    for each in night.unchecked:
        why = each.failure or "; ".join(each.lost)
        yield f"| {each.target} | {quoted(why, WHY)} |"


def _fitting(rows: Iterable[str]) -> Iterator[str]:
    """The rows that fit into ROOM characters, and a note with the number of the others."""
    room, left = ROOM, 0
    for row in rows:
        room -= len(row) + 1
        if room > 0:
            yield row
        else:
            left += 1
    if left:
        yield f"\n*{counted(left, 'more row')} left out; `results/night.json` has all of them.*"


def quoted(text: str, most: int = TEXT) -> str:
    return cell(code(line(text, most))) if text.strip() else ""


def _since(window: Window) -> str:
    """The relation of the first bad build to the last good one."""
    if window.good is not None:
        return f"but not in that of {moment(window.good)}"
    if window.from_baseline:
        return "but not in the baseline"
    return "with no good build in an earlier night"


def _command(command: str) -> str:
    """A command in one line, so that no text in it can end its code block."""
    whole = " ".join(command.split())
    return whole if len(whole) <= COMMAND else f"# left out: it has {len(whole)} characters"
