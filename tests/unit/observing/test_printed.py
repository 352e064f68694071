"""Printed texts differ in words and numbers, and not by rounding, addresses or blanks."""

import pytest

from harness.observing.printed import printed_difference

SAME = [
    ("0.52", "0.52"),
    ("0.52345678", "0.52345681"),  # float32
    ("mean 0.1235", "mean 0.1234"),  # the last of four printed digits
    ("[[0.1 1.25e-08 1000.0]]", "[[0.1  1.75e-08 1000.0]]"),  # nearly cancels beside 1000
    ("[1.   2.5]", "[1. 2.5]"),
    ("<A at 0x7f00aa00>", "<A at 0x7f00bb11>"),
    ("nan -inf", "nan -inf"),
    ("lstm_1 0.5", "lstm_1 0.5"),
    ("Param # 0.52345678", "Param # 0.52345681"),
    ("+7 007 -0", "7 7 0"),
]
OTHER = [
    ("0.52", "0.53", "prints 0.53 instead of 0.52"),  # so few digits may be exact
    ("1 epoch", "2 epoch", "prints 2 epoch instead of 1 epoch"),
    ("0.5234", "0.5334", "prints 0.5334 instead of 0.5234"),
    ("1000", "1001", "prints 1001 instead of 1000"),
    ("-1000", "-1001", "prints -1001 instead of -1000"),
    ("-3 of 1000000000", "-4 of 1000000000", "prints -4 of 1000000000 instead of -3 of 1000000000"),
    ("9007199254740992", "9007199254740993", "prints 9007199254740993 instead of 9007199254740992"),
    ("# 1", "1 #", "prints 1 # instead of # 1"),
    ("0x7f00aa00 5", "12345678901234 5", "prints 12345678901234 5 instead of 0x7f00aa00 5"),
    ("0e999", "0.5234", "prints 0.5234 instead of 0e999"),
    ("step #", "step 1", "prints step 1 instead of step #"),
    ("nan", "0.0", "prints 0.0 instead of nan"),
    ("inf", "-inf", "prints -inf instead of inf"),
    ("lstm_1", "lstm_2", "prints lstm_2 instead of lstm_1"),
    ("a\nb", "a", "prints nothing instead of b"),
    ("a", "a\nb", "prints b instead of nothing"),
    ("run # of 3", "run 2 of 3", "prints run 2 of 3 instead of run # of 3"),
    ("# 5", "5 #", "prints 5 # instead of # 5"),
    ("loss: 0.5", "cost: 0.5", "prints cost: 0.5 instead of loss: 0.5"),
]


@pytest.mark.parametrize(("old", "new"), SAME)
def test_rounding_addresses_and_blanks_do_not_count(old: str, new: str) -> None:
    assert printed_difference(old, new) is None
    assert printed_difference(new, old) is None


@pytest.mark.parametrize(("old", "new", "said"), OTHER)
def test_the_first_line_that_differs_is_said(old: str, new: str, said: str) -> None:
    assert printed_difference(old, new) == said
    assert printed_difference(f"0.25\n{old}", f"0.25\n{new}") == said
