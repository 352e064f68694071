"""The scenarios without the harness, as the documents of nox, pytest and asv show it."""

from pathlib import Path

import nox

HERE = Path(__file__).parent


@nox.session(python="3.11")
@nox.parametrize("tensorflow", ["2.15.1"])
def scenarios(session: nox.Session, tensorflow: str) -> None:
    """As plain pytest tests in an environment of pip."""
    session.install(f"tensorflow=={tensorflow}", "--requirement", str(HERE / "requirements.txt"))
    tests = ("--import-mode=prepend", str(HERE / "test_scenarios.py"))
    session.run("pytest", "--quiet", *tests, *session.posargs)


@nox.session(python="3.11")
def asv(session: nox.Session) -> None:
    """As benchmarks of asv, on the last commit; with `-- setup`, the environment alone."""
    session.install("--requirement", str(HERE / "requirements-asv.txt"))
    config = ("--config", str(HERE / "asv.conf.json"))
    session.env["HOME"] = session.create_tmp()  # asv describes the machine there
    session.run("asv", "machine", *config, "--yes")
    # asv 0.6.6 ends with 1 after a setup that went well
    session.run("asv", "setup", *config, success_codes=[0, 1])
    if session.posargs != ["setup"]:
        session.run("asv", "run", *config, "--quick", "HEAD^!")
