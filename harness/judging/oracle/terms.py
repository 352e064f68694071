"""The types of what the oracle says of a scenario: arrays, meanings, steps. Pure."""

from collections.abc import Callable, Mapping

import numpy as np

DEFINED = "as defined"  # the meaning of a step with a single meaning

Arrays = Mapping[str, np.ndarray]
Meanings = Mapping[str, Arrays]
Steps = Mapping[str, Meanings]
Scenarios = Mapping[str, Callable[[], Steps]]


def defined(steps: Mapping[str, Arrays]) -> dict[str, Meanings]:
    """Steps with a single meaning each."""
    return {step: {DEFINED: arrays} for step, arrays in steps.items()}
