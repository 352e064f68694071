"""Records more data than the buffer of a pipe can hold."""

from typing import Any

import numpy as np


def scenario(_variant: str, step: Any) -> None:
    with step("one") as see:
        see(output=np.arange(20_000, dtype=np.int32))
