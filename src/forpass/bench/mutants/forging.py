"""Files that say something else than what is true, and are signed all the same: anybody can sign.

What is said is changed in one place or some: values by ones that make no sense there or that stand elsewhere
in the file, keys and entries left out, added, doubled, exchanged; arrays of other types, shapes and numbers.
The digest is made right again. `misdescribed` changes instead what the container says of arrays that are
whole: their types, shapes and places.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from forpass.bench.mutants.bases import Said
from forpass.bench.mutants.damage import Chance
from forpass.model.archive import digest
from forpass.model.migrate import SCHEMA

__all__ = ["CANARY", "forged", "misdescribed", "packed"]

CANARY = "forpass_canary"
"""A module that is not there: who imports it has run what a file says."""

VALUES: tuple[Any, ...] = (
    None, True, False, 0, 1, -1, 2, 3, 7, 1000, 10**9, 2**31, 2**60, 2**63, 2**64, 10**30, 10**400,
    -(10**400), 0.5, -0.5, 1e-300, 1e308, -1e308, 5e-324, -0.0, {"float": "nan"}, {"float": "inf"},
    {"float": "-inf"}, {"float": "no"}, "", "x", "\x00", "\ud800", "relu", "numpy", "%", "%d.%d", "{0}",
    "a" * 5000, "0", "1", "-1", "1000", "0.5", "nan", "inf", "9" * 30, "9" * 5000, "../../etc/passwd",
    f"__import__('{CANARY}')", f"c{CANARY}\nrun\n(tR.", {"is": f"{CANARY}.run"},
    [], [[]], [None], ["x"], [1, 2], [0] * 300, {}, {"is": "Dense"}, {"is": "Dense", "units": 2**60},
    {"x": 1},
)  # fmt: skip
"""What values are replaced by."""

Plain: TypeAlias = Any
Arrays: TypeAlias = dict[str, NDArray[Any]]


def forged(said: Said, other: Said, rng: Chance) -> tuple[str, bytes]:
    """Return what was changed, and a signed file that says so."""
    content, arrays = copy.deepcopy(said.content), dict(said.arrays)
    done = []
    for _ in range(1 if rng.random() < 0.7 else int(rng.integers(2, 6))):
        if rng.random() < 0.75 or not arrays:
            done.append(change_content(content, other.content, rng))
        else:
            done.append(change_arrays(arrays, other.arrays, rng))
    head = {"kind": said.kind, "schema": SCHEMA, "content": content}
    if rng.random() < 0.03:
        key = str(rng.choice(["kind", "schema"]))
        head[key] = copy.deepcopy(VALUES[int(rng.integers(len(VALUES)))])
        done.append(key)
    return "; ".join(done), packed(arrays, head)


# -- what is said --------------------------------------------------------------------------------
def change_content(content: Plain, other: Plain, rng: Chance) -> str:
    """Change one place of content, in place; return what was done."""
    if not content:
        return "nothing"
    container, key = _place(content, rng)
    change = CHANGES[int(rng.integers(len(CHANGES)))]
    change(container, key, other, rng)
    return f"{key} {change.__name__}"


def replaced(container: Any, key: Any, other: Plain, rng: Chance) -> None:
    """By a value that makes no sense there."""
    container[key] = copy.deepcopy(VALUES[int(rng.integers(len(VALUES)))])


def nested(container: Any, key: Any, other: Plain, rng: Chance) -> None:
    """By itself, in lists or mappings that stand in each other."""
    value = container[key]
    for _ in range(int(rng.choice([1, 3, 49, 51, 150, 190, 250]))):
        value = [value] if rng.random() < 0.5 else {"layers": value}
    container[key] = value if rng.random() < 0.9 else DEEP.format(int(rng.choice([400, 2000, 200_000])))


def exchanged(container: Any, key: Any, other: Plain, rng: Chance) -> None:
    """By what stands elsewhere, in this file or another."""
    there, place = _place(other, rng)
    container[key] = copy.deepcopy(there[place])


def scaled(container: Any, key: Any, other: Plain, rng: Chance) -> None:
    """Of a number by another one, of text by longer text, of a list by a longer or shorter one."""
    value = container[key]
    if type(value) in (int, float):
        container[key] = type(value)(value * [-1, 0, 2, 1000, 2**40, 10**200][int(rng.integers(5))]) + 1
    elif isinstance(value, str):
        times = int(rng.choice([2, 1000]))
        container[key] = value[:100_000] * times if value else "x"  # it may be scaled again and again
    elif isinstance(value, list):
        container[key] = [value[:10_000] * 20, value[::-1], value[1:], value[:1]][int(rng.integers(4))]
    else:
        container[key] = not value


def deleted(container: Any, key: Any, other: Plain, rng: Chance) -> None:
    """It is left out."""
    del container[key]


def doubled(container: Any, key: Any, other: Plain, rng: Chance) -> None:
    """An entry of a list stands there twice; one of a mapping under another name as well."""
    if isinstance(container, list):
        container.insert(key, copy.deepcopy(container[key]))
    else:
        container[f"{key}x"] = copy.deepcopy(container[key])


def renamed(container: Any, key: Any, other: Plain, rng: Chance) -> None:
    """An entry of a mapping has another name."""
    if isinstance(container, dict):
        name = VALUES[int(rng.integers(len(VALUES)))]
        container[name if isinstance(name, str) else f"_{key}"] = container.pop(key)


CHANGES: tuple[Callable[[Any, Any, Plain, Chance], None], ...] = (
    replaced,
    replaced,
    replaced,
    nested,
    exchanged,
    scaled,
    scaled,
    deleted,
    doubled,
    renamed,
)


def _place(content: Plain, rng: Chance) -> tuple[Any, Any]:
    """Choose a place: one of all alike, or going down from above, so that rare ones have their share."""
    if rng.random() < 0.4:
        places = list(_places(content))
        return places[int(rng.integers(len(places)))]
    container = content
    while True:
        keys = list(container) if isinstance(container, dict) else range(len(container))
        key = keys[int(rng.integers(len(keys)))]
        inner = container[key]
        if not isinstance(inner, dict | list) or not inner or rng.random() < 0.15:
            return container, key
        container = inner


def _places(value: Plain) -> Iterator[tuple[Any, Any]]:
    """Give every place in plain JSON: what holds it, and under which key."""
    level = [value]
    while level:
        container = level.pop()
        items = container.items() if isinstance(container, dict) else enumerate(container)
        for key, item in items:
            yield container, key
            if isinstance(item, dict | list):
                level.append(item)


# -- arrays --------------------------------------------------------------------------------------
KINDS = "float16", "float32", "float64", "complex64", "int32", "int64", "bool", "uint8", "uint32", "uint64"


def change_arrays(arrays: Arrays, other: Arrays, rng: Chance) -> str:
    """Change one of the arrays; return what was done."""
    names = sorted(arrays)
    name = names[int(rng.integers(len(names)))]
    array = np.atleast_1d(arrays[name])
    way = int(rng.integers(7))
    if way == 0:
        with np.errstate(all="ignore"):
            arrays[name] = array.astype(str(rng.choice(KINDS)))
    elif way == 1:
        shapes = np.concatenate([array, array]), array[:0], array[..., None], array[1:], array[..., :0]
        arrays[name] = (*shapes, np.zeros((), array.dtype))[int(rng.integers(6))]
    elif way in (2, 3) and array.size:
        arrays[name] = changed = array.copy()
        whole = array.dtype.kind in "uib"
        numbers = (0, 1, 127) if whole else (np.nan, np.inf, -np.inf, -1.0, -1e-30, 6e4)
        places = rng.integers(0, array.size, int(rng.choice([1, array.size])))
        changed.flat[places] = numbers[int(rng.integers(len(numbers)))]
    elif way == 4:
        del arrays[name]
    elif way == 5:
        arrays[str(rng.choice(["more", f"{name}x", "9.parameters", "", "é"]))] = array
    else:
        source = {**other, **arrays}
        arrays[name] = source[sorted(source)[int(rng.integers(len(source)))]]
    return f"array {name} ({way})"


# -- the container -------------------------------------------------------------------------------
DTYPES = {"f2": "F16", "f4": "F32", "f8": "F64", "i4": "I32", "i8": "I64", "u1": "U8", "u2": "U16"}
DTYPES |= {"u4": "U32", "u8": "U64", "b1": "BOOL", "c8": "C64", "i1": "I8", "i2": "I16"}


def packed(
    arrays: Arrays, head: dict[str, Any], change: Callable[[dict[str, Any]], None] | None = None
) -> bytes:
    """Return a signed file; what its container says can be changed before it is written."""
    head = head | {"digest": digest_of(arrays, head)}
    text = _with_depth(json.dumps(head, sort_keys=True, ensure_ascii=False, separators=(",", ":")))
    header: dict[str, Any] = {"__metadata__": {"forpass": text}}
    end, bodies = 0, []
    for name, array in sorted(arrays.items()):
        body = np.ascontiguousarray(array, array.dtype.newbyteorder("<")).tobytes()
        kind = DTYPES[array.dtype.str[1:]]
        header[name] = {
            "dtype": kind,
            "shape": list(array.shape),
            "data_offsets": [end, end + len(body)],
        }
        end += len(body)
        bodies.append(body)
    if change is not None:
        change(header)
    written = _with_depth(json.dumps(header, separators=(",", ":"))).encode()
    written += b" " * (-len(written) % 8)
    return b"".join([len(written).to_bytes(8, "little"), written, *bodies])


def digest_of(arrays: Arrays, head: dict[str, Any]) -> str:
    """Return the digest; of text that is no text there is none."""
    try:
        return digest(arrays, head)
    except (ValueError, RecursionError):
        return "0" * 64


OFFSETS = 0, 1, -1, 4, 2**31, 2**60, 2**63, 2**64, 10**30, 0.5, None, "4", True
SHAPES: tuple[Any, ...] = (
    [], [0], [1], [2**60], [2**60, 2**60], [0, 2**60], [0, 2**70], [-1], [-4, -1], [0.5], ["1"], None, "x",
    [1] * 100, [0] + [2**62] * 40, [2**62] * 20000, [[4]], {"0": 1}, [True],
)  # fmt: skip
TYPES = "F16", "F32", "F64", "BF16", "F8_E4M3", "I64", "U8", "U64", "C64", "BOOL", "X", "", None, ["F32"]


def misdescribed(said: Said, rng: Chance) -> tuple[str, bytes]:
    """Return what was changed in a container, and the file; its head and its digest are right."""
    done: list[str] = []

    def change(header: dict[str, Any]) -> None:
        for _ in range(1 if rng.random() < 0.7 else 3):
            names = [name for name in sorted(header) if isinstance(header[name], dict)]
            name = names[int(rng.integers(len(names)))]
            done.append(f"{name} {_misdescribe(header, name, rng)}")

    head = {"kind": said.kind, "schema": SCHEMA, "content": said.content}
    blob = packed(said.arrays, head, change)
    return "; ".join(done), blob


def _misdescribe(header: dict[str, Any], name: str, rng: Chance) -> str:
    """Change what a header says of an array, or of all."""
    entry, way = header[name], int(rng.integers(9))
    if way == 0:
        entry["dtype"] = TYPES[int(rng.integers(len(TYPES)))]
    elif way in (1, 2):
        entry["shape"] = copy.deepcopy(SHAPES[int(rng.integers(len(SHAPES)))])
    elif way in (3, 4) and isinstance(entry.get("data_offsets"), list):
        entry["data_offsets"] = [*entry["data_offsets"]]
        entry["data_offsets"][int(rng.integers(2))] = OFFSETS[int(rng.integers(len(OFFSETS)))]
    elif way == 5:
        entry[str(rng.choice(["more", "dtype", "shape", "data_offsets"]))] = None
    elif way == 6:
        header[str(rng.choice(["more", "0.parameters", "__metadata__x"]))] = dict(entry)
    elif way == 7:
        header[name] = VALUES[int(rng.integers(len(VALUES)))]
    else:
        header[name] = DEEP.format(int(rng.choice([10, 500, 100_000])))
    return str(way)


DEEP = "@{} deep"


def _with_depth(text: str) -> str:
    """Put lists in lists where a word stands for so many of them: json writes none that are so deep."""
    return re.sub(r'"@(\d+) deep"', lambda found: "[" * int(found[1]) + "]" * int(found[1]), text)
