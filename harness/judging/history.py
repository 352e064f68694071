"""The history of an internal: the stretches of targets in which it did not change. Pure."""

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from harness.judging.changes import Change
from harness.judging.internals import compare_internals
from harness.observing.catalogue import watched_internals
from harness.observing.internals import Described, is_layer, is_watched

LAYER = "its weights, its states over its life, what it returns, its config"
Watch = Mapping[str, Described]  # the internals of one target, by name


@dataclass(frozen=True, kw_only=True)
class Stretch:
    """Consecutive targets with the same internal, and its changes since the stretch before."""

    targets: tuple[str, ...]
    described: Described
    changes: tuple[Change, ...]

    @property
    def span(self) -> str:
        return " … ".join(dict.fromkeys((self.targets[0], self.targets[-1])))


def stretches(name: str, watches: Mapping[str, Watch]) -> Iterator[Stretch]:
    """The stretches of the internal `name`; `watches` are by target, from old to new.

    A target that did not watch the internal is in no stretch.
    """
    numbered = []
    number, before = 0, None
    for target, watch in watches.items():
        if not is_watched(name, watch):
            continue
        described = watch.get(name, Described())
        if before is not None and any(compare_internals(name, before, described)):
            number += 1
        numbered.append((number, target, described))
        before = described
    last: Described | None = None
    for _, group in itertools.groupby(numbered, key=lambda item: item[0]):
        members = list(group)
        described = members[0][2]
        changes = () if last is None else tuple(compare_internals(name, last, described))
        yield Stretch(targets=tuple(m[1] for m in members), described=described, changes=changes)
        last = described


def reasons(watches: Iterable[Watch]) -> dict[str, str]:
    """All names that have a history, internals and then layers, with the reason to watch them."""
    layers = [name for watch in watches for name in watch if is_layer(name)]
    return {**watched_internals(), **dict.fromkeys(layers, LAYER)}


def defined_by_its_class(name: str, watches: Sequence[Watch]) -> bool:
    """Whether the class in `name` itself defines the attribute on any target; True for layers."""
    class_name = name.split(".", maxsplit=1)[0]
    if class_name == name:
        return True
    owners = [watch[name].owner for watch in watches if name in watch]
    return any(owner.rsplit(".", 1)[-1] == class_name for owner in owners if owner)
