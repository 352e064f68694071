"""A setting that a scenario changes does not reach the next scenario of its share."""

from pathlib import Path

import pytest

from harness.environments.virtual_environments import Environment
from tests.unit.probe.probed import FIXED, Probed, probe

# the lines that change a setting, an expression that shows it, and the name in the log
SETTINGS = {
    "variable": (
        "import os\nos.environ['TF_XLA_FLAGS'] = '--changed'",
        "'TF_XLA_FLAGS' in __import__('os').environ",
        "the environment variables",
    ),
    "directory": (
        "import os\nos.chdir('/proc')",
        "__import__('os').getcwd() == '/proc'",
        "the working directory",
    ),
    "no_directory": (
        "import os, tempfile\nwith tempfile.TemporaryDirectory() as directory: os.chdir(directory)",
        "'deleted' in __import__('os').readlink('/proc/self/cwd')",
        "the working directory",
    ),
    "signal": (
        "import signal\nsignal.signal(signal.SIGUSR1, signal.SIG_IGN)",
        "(lambda s: s.getsignal(s.SIGUSR1) == s.SIG_IGN)(__import__('signal'))",
        "the signal handlers",
    ),
    "path": (
        "import sys\nsys.path.insert(0, '/no/such')",
        "'/no/such' in __import__('sys').path",
        "the import path",
    ),
    "module": (
        "import sys, types\nsys.modules['keras'] = types.ModuleType('keras')",
        "'keras' in __import__('sys').modules",
        "the module keras",
    ),
    "threads": (
        "import tensorflow as tf\ntf.config.threading.set_intra_op_parallelism_threads(7)",
        "__import__('tensorflow').config.threading.get_intra_op_parallelism_threads() == 7",
        "the threads of TensorFlow",
    ),
    "floatx": (
        "import tensorflow as tf\ntf.keras.backend.floatx = lambda: 'float64'",
        "__import__('tensorflow').keras.backend.floatx() == 'float64'",
        "the floating-point type",
    ),
    "epsilon": (
        "import tensorflow as tf\ntf.keras.backend.epsilon = lambda: 1e-3",
        "__import__('tensorflow').keras.backend.epsilon() == 1e-3",
        "the fuzz factor epsilon",
    ),
    "format": (
        "import tensorflow as tf\ntf.keras.backend.image_data_format = lambda: 'channels_first'",
        "__import__('tensorflow').keras.backend.image_data_format() == 'channels_first'",
        "the image data format",
    ),
    "eager": (
        "import tensorflow as tf\ntf.executing_eagerly = lambda: False",
        "not __import__('tensorflow').executing_eagerly()",
        "eager execution",
    ),
    "policy": (
        "import tensorflow as tf, types\n"
        "policy = types.SimpleNamespace(name='mixed_float16')\n"
        "tf.keras.mixed_precision = types.SimpleNamespace(global_policy=lambda: policy)",
        "hasattr(__import__('tensorflow').keras, 'mixed_precision')",
        "the mixed precision policy",
    ),
    "functions_of_old": (
        "import sys, types\n"
        "module = types.SimpleNamespace(RUN_FUNCTIONS_EAGERLY=True)\n"
        "sys.modules['tensorflow_core.python.eager.def_function'] = module",
        "'tensorflow_core.python.eager.def_function' in __import__('sys').modules",
        "whether functions run eagerly",
    ),
    "functions": (
        "import tensorflow as tf\ntf.config.functions_run_eagerly = lambda: True",
        "hasattr(__import__('tensorflow').config, 'functions_run_eagerly')",
        "whether functions run eagerly",
    ),
}

# what a scenario may do without the next one getting another process
HARMLESS = {
    "draws": "import random\nrandom.random()",
    "restores": "import os\nhere = os.getcwd()\nos.chdir('/')\nos.chdir(here)",
    "imports": "import colorsys",
    "prints": "print('text')",
}


def scenarios(name: str, change: str, reached: str) -> dict[str, str]:
    """A scenario that changes a setting, and the next one, which looks for the change."""
    lines = "\n".join(f"    {line}" for line in change.splitlines())
    body = "def scenario(variant, step):\n"
    see = "    with step('one') as see: see(reached={}, pid=__import__('os').getpid())\n"
    return {
        f"{name}_changes": f"{FIXED}{body}{lines}\n{see.format(reached)}",
        f"{name}_looks": f"{FIXED}{body}{see.format(reached)}",
    }


@pytest.fixture(scope="module")
def probed(environment: Environment, tmp_path_factory: pytest.TempPathFactory) -> Probed:
    """All pairs of scenarios, which would share one child if none changed anything."""
    files: dict[str, str] = {}
    for name, (change, reached, _) in SETTINGS.items():
        files |= scenarios(name, change, reached)
    for name, change in HARMLESS.items():
        files |= scenarios(name, change, "False")
    return probe(environment, tmp_path_factory.mktemp("settings"), files)


def seen(probed: Probed, scenario: str, array: str) -> object:
    run = probed.run(scenario)
    assert run.end == "completed"
    [value] = run.observations[0].arrays[array].values or ()
    return value


def changes(probed: Probed) -> dict[str, str]:
    """The settings that each scenario changed, as the log has them."""
    lines = [line for line in probed.log.splitlines() if " changed " in line]
    return dict(line.split(" / fixed changed ") for line in lines)


@pytest.mark.fault(
    "scenarios",
    "a scenario changes the precision policy, threads, variables, signal handlers or modules",
    "the next scenario has a process without the change",
)
@pytest.mark.parametrize("name", SETTINGS)
def test_a_setting_does_not_reach_the_next_scenario_of_its_share(probed: Probed, name: str) -> None:
    assert seen(probed, f"{name}_changes", "reached") is True
    assert seen(probed, f"{name}_looks", "reached") is False
    assert seen(probed, f"{name}_changes", "pid") != seen(probed, f"{name}_looks", "pid")


@pytest.mark.parametrize("name", HARMLESS)
def test_scenarios_that_change_no_setting_share_a_process(probed: Probed, name: str) -> None:
    assert seen(probed, f"{name}_changes", "pid") == seen(probed, f"{name}_looks", "pid")


@pytest.mark.fault(
    "scenarios",
    "a scenario changes a setting of its process",
    "`probe.log` names the scenario and the setting",
)
def test_the_log_names_each_scenario_that_changed_a_setting_once_and_no_other(
    probed: Probed,
) -> None:
    assert changes(probed) == {f"{name}_changes": row[2] for name, row in SETTINGS.items()}
    assert probed.log.count(" changed ") == len(SETTINGS)


def test_a_line_of_the_log_is_in_the_output_of_no_child(
    environment: Environment, tmp_path: Path
) -> None:
    change, reached, setting = SETTINGS["directory"]
    files = scenarios("first", change, reached)
    printing = "import os\nprint('text', flush=True)\nos.kill(os.getpid(), 9)"
    files |= {"second_changes": scenarios("second", printing, "False")["second_changes"]}
    probed = probe(environment, tmp_path, files)
    assert changes(probed) == {"first_changes": setting}
    assert (probed.run("second_changes").detail or "").splitlines()[1:] == ["text"]


def test_a_scenario_that_is_alone_in_its_share_is_named_too(
    environment: Environment, tmp_path: Path
) -> None:
    change, reached, setting = SETTINGS["directory"]
    files = scenarios("alone", change, reached)
    del files["alone_looks"]
    probed = probe(environment, tmp_path, files)
    assert changes(probed) == {"alone_changes": setting}


def test_a_scenario_apart_may_change_its_process(environment: Environment, tmp_path: Path) -> None:
    change, reached, _ = SETTINGS["directory"]
    files = scenarios("apart", change, reached)
    apart = {name: f"APART = True\n{text}" for name, text in files.items()}
    probed = probe(environment, tmp_path, apart)
    assert changes(probed) == {}
