"""What a script needs: its own metadata, options, and files of requirements."""

from pathlib import Path

import pytest

from harness.base.errors import UnusableEnvironmentError, UsageError
from harness.environments.extras import Extras, ensure_extras, read_extras
from harness.environments.virtual_environments import Environment
from tests.support.makers import SAMPLE

BLOCK = '# /// script\n# requires-python = ">=3.8"\n# dependencies = [\n#   "pandas",\n# ]\n# ///\n'


@pytest.fixture
def script(tmp_path: Path) -> Path:
    return tmp_path / "script.py"


def test_the_metadata_of_the_script_the_options_and_the_files(script: Path) -> None:
    script.write_text(f"#!/usr/bin/env python\n{BLOCK}import pandas\n", encoding="utf-8")
    requirements = script.with_name("requirements.txt")
    requirements.write_text("# of ours\nscipy >= 1  # why\n\n-r other.txt\n", encoding="utf-8")
    found = read_extras(script, ("rich", str(script.parent)), (requirements,))
    assert found == Extras(
        requirements=("pandas", "rich", "scipy >= 1"), projects=(script.parent,), python=">=3.8"
    )


def test_a_script_without_metadata_needs_nothing(script: Path) -> None:
    script.write_text('# /// other\n# dependencies = ["x"]\n# ///\n', encoding="utf-8")
    assert read_extras(script, (), ()) == Extras()


WRONG = [
    (f"{BLOCK}\n{BLOCK}", "is there twice"),
    ("# /// script\n# dependencies = [\n# ///\n", "is no TOML"),
    ('# /// script\n# dependencies = "pandas"\n# ///\n', "dependencies"),
    ('# /// script\n# dependencies = ["a b c"]\n# ///\n', "'a b c' is no requirement"),
    ('# /// script\n# requires-python = "new"\n# ///\n', "field 'requires-python'"),
]


@pytest.mark.fault("scripts", "the metadata of a script is wrong", "an error names the field")
@pytest.mark.parametrize(("text", "said"), WRONG)
def test_wrong_metadata_is_named(script: Path, text: str, said: str) -> None:
    script.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match=said):
        read_extras(script, (), ())


def test_an_empty_requirement_is_not_the_working_directory(script: Path) -> None:
    script.write_text("", encoding="utf-8")
    with pytest.raises(UsageError, match="--with: '' is no requirement"):
        read_extras(script, ("",), ())


def test_a_file_of_requirements_that_is_not_there(script: Path) -> None:
    script.write_text("", encoding="utf-8")
    with pytest.raises(UsageError, match=r"--requirements .*: cannot be read"):
        read_extras(script, (), (script.with_name("none.txt"),))


@pytest.mark.fault(
    "scripts", "a script asks for another Python than a target has", "the target is not run"
)
def test_another_python_than_the_target_has(environment: Environment, tmp_path: Path) -> None:
    with pytest.raises(UnusableEnvironmentError, match=r"requires-python >=3\.12"):
        ensure_extras(Extras(python=">=3.12"), SAMPLE, environment, tmp_path)
    assert ensure_extras(Extras(python=">=3.11"), SAMPLE, environment, tmp_path) is None
    assert list(tmp_path.iterdir()) == []
