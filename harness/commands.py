"""What each command does: the choice of targets, the work, and what is shown of it."""

import argparse
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
    from harness.matrix import run_matrix
    from harness.report import terminal

    targets = select(load_targets(), options.names or ["tensorflow"])
    console = terminal.console()
    done = []
    with terminal.progress(console, len(targets)) as show:
        for progress in run_matrix(
            targets,
            _workspace(options),
            jobs=options.jobs,
            limits=Limits(scenario=options.time_limit),
            pytest_arguments=["--force-regen"] if options.force_regen else [],
            restart=options.restart,
        ):
            show(progress)
            done.append(progress.checked)
    order = [target.name for target in targets]
    done.sort(key=lambda checked: order.index(checked.target))
    terminal.print_matrix(done, console)
    return _worst(done)


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


def targets(options: argparse.Namespace) -> int:
    """List the targets, a line or an object each."""
    every = load_targets().values()
    if options.json:
        print(json.dumps([{"name": t.name, "family": t.family, "python": t.python} for t in every]))
    else:
        for target in every:
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
    from harness.report.gather import gather
    from harness.report.summary import annotations, print_report
    from harness.report.terminal import console
    from harness.report.writing import write_report

    found = gather(
        options.results, options.baselines, options.names, datetime.datetime.now(datetime.UTC)
    )
    written = write_report(found, options.results / "report")
    print_report(found, console())
    print(f"written: {', '.join(map(str, written))}")
    if os.environ.get("GITHUB_ACTIONS") == "true":
        print("\n".join(annotations(found)))
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
