"""The wheel, installed, as its users have it: without a checkout."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.support.places import ROOT

UV = (sys.executable, "-m", "uv")
# of the developer's shell: the first would put the checkout on the path, CI changes what is refused
REMOVED = ("PYTHONPATH", "VIRTUAL_ENV", "CI")


@dataclass(frozen=True, kw_only=True)
class Ran:
    """What a command printed, and how it ended."""

    code: int
    out: str
    err: str


@dataclass(frozen=True, kw_only=True)
class Installed:
    """The wheel in a virtual environment, a directory to work in, and the cache of its user."""

    venv: Path
    directory: Path
    cache: Path

    @property
    def variables(self) -> dict[str, str]:
        # uv keeps its own cache: no test is to download TensorFlow again
        uv_cache = output([*UV, "cache", "dir"])
        kept = {name: value for name, value in os.environ.items() if name not in REMOVED}
        path = f"{self.venv / 'bin'}{os.pathsep}{kept.get('PATH', '')}"
        own = {"PATH": path, "XDG_CACHE_HOME": str(self.cache), "UV_CACHE_DIR": uv_cache}
        return {**kept, **own}

    def run(self, *arguments: str | Path) -> Ran:
        """Run `state-harness` as its users do, in the directory."""
        return self.call("state-harness", *arguments)

    def call(self, program: str, *arguments: str | Path, **variables: str) -> Ran:
        """Run a program of the virtual environment, in the directory."""
        done = subprocess.run(
            [self.venv / "bin" / program, *arguments],
            cwd=self.directory,
            env={**self.variables, **variables},
            capture_output=True,
            text=True,
            check=False,
        )
        return Ran(code=done.returncode, out=done.stdout, err=done.stderr)


def output(command: list[str]) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def install(place: Path) -> Installed:
    """Build the wheel and install it in a new virtual environment below `place`."""
    venv = place / "venv"
    output([*UV, "build", "--quiet", "--wheel", f"--out-dir={place / 'dist'}", str(ROOT)])
    [wheel] = (place / "dist").glob("*.whl")
    output([*UV, "venv", "--quiet", f"--python={sys.executable}", str(venv)])
    output([*UV, "pip", "install", "--quiet", f"--python={venv / 'bin' / 'python'}", str(wheel)])
    (place / "directory").mkdir()
    return Installed(venv=venv, directory=place / "directory", cache=place / "cache")
