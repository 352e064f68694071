"""Commands that workflows run, and what answers them."""

import argparse
import datetime
import os
from pathlib import Path
from typing import TYPE_CHECKING

from harness.commands.checks import check_all
from harness.commands.documents import build_report, docs
from harness.commands.options import add_names, limits, target_named, workspace_of
from harness.errors import UsageError
from harness.paths import ARCHIVE, write_whole
from harness.runner import Limits
from harness.targets import load_targets, select

if TYPE_CHECKING:
    from harness.commands.options import Parsers
    from harness.tracker import Tracker


def add(subcommands: "Parsers") -> None:
    """What the workflows of CI run, and what answers them."""
    command = subcommands.add_parser(
        "nightly", parents=[limits()], help="check targets, see to an issue for each regression"
    )
    add_names(command, "all, if none is named")
    command.add_argument(
        "--records", type=Path, metavar="DIR", help="take DIR/JOB/TARGET/record.json, run nothing"
    )
    command.add_argument(
        "--archive",
        type=Path,
        default=ARCHIVE,
        metavar="DIR",
        help="what earlier nights recorded (default: %(default)s)",
    )
    command.add_argument(
        "--tracker",
        choices=("folder", "github"),
        default="folder",
        help="where issues are: in the archive's folder `issues`, or on GitHub, through gh",
    )
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
    """Check targets, or take what jobs recorded of them, and see to the issue of what differs."""
    from harness.archive import Archive
    from harness.conclude import conclude
    from harness.report.terminal import console, print_markdown
    from harness.seeing import collect

    targets = select(load_targets(), options.names or ["all"])
    workspace = workspace_of(options)
    tracker = _tracker(options)
    if options.records and not options.records.is_dir():
        raise UsageError(f"--records: {options.records} is no directory; nothing is there to take")
    if options.archive.exists() and not options.archive.is_dir():
        raise UsageError(f"--archive: {options.archive} is no directory; name another one")
    began = datetime.datetime.now(datetime.UTC)
    if options.records:
        collect(options.records, targets, workspace.results)
    else:
        check_all(options, targets, [], again=True, restart=True)
    archive = Archive(directory=options.archive)
    conclusion = conclude(targets, workspace, archive, tracker, began, _run_link())
    _, written = build_report(options, [target.name for target in targets])
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
    target = target_named(options.target)
    written = accept_regression(target, options.fingerprint, reason, workspace_of(options))
    print("\n".join(["written, for `git diff` and a pull request:", *map(str, written)]))
    return 0


def update(options: argparse.Namespace) -> int:
    """Propose new releases as targets, with locks and baselines made by a real run."""
    from harness.report.proposal import proposal_markdown
    from harness.report.terminal import console, print_markdown
    from harness.update.making import update as make

    workspace = workspace_of(options)
    body = workspace.results / "update.md"
    body.unlink(missing_ok=True)  # an earlier one's
    found = make(
        workspace,
        jobs=options.jobs,
        limits=Limits(scenario=options.time_limit),
        today=datetime.datetime.now(datetime.UTC).date(),
    )
    if not (found.made or found.left_out or found.majors):
        print("nothing new")
        return 0
    text = proposal_markdown(found)
    if found.made:
        docs(options)
    write_whole(body, text.encode())
    print_markdown(text, console())
    return found.exit_code


def _tracker(options: argparse.Namespace) -> "Tracker":
    """Where the issues are. Raises UsageError where it is not known which repository's."""
    from harness.tracker.folder import FolderTracker
    from harness.tracker.github import GitHubTracker

    if options.tracker == "github":
        return GitHubTracker.from_environment(os.environ)
    return FolderTracker(options.archive / "issues")


def _run_link() -> str:
    """Where the run is seen in which this is a job, if it is one."""
    parts = [
        os.environ.get(f"GITHUB_{name}", "") for name in ("SERVER_URL", "REPOSITORY", "RUN_ID")
    ]
    return f"{parts[0]}/{parts[1]}/actions/runs/{parts[2]}" if all(parts) else ""
