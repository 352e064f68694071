"""What becomes of a witness that was verified, if the packages to blame cannot be told."""

from typing import Any

import pytest

from harness.base.errors import HarnessError, UncheckedError, UnusableEnvironmentError
from harness.search import witness as module
from harness.search.witness import Making
from tests.support.places import TARGETS


@pytest.mark.parametrize("kind", [UncheckedError, UnusableEnvironmentError])
def test_a_witness_is_not_lost_with_the_packages_to_blame(
    monkeypatch: pytest.MonkeyPatch, kind: type[HarnessError]
) -> None:
    def attribute(*_: Any) -> None:
        raise kind("the index does not answer")

    monkeypatch.setattr(module, "attribute", attribute)
    old, new = TARGETS["tf-2.15"], TARGETS["tf-2.16"]
    runner: Any = None  # which only the search uses
    told: list[str] = []
    making = Making(runner=runner, old=old, new=new, jobs=1)
    assert list(module.blamed(making, told.append)) == []
    assert told[-1] == ("which packages are to blame could not be told: the index does not answer")
