"""What each command does: the choice of targets, the work, and what is shown of it."""

import argparse
import dataclasses
import datetime
import difflib
import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from harness.baselines import load_watches
from harness.check import Checked, check
from harness.environments import lock_path, make_lock, pinned
from harness.errors import UsageError
from harness.paths import Workspace
from harness.runner import Limits
from harness.targets import Target, load_targets, select

if TYPE_CHECKING:
    from harness.observed import Observed
    from harness.report.model import Report
    from harness.tracker import Tracker


def run(options: argparse.Namespace) -> int:
    """Check one target; a table of its observations, then one line that says it all."""
    checked = check(
        _one(options.target),
        _workspace(options),
        limits=Limits(scenario=options.time_limit),
        jobs=options.jobs,
        pytest_arguments=options.pytest_arguments,
    )
    from harness.report import terminal

    terminal.print_checked(checked, terminal.console())
    return checked.exit_code


def matrix(options: argparse.Namespace) -> int:
    """Check many targets; a line for each as it is done, then the table of all."""
    targets = select(load_targets(), options.names or ["tensorflow"])
    if options.json:
        from harness.shards import shards

        jobs = [dataclasses.asdict(shard) for shard in shards(targets, _lock_text)]
        print(json.dumps({"include": jobs}))
        return 0
    arguments = ["--force-regen"] if options.force_regen else []
    done = _check_all(options, targets, arguments, again=options.again, restart=options.restart)
    return _worst(done)


def nightly(options: argparse.Namespace) -> int:
    """Check targets, or take what jobs recorded of them, and see to the issue of what differs."""
    from harness.archive import Archive
    from harness.conclude import conclude
    from harness.night import collect
    from harness.report.terminal import console, print_markdown

    targets = select(load_targets(), options.names or ["all"])
    workspace = _workspace(options)
    tracker = _tracker(options)
    began = datetime.datetime.now(datetime.UTC)
    if options.records:
        collect(options.records, targets, workspace.results)
    else:
        _check_all(options, targets, [], again=True, restart=True)
    archive = Archive(directory=options.archive)
    conclusion = conclude(targets, workspace, archive, tracker, began, _run_link())
    _, written = _report(options, [target.name for target in targets])
    night = workspace.results / "night.md"
    print_markdown(f"\n{night.read_text(encoding='utf-8')}", console())
    print(f"written: {', '.join(map(str, [night, *written]))}")
    return conclusion.exit_code


def accept(options: argparse.Namespace) -> int:
    """Accept a regression on a target: its known change and its baselines, for a pull request."""
    from harness.accept import Reason, accept_regression

    reason = Reason(
        link=options.link,
        why=options.why,
        title=options.title,
        instead=options.instead,
        package=options.package,
        since=options.since,
    )
    target = _one(options.target)
    written = accept_regression(target, options.fingerprint, reason, _workspace(options))
    print("\n".join(["written, for `git diff` and a pull request:", *map(str, written)]))
    return 0


def update(options: argparse.Namespace) -> int:
    """Propose new releases as targets, with locks and baselines made by a real run."""
    raise NotImplementedError


def lock(options: argparse.Namespace) -> int:
    """Resolve targets anew, show what differs from their locks, write them."""
    chosen = select(load_targets(), options.names or ["all"])
    unlocked = [target.name for target in chosen if not target.locked]
    if options.names and unlocked:
        raise UsageError(f"no lock is kept for {', '.join(unlocked)}: resolved whenever they run")
    for target in (target for target in chosen if target.locked):
        path = lock_path(target)
        old = path.read_text(encoding="utf-8") if path.exists() else ""
        new = make_lock(target)
        _show_lock(target, old, new)
        if not options.dry_run and new != old:
            path.write_text(new, encoding="utf-8")
    return 0


def targets(_options: argparse.Namespace) -> int:
    """List the targets, a line each."""
    for target in load_targets().values():
        print(f"{target.name:16} {target.summary}")
    return 0


def internals(options: argparse.Namespace) -> int:
    """Print the history of one internal, family by family."""
    from harness.history import reasons, stretches
    from harness.report import terminal

    families = load_watches(options.baselines, load_targets().values())
    known = reasons(watch for watches in families.values() for watch in watches.values())
    if options.name not in known:
        close = difflib.get_close_matches(options.name, known, n=3) or ["RNN.get_initial_state"]
        raise UsageError(f"{options.name!r} is not watched; did you mean {', '.join(close)}?")
    out = terminal.console()
    out.print(f"{options.name}: {known[options.name]}", style="bold", markup=False, soft_wrap=True)
    for family, watches in families.items():
        terminal.print_history(family, stretches(options.name, watches), out, full=options.diff)
    return 0


def diff(options: argparse.Namespace) -> int:
    """Show all that differs between two targets, or records of them."""
    from harness.diff import diff as differences
    from harness.known import load_known
    from harness.numerics import Tolerances
    from harness.report.comparison import diff_document, diff_markdown

    sides = [
        Path(name) if name.endswith(".json") else _one(name) for name in (options.a, options.b)
    ]
    before, after = (_observed(options, side, at) for side, at in zip(sides, "ab", strict=True))
    found = differences(before, after, load_known(), Tolerances())
    _show(options.format, lambda: diff_markdown(found), lambda: diff_document(found))
    if found.regressed:
        return 1
    return 3 if found.lost else 0


def upgrade(options: argparse.Namespace) -> int:
    """Say what an upgrade means for what people do with hidden state; runs nothing."""
    from harness.known import load_known
    from harness.numerics import Tolerances
    from harness.observed import accepted
    from harness.report.comparison import upgrade_document, upgrade_markdown
    from harness.upgrade import load_needs, way
    from harness.upgrade import upgrade as outlook

    targets = way(list(load_targets().values()), options.a, options.b)
    observed = [accepted(target, options.baselines) for target in targets]
    found = outlook(observed, load_needs(), load_known(), Tolerances())
    _show(options.format, lambda: upgrade_markdown(found), lambda: upgrade_document(found))
    return 0


def known(options: argparse.Namespace) -> int:
    """Hold the accepted changes against every change between neighbouring targets."""
    from harness.audit import audit
    from harness.report import terminal

    found = audit(options.baselines)
    terminal.print_audit(found, terminal.console())
    return int(bool(found.alarms))


def report(options: argparse.Namespace) -> int:
    """Build the report from the records at hand, and show what it says."""
    from harness.report.summary import print_report
    from harness.report.terminal import console

    found, written = _report(options, options.names)
    print_report(found, console())
    print(f"written: {', '.join(map(str, written))}")
    return found.exit_code


def docs(options: argparse.Namespace) -> int:
    """Write the generated parts of the documents anew."""
    from harness.report.tables import documents

    for path, text in documents(options.baselines).items():
        path.write_text(text, encoding="utf-8")
    return 0


def _observed(options: argparse.Namespace, side: Path | Target, at: str) -> "Observed":
    """A side of a diff: what a record says, what is accepted of a target, or what it does now."""
    from harness.numerics import Tolerances
    from harness.observed import accepted, from_record
    from harness.records import load_record
    from harness.runner import observe

    if isinstance(side, Path):
        return from_record(load_record(side), Tolerances())
    if options.accepted:
        return accepted(side, options.baselines)
    workspace = _workspace(options)
    record = observe(
        side,
        workspace.environments,
        workspace.results / side.name / f"diff-{at}",
        limits=Limits(scenario=options.time_limit),
        jobs=options.jobs,
        threads=options.threads,
    )
    return from_record(record, Tolerances())


def _show(style: str, markdown: Callable[[], str], document: Callable[[], object]) -> None:
    """Print a finding in the style asked for."""
    if style == "json":
        print(json.dumps(document(), indent=2))
    elif style == "markdown":
        print(markdown(), end="")
    else:
        from harness.report import terminal

        terminal.print_markdown(markdown(), terminal.console())


def _check_all(
    options: argparse.Namespace,
    targets: Sequence[Target],
    pytest_arguments: Sequence[str],
    *,
    again: bool,
    restart: bool,
) -> list[Checked]:
    """Check targets; a line for each as it is done, then the table of all."""
    from harness.matrix import run_matrix
    from harness.report import terminal

    console = terminal.console()
    done = []
    with terminal.progress(console, len(targets)) as show:
        for progress in run_matrix(
            targets,
            _workspace(options),
            jobs=options.jobs,
            limits=Limits(scenario=options.time_limit),
            pytest_arguments=pytest_arguments,
            restart=restart,
            again=again,
        ):
            show(progress)
            done.append(progress.checked)
    order = [target.name for target in targets]
    done.sort(key=lambda checked: order.index(checked.target))
    terminal.print_matrix(done, console)
    return done


def _report(options: argparse.Namespace, names: Sequence[str]) -> tuple["Report", list[Path]]:
    """Write the report on the records at hand, and annotate the run of a workflow, if it is one."""
    from harness.report.gather import gather
    from harness.report.summary import annotations
    from harness.report.writing import write_report

    now = datetime.datetime.now(datetime.UTC)
    found = gather(options.results, options.baselines, names, now)
    written = write_report(found, options.results / "report")
    if os.environ.get("GITHUB_ACTIONS") == "true":
        print("\n".join(annotations(found)))
    return found, written


def _tracker(options: argparse.Namespace) -> "Tracker":
    """Where the issues are. Raises UsageError where it is not known which repository's."""
    from harness.tracker.folder import FolderTracker
    from harness.tracker.github import GitHubTracker

    if options.tracker == "github":
        return GitHubTracker.from_environment(os.environ)
    return FolderTracker(options.archive / "issues")


def _lock_text(target: Target) -> str:
    """What a lock holds, be it damaged: that is for the job of its target to say."""
    path = lock_path(target)
    return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""


def _run_link() -> str:
    """Where the run is seen in which this is a job, if it is one."""
    parts = [
        os.environ.get(f"GITHUB_{name}", "") for name in ("SERVER_URL", "REPOSITORY", "RUN_ID")
    ]
    return f"{parts[0]}/{parts[1]}/actions/runs/{parts[2]}" if all(parts) else ""


def _one(name: str) -> Target:
    every = load_targets()
    if name not in every:
        raise UsageError(f"there is no target {name!r}; there are: {', '.join(every)}")
    return every[name]


def _workspace(options: argparse.Namespace) -> Workspace:
    return Workspace(
        environments=options.environments.absolute(),
        results=options.results.absolute(),
        baselines=options.baselines.absolute(),
    )


def _show_lock(target: Target, old: str, new: str) -> None:
    before, after = pinned(old), pinned(new)
    lines = [
        f"  {name} {before.get(name, '(none)')} -> {after.get(name, '(none)')}"
        for name in sorted(before.keys() | after.keys())
        if before.get(name) != after.get(name)
    ]
    if not lines and new != old:
        lines = ["  the same versions, other hashes or another header"]
    print("\n".join([f"{target.name}: {'changes' if lines else 'no change'}", *lines]), flush=True)


def _worst(done: Sequence[Checked]) -> int:
    """1 if any target differs, else 3 if any could not be checked, else 0."""
    codes = {checked.exit_code for checked in done}
    return next((code for code in (1, 3, *sorted(codes, reverse=True)) if code in codes), 0)
