"""The scenarios as plain pytest tests in an environment of pip, as the documents of nox show it."""

from pathlib import Path

import nox

HERE = Path(__file__).parent


@nox.session(python="3.11")
@nox.parametrize("tensorflow", ["2.15.1"])
def scenarios(session: nox.Session, tensorflow: str) -> None:
    session.install(f"tensorflow=={tensorflow}", "--requirement", str(HERE / "requirements.txt"))
    session.run("pytest", "--quiet", str(HERE / "test_scenarios.py"), *session.posargs)
