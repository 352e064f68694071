"""Descriptions of internals and layers are the same in each process."""

from collections.abc import Mapping
from dataclasses import replace

import msgspec
import pytest

from harness.observing.internals import Described, describe
from harness.observing.records import Call, Internal, Parameter
from tests.support.makers import internal, record
from tests.support.watched import seen


def test_an_attribute_of_a_watched_parent_class_is_described_only_there() -> None:
    facts = {"present": True, "kind": "method", "owner": "keras.layers.RNN", "source": "key"}
    own = msgspec.convert({"name": "RNN.call", **facts}, Internal)
    inherited = msgspec.convert({"name": "LSTM.call", **facts}, Internal)
    sources = {"key": "def call(self):\n    return 1"}
    both = describe(record([], internals=[own, inherited], sources=sources))
    assert str(both["LSTM.call"]) == "inherited from RNN.call"
    assert both["LSTM.call"].body == ""
    assert both["RNN.call"].body == sources["key"]
    alone = describe(record([], internals=[inherited], sources=sources))
    assert alone["LSTM.call"] == both["RNN.call"]


def test_an_address_in_a_default_is_left_out() -> None:
    described = seen(signature=lambda self, state=object(): (self, state))  # noqa: B008
    assert described.signature == "(self, state=<object object at 0x...>)"


SIGNATURES = {
    "(a, b)": ("POSITIONAL_OR_KEYWORD", "POSITIONAL_OR_KEYWORD"),
    "(a, /, b)": ("POSITIONAL_ONLY", "POSITIONAL_OR_KEYWORD"),
    "(a, b, /)": ("POSITIONAL_ONLY", "POSITIONAL_ONLY"),
    "(a, /, *b)": ("POSITIONAL_ONLY", "VAR_POSITIONAL"),
    "(a, /, *, b)": ("POSITIONAL_ONLY", "KEYWORD_ONLY"),
    "(*a, b)": ("VAR_POSITIONAL", "KEYWORD_ONLY"),
    "(a, **b)": ("POSITIONAL_OR_KEYWORD", "VAR_KEYWORD"),
}


@pytest.mark.parametrize(("signature", "kinds"), SIGNATURES.items(), ids=SIGNATURES)
def test_parameters_are_written_as_python_writes_them(
    signature: str, kinds: tuple[str, ...]
) -> None:
    parameters = tuple(
        Parameter(name=name, kind=kind, default=None)
        for name, kind in zip("ab", kinds, strict=True)
    )
    found = describe(record([], internals=[replace(internal(), parameters=parameters)]))
    assert [each.signature for each in found.values()] == [signature]


def call(callee: str = "RNN.call", **more: object) -> Call:
    """A call of a watched method, observed once in the first call of a stateless layer."""
    plain = {"mode": "stateless", "phase": "first call", "caller": "Layer.__call__"}
    facts: dict[str, object] = {"positional": (), "keywords": {}, "times": 1}
    return msgspec.convert({"callee": callee, **plain, **facts, **more}, Call)


# calls, and the lines that describe them
CALLS: dict[str, tuple[Call, str]] = {
    "of nothing": (call(), "by Layer.__call__ ()"),
    "of an array": (call(positional=("float32 (2, 3)",)), "by Layer.__call__ (float32 (2, 3))"),
    "of lists in lists": (call(positional=([["a", 1], []],)), "by Layer.__call__ ([[a, 1], []])"),
    "of keywords in another order": (
        call(positional=(None,), keywords={"training": True, "mask": None}),
        "by Layer.__call__ (None, mask=None, training=True)",
    ),
    "many times": (call(times=7), "by Layer.__call__ () 7 times"),
}


@pytest.mark.parametrize(("seen_call", "line"), CALLS.values(), ids=CALLS)
def test_a_stretch_of_calls_is_a_line(seen_call: Call, line: str) -> None:
    internals = [internal("RNN.call"), internal("RNN.build")]
    found = describe(replace(record([], internals=internals), calls=(seen_call,)))
    assert found["RNN.call"].calls == (f"stateless, first call: {line}",)
    assert found["RNN.build"].calls == ()


def test_an_error_belongs_to_the_call_that_raised_it() -> None:
    calls = (call("raises ValueError"), call("RNN.build"))
    internals = [internal("RNN.__call__"), internal("RNN.build")]
    found = describe(replace(record([], internals=internals), calls=calls))
    assert found["RNN.__call__"].calls == ("stateless, first call: raises ValueError",)
    assert found["RNN.build"].calls == ("stateless, first call: by Layer.__call__ ()",)


FACTS: dict[str, tuple[object, tuple[str, ...]]] = {
    "a config": (
        {"units": 2, "unroll": False, "cell": {"b": None, "a": "x"}},
        ("units = 2", "unroll = false", 'cell = {"a": "x", "b": null}'),
    ),
    "a list": (["kernel (3, 8)", "bias (8)"], ("kernel (3, 8)", "bias (8)")),
    "an empty list": ([], ()),
    "a word": ("None", ("None",)),
    "nothing": (None, ("None",)),
}


@pytest.mark.parametrize(("fact", "lines"), FACTS.values(), ids=FACTS)
def test_a_fact_of_a_layer_is_described_in_lines(fact: object, lines: tuple[str, ...]) -> None:
    layers: Mapping[str, Mapping[str, object]] = {"LSTM": {"weights": fact}}
    found = describe(replace(record([]), layers=layers))
    assert found == {"LSTM": Described(kind="layer", facts={"weights": lines})}


WORDS: dict[str, tuple[Described, str]] = {
    "an internal": (seen(), "method (self, states=None) of keras.layers.RNN"),
    "an internal without a signature": (
        Described(kind="property", owner="keras.RNN"),
        "property no signature of keras.RNN",
    ),
    "an absent one": (seen(None, present=False), "absent"),
    "an internal that cannot be inspected": (
        seen(None, reason="ValueError: no", kind=None),
        "unknown, not inspectable: ValueError: no (self, states=None) of keras.layers.RNN",
    ),
    "a value": (Described(kind="instance attribute (list)"), "instance attribute (list)"),
    "a layer": (Described(kind="layer", facts={"build": ("None",)}), "layer"),
}


@pytest.mark.parametrize(("described", "words"), WORDS.values(), ids=WORDS)
def test_an_internal_has_a_short_text(described: Described, words: str) -> None:
    assert str(described) == words
    assert described.present is (words != "absent")
    assert described.inspectable is ("not inspectable" not in words)
