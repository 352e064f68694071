"""Commands that workflows run, and what answers them."""

import argparse
import datetime
import os
from pathlib import Path
from typing import TYPE_CHECKING

from harness.base.errors import UsageError
from harness.base.files import write_whole
from harness.commands import repository
from harness.commands.checks import add_search, check_all, search_causes
from harness.commands.documents import publish_report, write_documents
from harness.commands.options import (
    SCRIPT_SECONDS,
    SECONDS,
    add_dask,
    add_names,
    cluster_of,
    context_of,
    directory,
    limits,
    limits_of,
    runs,
)
from harness.environments.targets import select
from harness.running.check import Checking

if TYPE_CHECKING:
    from harness.commands.options import Parsers
    from harness.upkeep.tracker import Tracker

MINUTES = 20  # in which causes are searched, all targets together


def add(subcommands: "Parsers") -> None:
    """What the workflows of CI run, and what answers them."""
    command = subcommands.add_parser(
        "nightly",
        parents=[
            limits(None, f"{SECONDS} seconds, {SCRIPT_SECONDS} for a script of a repository"),
            runs(),
        ],
        help="check targets, see to an issue for each regression",
    )
    add_names(command, "all, if none is named; in a repository with scripts, as --on of `check`")
    where = command.add_mutually_exclusive_group()
    where.add_argument(
        "--records",
        type=directory,
        metavar="DIR",
        help="take DIR/records-JOB/TARGET/record.json, run nothing",
    )
    add_dask(where, "check them")
    command.add_argument(
        "--archive",
        type=directory,
        metavar="DIR",
        help="the records of earlier nights, in place of the project's archive",
    )
    command.add_argument(
        "--tracker",
        choices=("folder", "github"),
        default="folder",
        help="where issues are: in the archive's folder `issues`, or on GitHub, through gh",
    )
    add_search(command, MINUTES)
    command.set_defaults(command=nightly)

    command = subcommands.add_parser(
        "accept", help="edit known changes and baselines so that a regression is accepted"
    )
    command.add_argument("target")
    command.add_argument("fingerprint", help="of the regression, as its issue has it")
    command.add_argument("--link", required=True, metavar="URL", help="where upstream speaks of it")
    command.add_argument("--why", required=True, help="a sentence: what it means for users")
    command.add_argument(
        "--title", help="what changed, in a few words (default: the worst finding)"
    )
    command.add_argument("--instead", default="see the link", help="what to write instead")
    command.add_argument("--package", help="whose release brought it, where several differ")
    command.add_argument("--since", metavar="RELEASE", help="the first release of it that has it")
    command.set_defaults(command=accept)

    command = subcommands.add_parser(
        "update", parents=[limits()], help="propose new releases as targets, for a pull request"
    )
    command.set_defaults(command=update)


def nightly(options: argparse.Namespace) -> int:
    """Check targets, or take the records of jobs, and keep an issue for each regression."""
    from harness.report.gather import report_on
    from harness.report.terminal import console, print_markdown
    from harness.running.results import files_of, read_result
    from harness.upkeep.archive import Archive
    from harness.upkeep.assess import assess, collect
    from harness.upkeep.causes import cause_of
    from harness.upkeep.conclude import conclude
    from harness.upkeep.trends import trend

    context = context_of(options)
    project, targets, criteria = context.project, context.targets, context.criteria
    archive = options.archive or project.archive
    tracker = _tracker(options, archive)
    if options.records and not options.records.is_dir():
        raise UsageError(f"--records: {options.records} is no directory; nothing is there to take")
    if archive.exists() and not archive.is_dir():
        raise UsageError(f"--archive: {archive} is no directory; name another one")
    if project.scripts.patterns:
        if options.runs:
            raise UsageError("--runs is for scenarios: the scripts of a repository run twice each")
        return repository.nightly(options, context, archive, tracker, _run_link())
    chosen = select(targets, options.names or ["all"])
    began = datetime.datetime.now(datetime.UTC)
    if options.records:
        collect(options.records, chosen, project.results)
    else:
        how = Checking(jobs=options.jobs, limits=limits_of(options), runs=options.runs, again=True)
        check_all(context, chosen, how, restart=True, cluster=cluster_of(options))
        search_causes(chosen, context, options, began)
    results = [read_result(target, project, criteria, began) for target in chosen]
    places = {each.name: files_of(each.name, project.results) for each in chosen}
    causes = {name: cause for name, files in places.items() if (cause := cause_of(files))}
    night = assess(results, targets, Archive(directory=archive), criteria, began, causes)
    conclusion = conclude(night, targets, tracker, project.results, _run_link())
    nights = trend(
        Archive(directory=archive), [each.name for each in chosen], criteria.tolerances, began
    )
    shown = report_on(results, project, targets, criteria, began, trend=nights)
    text = (project.results / "night.md").read_text(encoding="utf-8")
    print_markdown(f"\n{text}", console())
    written = [project.results / "night.md", *publish_report(shown, context)]
    print(f"written: {', '.join(map(str, written))}")
    return conclusion.exit_code


def accept(options: argparse.Namespace) -> int:
    """Accept a regression on a target: its known change and its baselines, for a pull request."""
    from harness.upkeep.accept import Reason, accept_regression

    reason = Reason(
        link=options.link,
        why=options.why,
        title=options.title,
        instead=options.instead,
        package=options.package,
        since=options.since,
    )
    context = context_of(options)
    target = context.target(options.target)
    written = accept_regression(
        target, options.fingerprint, reason, context.project, context.criteria
    )
    print("\n".join(["written, for `git diff` and a pull request:", *map(str, written)]))
    return 0


def update(options: argparse.Namespace) -> int:
    """Propose new releases as targets, with locks and baselines made by a real run."""
    from harness.report.terminal import console, print_markdown
    from harness.upkeep.releases.making import update as make
    from harness.upkeep.releases.proposal_text import proposal_markdown

    context = context_of(options)
    context.project.require_checkout("update")
    body = context.project.results / "update.md"
    body.unlink(missing_ok=True)  # an earlier one's
    found = make(
        context.project,
        context.criteria,
        Checking(jobs=options.jobs, limits=limits_of(options)),
        today=datetime.datetime.now(datetime.UTC).date(),
    )
    if not (found.made or found.left_out or found.majors):
        print("nothing new")
        return 0
    text = proposal_markdown(found)
    if found.made:
        write_documents(context_of(options))  # with the targets that are new
    write_whole(body, text.encode())
    print_markdown(text, console())
    return found.exit_code


def _tracker(options: argparse.Namespace, archive: Path) -> "Tracker":
    """Where the issues are. Raises UsageError where it is not known which repository's."""
    from harness.upkeep.tracker.folder import FolderTracker
    from harness.upkeep.tracker.github import GitHubTracker

    if options.tracker == "github":
        return GitHubTracker.from_environment(os.environ)
    return FolderTracker(archive / "issues")


def _run_link() -> str:
    """Where the run is seen in which this is a job, if it is one."""
    parts = [
        os.environ.get(f"GITHUB_{name}", "") for name in ("SERVER_URL", "REPOSITORY", "RUN_ID")
    ]
    return f"{parts[0]}/{parts[1]}/actions/runs/{parts[2]}" if all(parts) else ""
