"""Changes a sound file at random: its bytes, its lines, or the values of its structure."""

import json
import random
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

DIGITS = "7" * 5000
# what a file may hold in the place of a value, as JSON; most of it is TOML too
ODD = (
    *("null", "true", "-1", "0", "1", "2", "1.5", "-0.0", "1e308", "1e400", "-1e-400", "NaN"),
    *(str(2**63), str(2**64), str(-(2**70)), "1" + "0" * 400, DIGITS, f"0.{DIGITS}", f"1e{DIGITS}"),
    *(
        '""',
        '"a"',
        '"nan"',
        '"-inf"',
        '"a.b.c"',
        '"../../x"',
        '"\\u0000"',
        '"\\ud800"',
        '"\\udc00"',
    ),
    *('"\\u001b[31m"', '"\\u202e"', '"\\uffff"', '"' + "x" * 5000 + '"', '" "', '"a\\nb"', '"1.0"'),
    *('"9999-12-31T23:59:59-12:00"', '"0001-01-01T00:00:00+12:00"', '"2024-01-01T00:00:00"'),
    *('"2024-02-30"', '"float64"', '"bfloat16"', '"fixed"', '"inherited from a"', '"0x1"'),
    *("[]", "{}", "[[]]", "[null]", '{"": null}', '{"a": 1}', "[1, 2, 3]", '["a", "a"]'),
    *("[" * 60 + "]" * 60, '{"a":' * 60 + "1" + "}" * 60, "[" * 900 + "]" * 900, "[" * 3000),
)
ODD_TOML = (
    *("inf", "nan", "1979-05-27", "1979-05-27T07:32:00Z", "07:32:00", "0x" + "f" * 9000, "'a'"),
    *('"""a"""', "{a.b.c = 1}", "[{}]", "+1", "1_000"),
)
BYTES = (
    *(
        b"\0",
        b"\xff",
        b"\xef\xbb\xbf",
        b"\xed\xa0\x80",
        b"\xc3",
        b"\n",
        b"\r\n",
        b'"',
        b"\\",
        b"\x1b",
    ),
    *(b"[" * 100, b"{", b"}", b"]", b",", b":", b"=", b"#", b"9" * 400, b"-", b".", b" " * 50),
)
ALIKE = {  # those of the type of a value, which pass the first checks
    str: [odd for odd in ODD if odd.startswith('"')],
    int: [odd for odd in ODD if odd.strip("-").isdigit()],
    float: [odd for odd in ODD if odd[-1].isdigit()],
    list: [odd for odd in ODD if odd.startswith("[")],
    dict: [odd for odd in ODD if odd.startswith("{")],
}
VALUE = re.compile(r'"(?:[^"\\\n]|\\.)*"|[-+]?\d[\w.:+-]*|\btrue\b|\bfalse\b|\bnull\b')
KEY = re.compile(r'"(?:[^"\\\n]|\\.)*"(?=\s*:)|^[\w."-]+(?=\s*=)', re.MULTILINE)

Mutation = Callable[[random.Random, bytes], bytes]
Places = Sequence[tuple[Any, Any]]  # each as its list or object, and its index or key


def mutated(rng: random.Random, samples: Sequence[bytes], form: str) -> bytes:
    """One of the samples, changed once or a few times; seldom unchanged."""
    data = rng.choice(samples)
    for _ in range(rng.choice((1, 1, 1, 1, 1, 2, 3))):
        data = _mutation(rng, form)(rng, data)
    return data


def _mutation(rng: random.Random, form: str) -> Mutation:
    if rng.random() < 0.2:
        return _other_bytes
    if form == "json":
        return rng.choice((_other_node, _other_node, _other_node, _other_text))
    if form == "lines":  # of JSON
        return rng.choice((_other_node_of_a_line, _other_node_of_a_line, _other_lines, _other_text))
    if form == "toml":
        return rng.choice((_other_text, _other_text, _other_lines))
    return rng.choice((_other_lines, _other_text))


def _other_bytes(rng: random.Random, data: bytes) -> bytes:
    at = rng.randrange(len(data) + 1)
    to = min(len(data), at + rng.choice((1, 1, 2, 8, 100, len(data))))
    piece = data[at:to]
    instead = rng.choice(
        (
            b"",
            piece * 2,
            piece[::-1],
            rng.choice(BYTES),
            rng.choice(BYTES) + piece,
            rng.randbytes(len(piece)) if len(piece) < 200 else b"",
            bytes(byte ^ (1 << rng.randrange(8)) for byte in piece[:1]) + piece[1:],
        )
    )
    return data[:at] + instead + data[to:]


def _other_lines(rng: random.Random, data: bytes) -> bytes:
    lines = data.split(b"\n")
    at, other = rng.randrange(len(lines)), rng.randrange(len(lines))
    match rng.randrange(4):
        case 0:
            del lines[at]
        case 1:
            lines.insert(other, lines[at])
        case 2:
            lines[at], lines[other] = lines[other], lines[at]
        case _:
            lines = lines[at:]
    return b"\n".join(lines)


def _other_text(rng: random.Random, data: bytes) -> bytes:
    """Another value or key, wherever the text has one; or the same key twice."""
    text = data.decode("utf-8", "surrogateescape")
    found = list((KEY if rng.random() < 0.2 else VALUE).finditer(text))
    if not found:
        return data
    chosen = rng.choice(found)
    odd = _odd(rng)
    instead = rng.choice((odd, odd, odd, rng.choice(found)[0], f"{chosen[0]}: {odd}, {chosen[0]}"))
    changed = text[: chosen.start()] + instead + text[chosen.end() :]
    return changed.encode("utf-8", "surrogateescape")


def _odd(rng: random.Random) -> str:
    return rng.choice(ODD if rng.random() < 0.8 else ODD_TOML)


def _other_node_of_a_line(rng: random.Random, data: bytes) -> bytes:
    lines = data.split(b"\n")
    at = rng.randrange(len(lines))
    lines[at] = _other_node(rng, lines[at])
    return b"\n".join(lines)


def _other_node(rng: random.Random, data: bytes) -> bytes:
    """Another value at a random place of a JSON document, an item less, or an item more."""
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        return _other_text(rng, data)
    holder = [document]
    places = list(_places(holder))
    place, key = rng.choice(places)
    alike = ALIKE.get(type(place[key]), ODD)
    odd = rng.choice(alike if rng.random() < 0.8 else ODD)
    mark = f"<{rng.random()}>"  # stands for text that `json` would not write
    change = rng.choice((_put, _put, _put, _put, _put, _drop, _rename, _lengthen, _copy))
    change(rng, places, place, key, mark)
    try:
        text = json.dumps(holder[0], ensure_ascii=rng.random() < 0.5, indent=1)
    except (ValueError, RecursionError, IndexError):  # a document inside itself, or none
        return data
    name = odd if odd.startswith('"') else json.dumps(odd[:50])
    text = text.replace(f'"{mark}":', f"{name}:").replace(f'"{mark}"', odd)
    return text.encode("utf-8", "surrogatepass")


def _put(_: random.Random, __: Places, place: Any, key: Any, mark: str) -> None:
    place[key] = mark


def _drop(_: random.Random, __: Places, place: Any, key: Any, ___: str) -> None:
    del place[key]


def _rename(_: random.Random, __: Places, place: Any, key: Any, mark: str) -> None:
    if isinstance(place, dict):
        place[mark] = place.pop(key)
    else:
        place.reverse()


def _lengthen(_: random.Random, __: Places, place: Any, key: Any, mark: str) -> None:
    value = place[key]
    if isinstance(value, list):
        value += value or [mark]
    elif isinstance(value, dict):
        value[mark] = next(iter(value.values()), None)
    elif isinstance(value, int | float):
        place[key] = value + 1
    else:
        place[key] = f"{value}{value}"


def _copy(rng: random.Random, places: Places, place: Any, key: Any, _: str) -> None:
    other, other_key = rng.choice(places)
    place[key] = other[other_key]


def _places(node: Any) -> Iterator[tuple[Any, Any]]:
    """Every place of a document."""
    waiting = [node]  # a document may be nested deeper than Python calls
    while waiting:
        holder = waiting.pop()
        for key in list(holder) if isinstance(holder, dict) else range(len(holder)):
            yield holder, key
            if isinstance(holder[key], dict | list):
                waiting.append(holder[key])
