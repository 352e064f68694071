"""The command for the scripts of a repository, and their baselines."""

import argparse
import datetime
import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from harness.base.errors import UsageError
from harness.base.files import write_whole
from harness.commands.checks import print_jobs, searching
from harness.commands.options import (
    SCRIPT_SECONDS,
    Context,
    add_dask,
    cluster_of,
    context_of,
    directory,
    limits,
    style,
    tell,
)
from harness.commands.scripts import ULP, add_tolerance, compared, shown, tolerances_of
from harness.environments.targets import Target
from harness.judging.verdicts import Standing
from harness.observing.numerics import Tolerances
from harness.observing.probing import Limits

if TYPE_CHECKING:
    from harness.commands.options import Parsers
    from harness.running.holding import OwnScript, ScriptCheck, ScriptChecking
    from harness.upkeep.causes import Cause
    from harness.upkeep.tracker import Tracker


def add(subcommands: "Parsers") -> None:
    """What a repository's own scripts do, against the baselines beside them."""
    command = subcommands.add_parser(
        "check",
        parents=[limits(SCRIPT_SECONDS), style()],
        help="hold the scripts of your repository against the baselines beside them",
    )
    command.add_argument(
        "scripts",
        nargs="*",
        type=Path,
        metavar="SCRIPT",
        help="those of [tool.state-harness] in pyproject.toml, if none is named",
    )
    command.add_argument(
        "--on",
        nargs="+",
        metavar="TARGET",
        default=[],
        help="as `try` takes them (default: `targets` of [tool.state-harness])",
    )
    command.add_argument(
        "--force-regen", action="store_true", help="write differing baselines anew"
    )
    where = command.add_mutually_exclusive_group()
    where.add_argument(
        "--records", type=directory, metavar="DIR", help="run nothing, take the results of CI jobs"
    )
    add_dask(where, "run them")
    command.add_argument(
        "--ci-matrix", action="store_true", help="run nothing, print the jobs of a CI matrix"
    )
    add_tolerance(command)
    command.set_defaults(command=check)


def check(options: argparse.Namespace) -> int:
    """Run the scripts on the targets, and hold what they do against their baselines."""
    from harness.running.holding import in_ci, keep, own_scripts

    context = context_of(options)
    scripts = own_scripts(context.project, options.scripts)
    targets = _targets(options.on, context)
    if options.ci_matrix:
        print_jobs(targets, context)
        return 0
    if options.force_regen and in_ci():
        raise UsageError("no baseline is written in CI: regenerate on your own machine")
    tolerances = tolerances_of(options)
    checks = _checks(scripts, targets, options, tolerances, context)
    code = _publish(checks, targets, tolerances, options, context)
    for path in filter(None, [keep(each, anew=options.force_regen) for each in checks]):
        print(f"written: {path}", file=sys.stderr)
    return code


def nightly(
    options: argparse.Namespace, context: Context, archive: Path, tracker: "Tracker", link: str
) -> int:
    """Check the scripts of a repository, and keep an issue for each regression."""
    from harness.report.terminal import console, print_markdown
    from harness.running.holding import accepted_on, own_scripts
    from harness.upkeep.archive import Archive
    from harness.upkeep.conclude import conclude
    from harness.upkeep.script_nights import assess_scripts

    project = context.project
    every, wanted = _targets([], context), _targets(options.names, context)
    tolerances = Tolerances(ulp=ULP, mean_ulp=ULP)
    began = datetime.datetime.now(datetime.UTC)
    scripts = own_scripts(project)
    checks = _checks(scripts, wanted, options, tolerances, context)
    causes: dict[str, list[Cause]] = {}
    if not options.records:
        with tempfile.TemporaryDirectory(prefix="state-harness-") as wheels:
            how = _how(options, tolerances, wheels)
            checks = list(_twice(checks, how, context))
            causes = _causes(checks, how, options, context)
    targets = {each.name: each for each in (*every, *wanted)}
    night = assess_scripts(
        checks, wanted, targets, project, Archive(directory=archive), began, tolerances, causes
    )
    others = accepted_on(scripts)
    conclusion = conclude(night, targets, tracker, project.results, link, others)
    _publish(checks, wanted, tolerances, None, context)
    text = (project.results / "night.md").read_text(encoding="utf-8")
    print_markdown(f"\n{text}", console())
    return conclusion.exit_code


def _targets(names: Sequence[str], context: Context) -> list[Target]:
    from harness.environments.candidates import choose

    chosen = names or context.project.scripts.targets
    if not chosen:
        raise UsageError("no target is named: give --on TARGET, or set `targets` beside `scripts`")
    return choose(context.targets, chosen, context.project.locks)


def _checks(
    scripts: Sequence["OwnScript"],
    targets: Sequence[Target],
    options: argparse.Namespace,
    tolerances: Tolerances,
    context: Context,
) -> list["ScriptCheck"]:
    """Each script on each target, in their order: run now, or from the records of CI jobs."""
    from harness.running.holding import check_record
    from harness.upkeep.repository import collect

    if options.records:
        collect(options.records, scripts, targets, context.project)
        return [
            check_record(script, target, context.project, tolerances)
            for script in scripts
            for target in targets
        ]
    with tempfile.TemporaryDirectory(prefix="state-harness-") as wheels:
        how = _how(options, tolerances, wheels)
        return [each for script in scripts for each in _run(script, targets, how, context)]


def _how(options: argparse.Namespace, tolerances: Tolerances, wheels: str) -> "ScriptChecking":
    from harness.running.holding import ScriptChecking

    limit = Limits(scenario=options.time_limit or SCRIPT_SECONDS)
    return ScriptChecking(
        tolerances=tolerances,
        wheels=Path(wheels),
        limits=limit,
        jobs=options.jobs,
        cluster=cluster_of(options),
    )


def _run(
    script: "OwnScript",
    targets: Sequence[Target],
    how: "ScriptChecking",
    context: Context,
) -> list["ScriptCheck"]:
    from harness.running.holding import check_script

    print(f"{script.name}:", file=sys.stderr)
    done = check_script(script, targets, context.project, how)
    order = [each.name for each in targets]
    return sorted(
        shown(done, len(targets), lambda each: each.tried),
        key=lambda each: order.index(each.target.name),
    )


def _twice(
    checks: Sequence["ScriptCheck"], how: "ScriptChecking", context: Context
) -> Iterator["ScriptCheck"]:
    """The same, with a second try of what did not end well; the second end counts."""
    for script in dict.fromkeys(each.script for each in checks):
        of_script = [each for each in checks if each.script == script]
        bad = [each.target for each in of_script if each.held.standing is not Standing.UNCHANGED]
        again = _run(script, bad, how, context) if bad else []
        second = {each.target.name: each for each in again}
        for each in of_script:
            if each.target.name in second:
                yield replace(second[each.target.name], first=each.held)
            else:
                yield each


def _causes(
    checks: Sequence["ScriptCheck"],
    how: "ScriptChecking",
    options: argparse.Namespace,
    context: Context,
) -> dict[str, list["Cause"]]:
    """What searches within the minutes of `--search` have found of new findings, by target."""
    if not options.search:
        return {}
    from harness.upkeep.searching import cause_of_script

    found: dict[str, list[Cause]] = {}
    criteria = replace(context.criteria, tolerances=how.tolerances)
    with searching(replace(context, criteria=criteria), options, how.limits) as search:
        for each in checks:
            if not each.target.locked:  # a locked one has the packages of its baseline
                cause = cause_of_script(each, search, how.wheels, tell)
                found.setdefault(each.target.name, []).extend([cause] if cause else [])
    return found


def _publish(
    checks: Sequence["ScriptCheck"],
    targets: Sequence[Target],
    tolerances: Tolerances,
    options: argparse.Namespace | None,
    context: Context,
) -> int:
    """Write what the checks came to, and print it as `options` say; returns the exit code."""
    from harness.report.held import held_document, held_markdown, held_text
    from harness.report.held_page import held_page
    from harness.report.script_page import script_page
    from harness.running.holding import exit_code, without_script

    project = context.project
    found = [each.held for each in checks]
    named = options is not None and options.scripts
    orphans = [] if named else list(without_script([each.script for each in checks], project))
    code = exit_code(checks, orphans)
    results = project.results / "check"
    document = json.dumps(held_document(found, orphans, code), indent=2)
    markdown = held_markdown(found, orphans)
    write_whole(results / "check.json", document.encode())
    write_whole(results / "check.md", markdown.encode())
    write_whole(results / "index.html", held_page(found, orphans).encode())
    for script in dict.fromkeys(each.script for each in checks):
        tried = [each.tried for each in checks if each.script == script]
        across = script_page(compared(tried, targets, tolerances, context), script.name)
        write_whole(script.results(project) / "index.html", across.encode())
    print(f"written: {results / 'index.html'}", file=sys.stderr)
    shown_as = {"json": f"{document}\n", "markdown": markdown, "text": held_text(found, orphans)}
    if options is not None:
        print(shown_as[options.format], end="")
    return code
