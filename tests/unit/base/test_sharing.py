"""A function is computed once for the same objects, and again for others that are equal."""

from harness.base.sharing import once


def test_the_same_arguments_give_the_same_object() -> None:
    @once
    def listed(number: object, name: str) -> list[object]:
        return [number, name]

    one, other = [1.0], [1.0]
    name, same_name = "step", "".join(["st", "ep"])
    assert listed(one, name) is listed(one, name)
    assert listed(one, name) is listed(one, same_name)
    assert listed(one, name) is not listed(one, "other")
    assert listed(other, name) == listed(one, name)
    assert listed(other, name) is not listed(one, name)


def test_what_is_equal_and_written_otherwise_is_kept_apart() -> None:
    written = once(str)
    assert [written(each) for each in (0.0, -0.0, 0, False)] == ["0.0", "-0.0", "0", "False"]


def test_an_object_that_came_later_is_never_taken_for_one_that_is_gone() -> None:
    total = once(sum)
    assert [total([number]) for number in range(1000)] == list(range(1000))
