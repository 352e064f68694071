"""Sessions of the reproducibility harness; arguments after `--` go to the tool beneath.

One session per target checks that target against its baseline. `nox -s tests` runs the unit tests,
`nox -s matrix` every release.
"""

import sys
from pathlib import Path

import nox

sys.path.insert(0, str(Path(__file__).parent))  # nox may run from an environment of its own

from harness.targets import Target, load_targets

nox.needs_version = ">=2025.2.9"
nox.options.sessions = ["lint", "tests"]
nox.options.error_on_missing_interpreters = True


def harness(session: nox.Session, *arguments: str) -> None:
    """Run `python -m harness` with the interpreter, and so with the harness, that runs nox."""
    session.run(sys.executable, "-m", "harness", *arguments, *session.posargs, external=True)


def add_session(target: Target) -> None:
    def check(session: nox.Session) -> None:
        harness(session, "run", target.name)

    check.__doc__ = f"{target.summary}."
    nox.session(name=target.name, venv_backend="none", tags=[target.family])(check)


for each in load_targets().values():
    add_session(each)


@nox.session(venv_backend="none")
def matrix(session: nox.Session) -> None:
    """Check all releases (or `-- FAMILY_OR_TARGET ...`, `-- all`), then show all of them."""
    harness(session, "matrix")


@nox.session(venv_backend="none")
def lock(session: nox.Session) -> None:
    """Resolve the locks of all targets (or `-- TARGET ...`) anew, showing what changes."""
    harness(session, "lock")
