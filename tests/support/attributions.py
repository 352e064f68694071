"""An attribution as a search finds one: Keras is to blame for what differs from 2.15 to 2.16."""

from harness.search.attribution import Attribution, Culprit, Mixed, Shows
from harness.search.where import Where
from tests.support.places import TARGETS

KERAS, TENSORFLOW, NUMPY = "keras 2.15.0 → 3.4.1", "tensorflow 2.15.1 → 2.16.2", "numpy 1.0 → 2.0"
AGAINST = "The package `tensorflow` requires `keras<2.16`, but `3.4.1` is installed"


def mixed(*new: str, shows: Shows = Shows.NEW, reason: str = "", against: str = "") -> Mixed:
    return Mixed(new=new, shows=shows, reason=reason, against=(against,) if against else ())


def culprit(*packages: str, needed: tuple[str, ...] = (), against: str = "") -> Culprit:
    return Culprit(packages=packages, needed=needed, mix=mixed(*packages, against=against))


FOUND = Attribution(
    subject="reset:reset to ones",
    old=TARGETS["tf-2.15"],
    new=TARGETS["tf-2.16"],
    differences=("newly raises: TypeError",),
    differing=(KERAS, TENSORFLOW, NUMPY),
    brings=(culprit(KERAS, against=AGAINST),),
    takes_away=(culprit(KERAS, needed=(TENSORFLOW,)),),
    untold=(),
    mixes=(
        mixed(KERAS, against=AGAINST),
        mixed(NUMPY, shows=Shows.OLD),
        mixed(TENSORFLOW, shows=Shows.NOT_TOLD, reason="it cannot be imported\nmore"),
    ),
    limited=False,
    switches=(),
    where=Where(reason="nothing ran"),
    truth=(),
    seconds=12.0,
)
