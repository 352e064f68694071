import nox

SETTINGS = nox.project.load_toml("pyproject.toml")["tool"]["state-harness"]

for target in SETTINGS["targets"]:

    @nox.session(name=target, venv_backend="none")
    def check(session, target=target):
        session.run("state-harness", "check", "--on", target, *session.posargs)
