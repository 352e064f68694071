"""Environments that hold nothing, and import the samples."""

import venv
from pathlib import Path

import numpy as np

from harness.environments.virtual_environments import Environment

SAMPLES = Path(__file__).parent.parent / "samples"
SCENARIOS = SAMPLES / "scenarios"
TENSORFLOW = SAMPLES / "packages"
NUMPY = Path(np.__file__).parent.parent


def make_environment(directory: Path, *paths: Path) -> Environment:
    """A virtual environment without a single distribution that imports from `paths` as well."""
    venv.create(directory, with_pip=False, symlinks=True)
    [packages] = directory.glob("lib/python*/site-packages")
    lines = "\n".join(map(str, paths))
    (packages / "samples.pth").write_text(f"{lines}\n", encoding="utf-8")
    return Environment(directory=directory, lock_sha256="0" * 64)
