"""The results of the scenarios about losses of sequences by definition. Pure.

The scenarios are `masks/masked_losses`, `running/several_outputs` and `running/sample_weights` in
`harness/probe/scenarios`.
"""

from collections.abc import Sequence

import numpy as np

from harness.judging.oracle.cells import LSTM, SimpleRNN, States
from harness.judging.oracle.layers import run
from harness.judging.oracle.terms import Arrays, Meanings, Scenarios, Steps, defined
from harness.judging.oracle.training import slopes

OVER_ALL = "the sum is divided by the number of all steps"
OVER_COUNTING = "the sum is divided by the number of steps that count"
LOST = "the mask is lost"
LEFT_OUT, COUNTED = "masked steps are left out", "masked steps count as others"
CLASSES = np.array([[0, 1, 1], [1, 0, 1]])


def _x() -> np.ndarray:
    return np.linspace(-1, 1, 12, dtype=np.float32).reshape(2, 3, 2).astype(np.float64)


class _Softmax(SimpleRNN):
    """A layer with the activation `softmax`."""

    def step(self, x: np.ndarray, states: States) -> tuple[np.ndarray, States]:
        [h] = states
        powers = np.exp(x @ self.kernel + h @ self.recurrent_kernel + self.bias)
        h = powers / powers.sum(axis=-1, keepdims=True)
        return h, (h,)


def _quarters(kind: type[SimpleRNN] = SimpleRNN) -> SimpleRNN:
    return kind(np.full((2, 2), 0.25), np.full((2, 2), 0.25), np.full(2, 0.25))


def _masked_losses() -> Steps:
    x, mask = _x(), np.array([[1, 1, 0], [1, 1, 1]])
    x[0, 2] = 0
    weights = np.array([[1, 2, 3], [1, 1, 1]])
    output, _ = run(_quarters(), x, mask=mask)
    squares = np.mean(np.square(output - 1), axis=-1)
    errors = np.mean(np.abs(output - 1), axis=-1)
    right = np.argmax(output, axis=-1) == CLASSES

    def trained(steps: int, counting: np.ndarray = mask) -> Arrays:
        def sum_of_squares(arrays: Sequence[np.ndarray]) -> float:
            sequence, _ = run(SimpleRNN(*arrays), x, mask=mask)
            return float(np.sum(counting * np.mean(np.square(sequence - 1), axis=-1)))

        start = [np.full((2, 2), 0.25), np.full((2, 2), 0.25), np.full(2, 0.25)]
        found = zip(start, slopes(sum_of_squares, start), strict=True)
        names = ("kernel", "recurrent_kernel", "bias")
        return dict(zip(names, (w - 0.1 * slope / steps for w, slope in found), strict=True))

    def loss(values: np.ndarray) -> Meanings:
        return {
            OVER_ALL: {"loss": np.array(np.sum(mask * values) / 6)},
            OVER_COUNTING: {"loss": np.array(np.sum(mask * values) / 5)},
            LOST: {"loss": np.array(np.mean(values))},
        }

    metric: Meanings = {
        LEFT_OUT: {"error": np.array(np.sum(mask * errors) / 5)},
        COUNTED: {"error": np.array(np.mean(errors))},
    }
    return {
        "loss": loss(squares),
        "loss, a weight for each step": loss(weights * squares),
        "a metric": metric,
        "a weighted metric": metric,
        "accuracy": {
            LEFT_OUT: {"accuracy": np.array(np.sum(mask * right) / 5)},
            COUNTED: {"accuracy": np.array(np.mean(right))},
        },
        "weights after a step of training": {
            OVER_ALL: trained(6),
            OVER_COUNTING: trained(5),
            LOST: trained(6, np.ones_like(mask)),
        },
    }


def _several_outputs() -> Steps:
    lstm = LSTM(np.full((2, 8), 0.25), np.full((2, 8), 0.25), np.full(8, 0.25))
    output, (hidden, cell) = run(lstm, _x())
    first, second, third = (
        np.mean(np.square(values - target))
        for values, target in ((output[:, -1], 1), (hidden, 1), (cell, 9))
    )
    absolute = np.mean(np.abs(hidden - 1))
    nines = np.mean(np.square(hidden - 9))
    return {
        **defined(
            {
                "one loss for all": {"loss": first + second + third},
                "a list of losses": {"loss": first + absolute + third},
                "a list of losses, None for the states": {"loss": first},
                "loss_weights": {"loss": first},
                "a loss for each name of 2.x": {"loss": first + second + third},
            }
        ),
        "a loss for the name of the layer, targets in a list": {
            "the first output alone has the loss": {"loss": first},
            "all outputs have the loss": {"loss": first + nines + third},
        },
    }


def _sample_weights() -> Steps:
    output, _ = run(_quarters(), _x())
    squares = np.mean(np.square(output - 1), axis=-1)
    of_samples, of_steps = np.array([[1], [3]]), np.array([[1, 2, 0], [1, 1, 0]])
    square = np.repeat(_x().reshape(-1)[:9].reshape(3, 3, 1), 2, axis=2)
    errors = np.mean(np.square(run(_quarters(), square)[0] - 1), axis=-1)
    of_three = np.array([1, 3, 5])
    chosen, _ = run(_quarters(_Softmax), _x())
    cross = -np.log(np.take_along_axis(chosen, CLASSES[..., None], axis=-1)[..., 0])
    of_classes = np.array([1, 3])
    return {
        **defined(
            {
                "a weight for each sample": {"loss": np.array(np.mean(of_samples * squares))},
                "a weight for each step": {"loss": np.array(np.mean(of_steps * squares))},
                "sample_weight_mode": {"loss": np.array(np.mean(of_steps * squares))},
            }
        ),
        "a weight for each sample, as many samples as steps": {
            "the weights are those of samples": {
                "loss": np.array(np.mean(of_three[:, None] * errors))
            },
            "the weights are those of steps": {"loss": np.array(np.mean(of_three * errors))},
        },
        "class_weight": {
            "a step has the weight of its class": {
                "loss": np.array([np.mean(of_classes[CLASSES] * cross)])
            },
            "a sample has the weight of the first step of the largest class, taken for a class": {
                "loss": np.array([np.mean(of_classes[CLASSES.argmax(axis=1)][:, None] * cross)])
            },
        },
    }


SCENARIOS: Scenarios = {
    "masked_losses": _masked_losses,
    "several_outputs": _several_outputs,
    "sample_weights": _sample_weights,
}
