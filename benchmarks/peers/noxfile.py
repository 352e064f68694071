"""The scenarios without the harness, as the documents of nox, pytest and asv show it."""

from pathlib import Path

import nox

HERE = Path(__file__).parent


@nox.session(python="3.11")
@nox.parametrize("tensorflow", ["2.15.1"])
def scenarios(session: nox.Session, tensorflow: str) -> None:
    """As plain pytest tests in an environment of pip."""
    session.install(f"tensorflow=={tensorflow}", "--requirement", str(HERE / "requirements.txt"))
    session.run("pytest", "--quiet", str(HERE / "test_scenarios.py"), *session.posargs)


@nox.session(python="3.11")
def asv(session: nox.Session) -> None:
    """As benchmarks of asv, on the last commit; the arguments are those of asv."""
    session.install("--requirement", str(HERE / "requirements-asv.txt"))
    config = ("--config", str(HERE / "asv.conf.json"))
    session.env["HOME"] = session.create_tmp()  # asv describes the machine there
    session.run("asv", "machine", *config, "--yes")
    command, *arguments = session.posargs or ("run", "--quick", "HEAD^!")
    session.run("asv", command, *config, *arguments)
