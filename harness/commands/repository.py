"""The command for the scripts of a repository, and their baselines."""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from harness.base.errors import UsageError
from harness.base.files import write_whole
from harness.base.project import Project
from harness.commands.checks import print_jobs
from harness.commands.options import Context, context_of, directory, limits, style
from harness.commands.scripts import SECONDS, add_tolerance, compared, shown, tolerances_of
from harness.environments.targets import Target
from harness.observing.numerics import Tolerances
from harness.observing.probing import Limits, PlainScript

if TYPE_CHECKING:
    from harness.commands.options import Parsers
    from harness.judging.held import Held
    from harness.running.holding import OwnScript
    from harness.running.trying import Tried


def add(subcommands: "Parsers") -> None:
    """What a repository's own scripts do, against the baselines beside them."""
    command = subcommands.add_parser(
        "check",
        parents=[limits(), style()],
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
    command.add_argument(
        "--records", type=directory, metavar="DIR", help="run nothing, take the results of CI jobs"
    )
    command.add_argument(
        "--ci-matrix", action="store_true", help="run nothing, print the jobs of a CI matrix"
    )
    add_tolerance(command)
    command.set_defaults(command=check, time_limit=SECONDS)


def check(options: argparse.Namespace) -> int:
    """Run the scripts on the targets, and hold what they do against their baselines."""
    from harness.report.script_page import script_page
    from harness.running import holding
    from harness.upkeep.repository import collect

    context = context_of(options)
    project = context.project
    scripts = holding.own_scripts(project, options.scripts)
    targets = _targets(options, context)
    if options.ci_matrix:
        print_jobs(targets, context)
        return 0
    if options.force_regen and holding.in_ci():
        raise UsageError("no baseline is written in CI: regenerate on your own machine")
    tolerances = tolerances_of(options)
    if options.records:
        collect(options.records, scripts, targets, project)
    found, written = [], []
    for script in scripts:
        if options.records:
            tried = [holding.recorded(script, each, project, tolerances) for each in targets]
        else:
            tried = _tried(script, targets, tolerances, options, context)
        held = [holding.held(script, each, tolerances) for each in tried]
        written += [holding.kept(script, each, anew=options.force_regen) for each in held]
        found += held
        across = compared(tried, targets, tolerances, context)
        page = script.results(project) / "index.html"
        write_whole(page, script_page(across, script.name).encode())
    orphans = [] if options.scripts else list(holding.without_script(scripts, project))
    code = holding.exit_code(found, orphans)
    _show(found, orphans, code, options, project)
    for path in filter(None, written):
        print(f"written: {path}", file=sys.stderr)
    return code


def _targets(options: argparse.Namespace, context: Context) -> list[Target]:
    from harness.environments.candidates import choose

    names = options.on or context.project.scripts.targets
    if not names:
        raise UsageError("no target is named: give --on TARGET, or set `targets` beside `scripts`")
    return choose(context.targets, names, context.project.locks)


def _tried(
    script: "OwnScript",
    targets: Sequence[Target],
    tolerances: Tolerances,
    options: argparse.Namespace,
    context: Context,
) -> list["Tried"]:
    """A script on all targets, in their order, with a line for each as it is done."""
    from harness.environments.extras import read_extras
    from harness.running.trying import Trial, try_script

    project = context.project
    own = project.scripts
    trial = Trial(
        script=PlainScript(path=script.path, directory=own.directory),
        results=script.results(project),
        extras=read_extras(script.path, own.packages, own.requirements),
        limits=Limits(scenario=options.time_limit),
        tolerances=tolerances,
    )
    jobs = 1 if own.directory else options.jobs  # as the runs of one target
    print(f"{script.name}:", file=sys.stderr)
    done = {
        each.target.name: each
        for each in shown(try_script(trial, targets, project, jobs), len(targets))
    }
    return [done[each.name] for each in targets]


def _show(
    found: Sequence["Held"],
    orphans: Sequence[Path],
    code: int,
    options: argparse.Namespace,
    project: Project,
) -> None:
    from harness.report.held import held_document, held_markdown, held_text
    from harness.report.held_page import held_page

    results = project.results / "check"
    document = json.dumps(held_document(found, orphans, code), indent=2)
    markdown = held_markdown(found, orphans)
    write_whole(results / "check.json", document.encode())
    write_whole(results / "check.md", markdown.encode())
    write_whole(results / "index.html", held_page(found, orphans).encode())
    print(f"written: {results / 'index.html'}", file=sys.stderr)
    if options.format == "json":
        print(document)
    elif options.format == "markdown":
        print(markdown, end="")
    else:
        print(held_text(found, orphans), end="")
