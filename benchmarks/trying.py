"""Measures what `try` costs beside the import of TensorFlow and two bare runs of the script.

Processor seconds, of the harness and all its processes, for each of some targets; the two sides are
measured in turn. A bare run is `python SCRIPT`, of which the import is measured apart.
"""

from benchmarks.sides import harness, made, processor_seconds
from harness.observing.snapshots import RUNS
from tests.support.places import ROOT, TARGETS

SCRIPT = ROOT / "tests/samples/scripts/stateful.py"
NAMES = ("tf-2.9", "tf-2.15", "tf-2.16", "tf-2.21")
IMPORT = "import tensorflow as tf; tf.keras.layers.RNN"


def measured(times: int) -> tuple[list[float], list[float]]:
    """The processor seconds for each target without the harness, and with `try`."""
    trying = harness("try", SCRIPT, "--on", *NAMES)
    processor_seconds(trying)  # makes the environments, and is not measured
    lefts, rights = [], []
    for _ in range(times):
        bare = 0.0
        for name in NAMES:
            environment = made(TARGETS[name])
            python, variables = environment.python, environment.process_variables()
            imported = processor_seconds([python, "-c", IMPORT], variables)
            # the script ends with an error on some releases
            run = processor_seconds([python, SCRIPT], variables)
            bare += imported + RUNS * max(run - imported, 0.0)
        lefts.append(bare / len(NAMES))
        rights.append(processor_seconds(trying) / len(NAMES))
    return lefts, rights
