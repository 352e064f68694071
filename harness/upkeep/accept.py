"""Accepts a regression: edits the known changes and the baselines, for people to review."""

import datetime
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import tomlkit
from packaging.version import InvalidVersion, Version

from harness.base.errors import UsageError
from harness.base.files import write_whole
from harness.base.packages import PACKAGES, RELEASED
from harness.base.project import Project
from harness.environments.targets import Target
from harness.judging.changes import Change
from harness.judging.criteria import Criteria
from harness.judging.diff import ABSENT, diff
from harness.judging.known import parse_known
from harness.observing.baselines import (
    DISTRIBUTIONS,
    INTERNALS,
    distributions_text,
    file_name,
    internals_document,
    load_internals,
    load_steps,
    steps_document,
)
from harness.observing.records import load_record, started_at
from harness.observing.shared import Document, remove_unused
from harness.observing.snapshots import Snapshot, from_baseline, from_record
from harness.running.results import files_of
from harness.upkeep.night import load_conclusion
from harness.upkeep.regressions import Origin, Regression, Sighting

VALID_FOR = datetime.timedelta(days=365)  # after that a person reviews the known change again


@dataclass(frozen=True, kw_only=True)
class Reason:
    """The facts that a person gives for an accepted change; None means those of the regression."""

    link: str
    why: str
    instead: str
    title: str | None = None
    package: str | None = None
    since: str | None = None


def accept_regression(
    target: Target,
    fingerprint: str,
    reason: Reason,
    project: Project,
    criteria: Criteria,
) -> list[Path]:
    """Accept the findings of a regression that the last night made on a target.

    Adds a known change if a package release caused the findings and no entry explains them yet, and
    copies the observations of that night into the target's baselines. For a target without a lock
    it also copies the findings that known changes explain: the new baseline is made with the
    packages of that night, and against that baseline no known change explains a difference.

    Returns the files written. Raises UsageError, before it writes anything, if there is no such
    regression, if the record is not that of the night, or if `reason` is incomplete or wrong.
    """
    project.require_baselines("`accept`")
    conclusion = load_conclusion(project.results / "night.json")
    regression = _regression(conclusion.regressions, fingerprint)
    sightings = [each for each in regression.sightings if each.target == target.name]
    if not sightings:
        raise UsageError(
            f"{fingerprint} does not show on {target.name}, but on {', '.join(regression.targets)}"
        )
    started = {each.target: each.started for each in conclusion.night.seen}.get(target.name)
    path = files_of(target.name, project.results).record
    record = load_record(path)
    if started_at(record) != started:
        raise UsageError(
            f"{path}: began at {record.started}, but the record of the night began at {started}; "
            "copy the record of the night to this path, or run `nox -s nightly` again"
        )
    observed = from_record(record, criteria.tolerances)
    entries = _with_entry(project.known_changes, sightings, reason)
    baselines = project.baselines / target.name
    changes = [each.change for each in sightings]
    if not target.locked:
        found = diff(from_baseline(target, project), observed, criteria).findings
        changes += [each.change for each in found if each.known]
    documents = [
        *_steps(changes, observed, baselines),
        *_internals(changes, observed, baselines),
    ]
    if not target.locked:
        text = distributions_text(observed.distributions)
        documents.append((baselines / DISTRIBUTIONS, Document(text=text)))
    if entries is not None:
        write_whole(project.known_changes, entries.encode())
    for at, document in documents:
        document.write(at)
    remove_unused(project.baselines)
    return [*([] if entries is None else [project.known_changes]), *(at for at, _ in documents)]


def _regression(regressions: Sequence[Regression], fingerprint: str) -> Regression:
    for each in regressions:
        if each.fingerprint == fingerprint:
            return each
    known = ", ".join(each.fingerprint for each in regressions) or "none"
    raise UsageError(
        f"there is no regression {fingerprint!r} in the last night; there are: {known}"
    )


def _steps(
    changes: Sequence[Change], observed: Snapshot, baselines: Path
) -> Iterator[tuple[Path, Document]]:
    """The paths and new contents of the baselines of scenarios in which `changes` has a step."""
    steps: dict[tuple[str, str], set[str]] = {}
    for each in changes:
        for variant in each.variants:
            steps.setdefault((each.scenario, variant), set()).add(each.subject)
    for pair, names in steps.items():
        path = baselines / file_name(*pair)
        before = load_steps(path) if path.exists() else {}
        now = observed.steps.get(pair, {})
        # the order is that of the scenario, so that the file differs in the accepted steps only
        merged = {name: now[name] if name in names else before.get(name) for name in now}
        merged |= {name: step for name, step in before.items() if name not in {*now, *names}}
        if merged or path.exists():  # or neither the night nor a baseline knows the scenario
            yield path, steps_document({n: step for n, step in merged.items() if step is not None})


def _internals(
    changes: Sequence[Change], observed: Snapshot, baselines: Path
) -> Iterator[tuple[Path, Document]]:
    """The path and new content of the baseline of internals, if `changes` has an internal."""
    names = {each.subject for each in changes if not each.scenario}
    if names:
        path = baselines / INTERNALS
        before = load_internals(path)
        now = observed.internals
        merged = {name: now[name] if name in names else before.get(name) for name in now}
        merged |= {name: each for name, each in before.items() if name not in {*now, *names}}
        yield path, internals_document({name: d for name, d in merged.items() if d is not None})


def _with_entry(path: Path, sightings: Sequence[Sighting], reason: Reason) -> str | None:
    """The file of known changes with a new entry; None if the sightings need no entry."""
    package, since = _release(sightings, reason)
    if not package:
        return None
    text = path.read_text(encoding="utf-8")
    same = [k for k in parse_known(text, path) if (k.package, k.since) == (package, since)]
    left = [each.change for each in sightings if not any(k.matching(each.change) for k in same)]
    if not left:
        return None
    lines = dict.fromkeys(f"{each.kind}: {each.where}" for each in left)
    matches = tomlkit.array()
    matches.extend(lines)
    entry = tomlkit.table()
    fields = {
        "title": reason.title or f"{left[0].where}: {left[0].kind} ({package} {since})",
        "package": package,
        "since": since,
        "matches": matches.multiline(len(lines) > 1),
        "why": reason.why,
        "instead": reason.instead,
        "link": reason.link,
        "expires": datetime.datetime.now(datetime.UTC).date() + VALID_FOR,
    }
    for name, value in fields.items():
        entry.add(name, value)
    text = f"{text.rstrip()}\n\n[[change]]\n{entry.as_string()}"
    parse_known(text, path)  # refuses a wrong reason before any file is written
    return text


def _release(sightings: Sequence[Sighting], reason: Reason) -> tuple[str, str]:
    """The package and the release that caused the change; both empty if no release caused it."""
    differing = {
        RELEASED[each.name]: each.bad
        for sighting in sightings
        if sighting.window.origin is Origin.NEWS
        for each in sighting.window.packages
        if each.name in RELEASED and each.bad != ABSENT
    }
    if reason.package is None and len(differing) > 1:
        raise UsageError(
            f"{' and '.join(differing)} differ between the last good and the first bad build: name "
            "with --package the one whose release caused the change"
        )
    package = reason.package or next(iter(differing), "")
    if package and package not in PACKAGES:
        known = ", ".join(PACKAGES)
        raise UsageError(
            f"--package: {package!r} is not one of the packages of known changes: {known}"
        )
    if not package:
        return "", ""
    since = reason.since or differing.get(package)
    if since is None:
        raise UsageError(
            f"{package} is the same in the last good and the first bad build: name with "
            "--since the release that caused the change"
        )
    try:
        return package, Version(since).base_version
    except InvalidVersion as error:
        raise UsageError(f"--since: {error}") from error
