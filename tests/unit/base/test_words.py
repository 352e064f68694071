"""Numbers and lists in words."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.base.words import agreeing, and_more, counted, instead, json_number, listed, plural

LISTED: dict[str, tuple[list[str], int, str, str]] = {
    "none": ([], 3, "", ""),
    "none of a unit": ([], 3, "line", ""),
    "one": (["a"], 3, "", "a"),
    "two": (["a", "b"], 3, "", "a, b"),
    "as many as there may be": (["a", "b", "c"], 3, "", "a, b, c"),
    "as many as there may be, of a unit": (["a", "b", "c"], 3, "step", "a, b, c"),
    "one more": (["a", "b", "c"], 2, "", "a, b and 1 more"),
    "many more": (list("abcdefg"), 2, "", "a, b and 5 more"),
    "one more of a unit": (["a", "b", "c"], 2, "step", "a, b and 1 more step"),
    "many more of a unit": (list("abcdefg"), 2, "step", "a, b and 5 more steps"),
}


@pytest.mark.parametrize(("names", "most", "unit", "words"), LISTED.values(), ids=LISTED)
def test_a_long_list_ends_with_the_number_of_the_others(
    names: list[str], most: int, unit: str, words: str
) -> None:
    assert listed(names, most, unit) == words
    assert listed(tuple(names), most, unit) == words


MORE = [
    ("a; b", -1, "", "a; b"),
    ("a; b", 0, "step", "a; b"),
    ("a; b", 1, "", "a; b and 1 more"),
    ("a; b", 1, "step", "a; b and 1 more step"),
    ("a; b", 3, "step", "a; b and 3 more steps"),
    ("...", 3, "", "... and 3 more"),
]


@pytest.mark.parametrize(("text", "more", "unit", "words"), MORE)
def test_a_text_ends_with_the_number_of_the_omitted_items(
    text: str, more: int, unit: str, words: str
) -> None:
    assert and_more(text, more, unit) == words


COUNTED = [
    (0, "0 targets"),
    (1, "1 target"),
    (2, "2 targets"),
    (11, "11 targets"),
    (101, "101 targets"),
    (2000, "2,000 targets"),
]


@pytest.mark.parametrize(("count", "words"), COUNTED)
def test_only_one_has_no_plural_ending(count: int, words: str) -> None:
    assert counted(count, "target") == words
    assert words.endswith("s") is bool(plural(count))


AGREEING = [(0, "differ", "differ"), (1, "differ", "differs"), (1, "do", "does"), (2, "do", "do")]


@pytest.mark.parametrize(("count", "verb", "word"), AGREEING)
def test_only_one_gives_a_verb_an_ending(count: int, verb: str, word: str) -> None:
    assert agreeing(count, verb) == word


SAME = "the same words, " * 20
INSTEAD = {
    "short": ("b", "a", "b instead of a"),
    "equal": ("a", "a", "a instead of a"),
    "empty": ("", "a", " instead of a"),
    "lines": ("a\n  b", "a", "a b instead of a"),
    "long, different at once": (
        f"b {SAME}",
        "a",
        f"b {SAME}"[:160] + "... instead of a",
    ),
    "long, different at the end": (
        f"{SAME}b",
        f"{SAME}a",
        f"...{SAME[-40:]}b instead of ...{SAME[-40:]}a",
    ),
    "long, different in the middle": (
        f"{SAME}b{SAME}",
        f"{SAME}a{SAME}",
        f"...{SAME[-40:]}b{SAME[:119]}... instead of ...{SAME[-40:]}a{SAME[:119]}...",
    ),
    "one goes on": (f"{SAME}b", SAME.strip(), f"...{SAME[-41:]}b instead of ...{SAME[-41:-1]}"),
    "a blank more": ("a  b", "a b", "a  b instead of a b"),
    "a line more": ("a\n\nb", "a\nb", "a\\n\\nb instead of a\\nb"),
}


@pytest.mark.parametrize(("new", "old", "words"), INSTEAD.values(), ids=INSTEAD)
def test_two_texts_are_shown_where_they_differ(new: str, old: str, words: str) -> None:
    assert instead(new, old) == words


BLANKS_AND_WORDS = st.text("ab \n", max_size=50)


@given(st.integers(0, 100), BLANKS_AND_WORDS, BLANKS_AND_WORDS)
def test_two_texts_that_differ_never_read_the_same(same: int, new: str, old: str) -> None:
    shown = instead("ab " * same + new, "ab " * same + old, 20).split(" instead of ")
    assert len(shown) == 2
    assert (shown[0] != shown[1]) is (new != old)
    assert all(len(text) <= 26 and "\n" not in text for text in shown)


NUMBERS: dict[str, tuple[float | None, float | str | None]] = {
    "none": (None, None),
    "zero": (0.0, 0.0),
    "a number": (-1.5, -1.5),
    "a large one": (1e308, 1e308),
    "NaN": (math.nan, "nan"),
    "infinity": (math.inf, "inf"),
    "infinity below zero": (-math.inf, "-inf"),
}


@pytest.mark.parametrize(("number", "stored"), NUMBERS.values(), ids=NUMBERS)
def test_numbers_that_json_lacks_become_strings(
    number: float | None, stored: float | str | None
) -> None:
    assert json_number(number) == stored
    assert type(json_number(number)) is type(stored)


@given(st.floats())
def test_any_number_is_read_back_from_json_unchanged(number: float) -> None:
    text = json.dumps(json_number(number), allow_nan=False)
    read = float(json.loads(text))
    assert read == number or (math.isnan(read) and math.isnan(number))
