"""Changes: the kinds are in order of severity, and each change is one line."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from harness.judging.changes import Change, ChangeKind, Gives, merged

KINDS = list(ChangeKind)


@pytest.mark.parametrize(
    ("worse", "better"),
    [
        (ChangeKind.SEMANTICS, ChangeKind.NEWLY_RAISES),
        (ChangeKind.NOT_FINITE, ChangeKind.NEWLY_RAISES),
        (ChangeKind.VALUES, ChangeKind.NEWLY_RAISES),
        (ChangeKind.NEWLY_RAISES, ChangeKind.ERROR),
        (ChangeKind.ERROR, ChangeKind.WORKS),
        (ChangeKind.STEP, ChangeKind.REMOVED),
        (ChangeKind.REMOVED, ChangeKind.NEW_RAISE),
        (ChangeKind.NEW_RAISE, ChangeKind.REMOVED_RAISE),
        (ChangeKind.BODY_DEFAULT, ChangeKind.SIGNATURE),
        (ChangeKind.ADDED, ChangeKind.ROUNDING),
        (ChangeKind.ROUNDING, ChangeKind.BODY),
        (ChangeKind.BODY, ChangeKind.PACKAGE),
    ],
)
def test_the_more_severe_kind_is_first(worse: ChangeKind, better: ChangeKind) -> None:
    assert KINDS.index(worse) < KINDS.index(better)


def test_rounding_and_later_kinds_are_no_findings() -> None:
    quiet = KINDS[KINDS.index(ChangeKind.ROUNDING) :]
    assert [kind for kind in ChangeKind if not kind.finding] == quiet


STEP = Change(
    kind=ChangeKind.VALUES,
    subject="first pass",
    scenario="stateful",
    variants=("fixed", "strict"),
    before="mean 1",
    after="mean 2",
    reason="off by 1",
)

CHANGES = {
    "a step": (STEP, "stateful / first pass", "other values: off by 1"),
    "a package": (
        Change(kind=ChangeKind.PACKAGE, subject="keras", before="3.0", after="absent"),
        "keras",
        "package: absent instead of 3.0",
    ),
    "an internal": (
        Change(kind=ChangeKind.MOVED, subject="RNN.call", before="keras.RNN", after="src.RNN"),
        "RNN.call",
        "moved: src.RNN instead of keras.RNN",
    ),
    "a step of other semantics": (
        replace(STEP, kind=ChangeKind.SEMANTICS, before="used", after="ignored"),
        "stateful / first pass",
        "other semantics: ignored instead of used (off by 1)",
    ),
    "a step that fails": (
        replace(STEP, kind=ChangeKind.NEWLY_RAISES, after="ValueError: no", reason="its text"),
        "stateful / first pass",
        "newly raises: ValueError: no instead of mean 1",
    ),
    "a part of a layer": (
        Change(kind=ChangeKind.DEFAULT, subject="LSTM", part="config dtype", before="a", after="b"),
        "LSTM / config dtype",
        "default: config dtype: b instead of a",
    ),
    "an internal that comes": (
        Change(kind=ChangeKind.ADDED, subject="RNN.call", before="absent", after="method ()"),
        "RNN.call",
        "added: method ()",
    ),
    "an internal that goes": (
        Change(kind=ChangeKind.REMOVED, subject="RNN.call", before="method ()", after="absent"),
        "RNN.call",
        "removed: method ()",
    ),
    "errors that come": (
        Change(
            kind=ChangeKind.NEW_RAISE,
            subject="RNN.call",
            before="nothing",
            after="raise A\nraise B",
        ),
        "RNN.call",
        "new raise: raise A; raise B",
    ),
    "errors that go": (
        Change(
            kind=ChangeKind.REMOVED_RAISE, subject="RNN.call", before="raise A", after="nothing"
        ),
        "RNN.call",
        "removed raise: raise A",
    ),
    "a default in a body": (
        Change(kind=ChangeKind.BODY_DEFAULT, subject="RNN.call", before="a = 1", after="a = 2"),
        "RNN.call",
        "default in the body: a = 2 instead of a = 1",
    ),
    "a source": (
        Change(kind=ChangeKind.BODY, subject="RNN.call", before="a\nb\nc", after="a\nd\nc"),
        "RNN.call",
        "body: 2 lines differ",
    ),
    "some of many lines": (
        Change(
            kind=ChangeKind.WEIGHTS_LAYOUT,
            subject="LSTM",
            part="weights",
            before="kernel (3, 8)\nbias (8)",
            after="kernel (3, 8)\nbias (4)\nmore (1)",
        ),
        "LSTM / weights",
        "weights layout: weights: bias (4); more (1) instead of bias (8)",
    ),
    "lines in another order": (
        Change(kind=ChangeKind.WEIGHTS_LAYOUT, subject="LSTM", before="a\nb\nc", after="a\nc\nb"),
        "LSTM",
        "weights layout: a; c; b instead of a; b; c",
    ),
    "a line less": (
        Change(kind=ChangeKind.STATE_LAYOUT, subject="LSTM", before="a\nb", after="a"),
        "LSTM",
        "state layout: nothing instead of b",
    ),
    "an internal that is another": (
        Change(kind=ChangeKind.KIND, subject="RNN.call", before="method\nof two", after="property"),
        "RNN.call",
        "kind: property instead of method; of two",
    ),
}


@pytest.mark.parametrize(("change", "where", "sentence"), CHANGES.values(), ids=CHANGES)
def test_a_change_states_its_place_and_difference(
    change: Change, where: str, sentence: str
) -> None:
    assert (change.where, str(change)) == (where, sentence)
    assert change.finding is change.kind.finding


def drawn(variant: str, **given: object) -> Change:
    """A step that gives other values in a variant; each variant has other means."""
    mean = len(variant)
    change = replace(
        STEP,
        variants=(variant,),
        before=f"mean {mean}",
        after=f"mean {mean + 1}",
        before_gives=Gives.VALUES,
        after_gives=Gives.VALUES,
        after_mean=mean + 1.0,
    )
    return replace(change, **given)  # type: ignore[arg-type]


ERROR = {"after": "ValueError: no", "after_gives": Gives.ERROR, "after_mean": None}
OTHER = {**ERROR, "after": "ValueError: never"}
UNSTEADY = {"after": "not reproducible", "after_gives": Gives.UNREPRODUCIBLE, "after_mean": None}
SEEDED = {"kind": ChangeKind.SEEDING}
LAYOUT = {"kind": ChangeKind.LAYOUT, "reason": "output: dtype float64 instead of float32"}

# changes of one step in several variants, and the variants of the merged changes
MERGED: dict[str, tuple[Sequence[Change], list[tuple[str, ...]]]] = {
    "none": ([], []),
    "one": ([drawn("fixed")], [("fixed",)]),
    "other means": ([drawn("fixed"), drawn("strict")], [("fixed", "strict")]),
    "the same twice": ([drawn("fixed"), drawn("fixed")], [("fixed",)]),
    "the same error": ([drawn("fixed", **ERROR), drawn("strict", **ERROR)], [("fixed", "strict")]),
    "another error": (
        [drawn("fixed", **ERROR), drawn("strict", **OTHER)],
        [("fixed",), ("strict",)],
    ),
    "values and an error": ([drawn("fixed"), drawn("strict", **ERROR)], [("fixed",), ("strict",)]),
    "another kind": ([drawn("fixed"), drawn("strict", **SEEDED)], [("fixed",), ("strict",)]),
    "another step": ([drawn("fixed"), drawn("strict", subject="b")], [("fixed",), ("strict",)]),
    "another scenario": (
        [drawn("fixed"), drawn("strict", scenario="b")],
        [("fixed",), ("strict",)],
    ),
    "another reason": ([drawn("fixed"), drawn("strict", reason="off by 2")], [("fixed", "strict")]),
    "the same layout": (
        [drawn("fixed", **LAYOUT), drawn("strict", **LAYOUT)],
        [("fixed", "strict")],
    ),
    "another layout": (
        [drawn("fixed", **LAYOUT), drawn("strict", **{**LAYOUT, "reason": "cell: was not there"})],
        [("fixed",), ("strict",)],
    ),
    "values that are not reproducible": (
        [drawn("fixed"), drawn("strict", **UNSTEADY)],
        [("fixed", "strict")],
    ),
    "seeds that draw other values, and unsteady ones": (
        [drawn("fixed", **SEEDED), drawn("strict", **SEEDED, **UNSTEADY)],
        [("fixed",), ("strict",)],
    ),
}


@pytest.mark.parametrize(("changes", "variants"), MERGED.values(), ids=MERGED)
def test_equal_changes_in_several_variants_are_one_change(
    changes: Sequence[Change], variants: list[tuple[str, ...]]
) -> None:
    found = merged(changes)
    assert [change.variants for change in found] == variants
    if found:
        assert replace(found[0], variants=changes[0].variants) == changes[0]


def test_changes_of_internals_and_packages_are_not_merged() -> None:
    plain = [change for change, *_ in CHANGES.values() if not change.scenario]
    assert merged(plain) == plain
