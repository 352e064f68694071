"""A record names the settings of TensorFlow, and no secret of the machine that made it."""

import os
from pathlib import Path

import pytest

from harness.environments.virtual_environments import Environment
from tests.unit.probe.probed import Probed, probe

NO_VALUE = "(value not recorded)"

# variables, and what a record has of each: its value, its name alone, or None
VARIABLES = {
    "TF_ENABLE_ONEDNN_OPTS": "the value",
    "TF_USE_LEGACY_KERAS": "the value",
    "OMP_NUM_THREADS": "the value",
    "XLA_FLAGS": "the value",
    "KERAS_BACKEND": "the value",
    "ImageVersion": "the value",
    "TF_SOMETHING_ELSE": NO_VALUE,
    "XLA_SOMETHING_ELSE": NO_VALUE,
    "KERAS_SOMETHING_ELSE": NO_VALUE,
    "CUDA_SOMETHING_ELSE": NO_VALUE,
    "TF_TOKEN_x": None,
    "TF_TOKEN_app_terraform_io": None,
    "TF_VAR_x": None,
    "TF_CLI_ARGS": None,
    "KERAS_API_KEY": None,
    "TF_GITHUB_TOKEN": None,
    "tf_something_else": None,
    "CUDA_PASSWORD": None,
    "KERAS_AUTHORIZATION": None,
    "MKL_secret": None,
    "OTHER": None,
    "GITHUB_TOKEN": None,
    "ImageSomething": None,
}


@pytest.fixture(scope="module")
def probed(environment: Environment, tmp_path_factory: pytest.TempPathFactory) -> Probed:
    variables = dict.fromkeys(VARIABLES, "the value")
    return probe(environment, tmp_path_factory.mktemp("variables"), {}, variables=variables)


@pytest.mark.fault(
    "secrets",
    "`TF_TOKEN_...`, `TF_VAR_...` or another variable that looks like a secret",
    "a record has neither its name nor its value",
)
@pytest.mark.fault(
    "secrets",
    "an unknown variable that begins with `TF_`, `XLA_`, `KERAS_` or `CUDA_`",
    "a record has its name, and not its value",
)
@pytest.mark.parametrize(("name", "expected"), VARIABLES.items(), ids=VARIABLES)
def test_a_variable_is_recorded_with_its_value_by_name_alone_or_not_at_all(
    probed: Probed, name: str, expected: str | None
) -> None:
    assert probed.record.environment is not None
    assert probed.record.environment.variables.get(name) == expected


def test_a_variable_that_is_not_set_is_not_recorded(
    environment: Environment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    record = probe(environment, tmp_path, {}).record
    assert record.environment is not None
    assert [name for name in VARIABLES if name in record.environment.variables] == []


@pytest.mark.fault(
    "secrets",
    "the value or the name of a variable is no valid text",
    "it is recorded with `?` in place of the bytes",
)
def test_a_variable_that_is_no_valid_text_can_be_recorded(
    environment: Environment, tmp_path: Path
) -> None:
    variables = {"TF_XLA_FLAGS": os.fsdecode(b"--a=\xff"), os.fsdecode(b"TF_\xfe"): "1"}
    record = probe(environment, tmp_path, {}, variables=variables).record
    assert record.environment is not None
    assert record.environment.variables["TF_XLA_FLAGS"] == "--a=?"
    assert record.environment.variables["TF_?"] == NO_VALUE
