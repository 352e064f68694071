"""The values that recurrent cells compute in each time step, read from their local variables."""

import numpy as np

MOST = 200  # calls
SIZE = 1024  # elements of an array
WEIGHTS = ("kernel", "recurrent_kernel", "bias", "recurrent_bias")


class Cells:
    """A profile function of Python, which keeps the local variables of cells at their returns.

    It needs cells that run eagerly, once for each time step.
    """

    def __init__(self, everywhere):
        self.inside = everywhere
        self._calls = []

    def __call__(self, frame, event, _):
        if event != "return" or not self.inside or len(self._calls) == MOST:
            return
        name = frame.f_code.co_name
        if name != "call" and not name.startswith("_compute_"):
            return
        cell = frame.f_locals.get("self")
        if type(cell).__name__.endswith("Cell"):
            found = {each: getattr(cell, each, None) for each in WEIGHTS}
            found.update((each, frame.f_locals.get(each)) for each in frame.f_code.co_varnames)
            values = dict(_arrays(found))
            if values:  # a call that builds a graph has none
                self._calls.append([type(cell).__name__ + "." + name, values])

    def document(self, _):
        """A list of [name of the function, its values by name: shape and flat numbers]."""
        return self._calls


def _arrays(found):
    for name, value in found.items():
        if isinstance(value, (list, tuple)):
            for number, part in enumerate(value):
                yield from _arrays({"{}[{}]".format(name, number): part})
            continue
        try:
            array = np.asarray(value)
        except Exception:  # noqa: S112 - a tensor of a graph has no numbers
            continue
        if array.dtype.kind == "f" and array.size <= SIZE and array.ndim:
            yield name, [list(array.shape), array.astype("float64").ravel().tolist()]
