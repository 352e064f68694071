"""How the answer reads: which packages brought a change, and what could not be told."""

import json
from dataclasses import replace

import jsonschema

from harness.base.project import RESOURCES
from harness.search.attribution import (
    Shows,
    Switched,
    Truth,
    attribution_document,
    attribution_text,
)
from tests.support.attributions import AGAINST, FOUND, KERAS, NUMPY, TENSORFLOW, culprit


def test_both_directions_are_told_with_their_circumstances() -> None:
    text = attribution_text(FOUND)
    assert f"because of {KERAS}: the new version brings the change into tf-2.15, although" in text
    assert AGAINST in text
    assert (
        "the old version of keras takes the change away from tf-2.16, together with tensorflow, "
        "which could not be left out"
    ) in text
    assert "not told: tensorflow 2.15.1 → 2.16.2  (it cannot be imported)\n" in text
    assert "2 mixed environments ran, 12 s." in text


def test_one_of_two_that_suffice_and_two_that_need_each_other_read_differently() -> None:
    either = replace(FOUND, brings=(culprit(KERAS), culprit(NUMPY)))
    both = replace(FOUND, brings=(culprit(KERAS, NUMPY),))
    assert "each of these alone suffices" in attribution_text(either)
    assert "only together" in attribution_text(both)
    for each in (either, both):
        assert f"because of {KERAS}" in attribution_text(each)
    for other in ("each of these", "only together"):
        assert other not in attribution_text(FOUND)


def test_no_package_is_blamed_where_no_mix_tells_anything() -> None:
    text = attribution_text(replace(FOUND, brings=(culprit(needed=(KERAS, TENSORFLOW)),)))
    assert "which of keras, tensorflow is to blame could not be told" in text
    assert "because of" not in text


def test_what_could_not_be_taken_away_is_said() -> None:
    text = attribution_text(replace(FOUND, takes_away=(), untold=((KERAS,),)))
    assert "whether the old version of keras takes the change away from tf-2.16 could not" in text


def test_a_limit_that_was_reached_is_said() -> None:
    said = "only 3 mixes may run: a package that could not be left out was perhaps not tried"
    assert said in attribution_text(replace(FOUND, limited=True))
    assert "may run" not in attribution_text(FOUND)


def test_a_single_package_that_differs_needs_no_mix() -> None:
    text = attribution_text(replace(FOUND, differing=(KERAS,), mixes=()))
    assert f"because of {KERAS}: nothing else differs between tf-2.15 and tf-2.16" in text
    assert "Mixes" not in text


def test_switches_say_whether_the_difference_stays() -> None:
    def switched(differ: bool | None, old: Shows, new: Shows, reason: str = "") -> Switched:
        return Switched(switch="one thread", differ=differ, old=old, new=new, reason=reason)

    cases = {
        switched(True, Shows.OLD, Shows.NEW): "one thread: they differ as without it",
        switched(False, Shows.OLD, Shows.OLD): "the difference is gone: the old side does as the",
        switched(True, Shows.NEITHER, Shows.NEW): "they differ: the old side does as neither side",
        switched(None, Shows.NOT_TOLD, Shows.NOT_TOLD, "killed"): "one thread: not told (killed)",
    }
    for found, said in cases.items():
        assert said in attribution_text(replace(FOUND, switches=(found,)))


def test_the_json_has_what_the_text_has() -> None:
    truth = Truth(step="reset to ones", old="agrees with the oracle", new="raises")
    switched = Switched(switch="one thread", differ=None, old=Shows.NOT_TOLD, new=Shows.NOT_TOLD)
    found = replace(FOUND, truth=(truth,), switches=(switched,), untold=((NUMPY,),))
    document = json.loads(json.dumps(attribution_document(found)))
    schema = json.loads((RESOURCES / "bisect.schema.json").read_text(encoding="utf-8"))
    jsonschema.validate(document, {**schema, **schema["$defs"]["attribution"]})
    assert document["brings"] == [{"packages": [KERAS], "needed": [], "against": [AGAINST]}]
    assert document["takes_away"][0]["needed"] == [TENSORFLOW]
    assert [each["shows"] for each in document["mixes"]] == [
        "as the new side",
        "as the old side",
        "not told",
    ]
    assert document["truth"][0]["step"] == "reset to ones"
    assert document["where"]["reason"] == "nothing ran"
