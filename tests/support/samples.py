"""Environments that hold nothing, and import the samples; baselines of the sample target."""

import venv
from pathlib import Path

import numpy as np

from harness.environments.virtual_environments import Environment
from harness.observing.baselines import internals_document, steps_document
from harness.observing.internals import Described
from tests.support.makers import accept, gives, raises

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


def accept_all(baselines: Path) -> None:
    """Baselines of the sample target: two steps of a scenario, and an internal."""
    directory = baselines / "sample"
    directory.mkdir(parents=True)
    steps = accept(gives(1.0, step="one"), raises("no", step="two"))
    steps_document(steps).write(directory / "reset-fixed.json")
    internals = internals_document({"RNN.call": Described(kind="method")})
    internals.write(directory / "internals.json")
