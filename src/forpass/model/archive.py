"""One file that holds arrays and plain JSON, and is either whole or refused.

The container is safetensors: reading one never runs code. All that is not an array stands as sorted
JSON under the one metadata key ``forpass``, together with a digest of everything in the file, so
that a file which was cut or altered anywhere is recognised.

JSON has no number that is undefined or infinite, and readers other than Python's refuse its NaN. A figure
that is one is written ``{"float": "nan"}``, ``{"float": "inf"}`` or ``{"float": "-inf"}``, here and nowhere
else: null means that there is nothing.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import math
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from forpass.errors import NOT_AS_WRITTEN, InputError, ModelFileError, UnknownNameError
from forpass.model.container import METADATA, arrays_in, header_of
from forpass.model.migrate import SCHEMA, migrate
from forpass.names import nearest_names
from forpass.spec.require import require_path

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Archive", "digest", "incomplete", "read_archive", "write_archive"]

MOST_NESTED = 200
"""So deep lists and mappings may stand in each other: deeper than layers may in layers."""

STRICT_FROM = 3
"""Files of this schema and later ones are strict JSON; earlier ones may hold NaN and Infinity."""

NOT_FINITE = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}
"""The numbers that JSON lacks, by the words that stand for them."""

Arrays = Mapping[str, NDArray[Any]]


def write_archive(
    path: str | os.PathLike[str],
    kind: str,
    arrays: Arrays,
    content: Mapping[str, Any],
    lasting: bool = True,
) -> Path:
    """Write arrays and JSON content to `path`; the file appears whole or not at all.

    Parameters
    ----------
    path : path
    kind : str
        What the file is: ``"model"``, ``"ensemble"`` or ``"checkpoint"``.
    arrays : mapping from name to array
    content : mapping of plain JSON values
        Its numbers need not be finite.
    lasting : bool
        See `whole_file`.

    Raises
    ------
    InputError
        When the place cannot be written to.
    """
    from pathlib import Path

    from safetensors.numpy import save  # who only reads a file does without it, and without what follows

    from forpass.model.files import whole_file

    require_path(f"the {kind} file", path)
    path = Path(path)
    head = {"kind": kind, "schema": SCHEMA, "content": _without_nan(dict(content))}
    head["digest"] = digest(arrays, head)
    packed = {name: _packed(arrays[name]) for name in sorted(arrays)}
    blob = save(packed, metadata={"forpass": _canonical(head)})
    with whole_file(path, lasting) as file:
        file.write(blob)
    return path


class Archive(NamedTuple):
    """What a file holds: its kind, its arrays, and its content as if it had been written today."""

    kind: str
    arrays: dict[str, NDArray[Any]]
    content: dict[str, Any]


def read_archive(path: str | os.PathLike[str], *kinds: str) -> Archive:
    """Read a file of one of some `kinds` that `write_archive` wrote.

    Raises
    ------
    ModelFileError
        When the file is missing, cut, altered, of another kind, of a newer schema, or not what was written
        with an older one.
    """
    kind = kinds[0]
    require_path(f"the {kind} file", path)
    try:
        with open(path, "rb") as file:
            blob = file.read()
    except OSError as error:
        raise ModelFileError(f"cannot read {path}: {error.strerror or error}; {_meant(path)}") from None
    try:
        header = header_of(blob)
        text = header[METADATA]["forpass"]
        head = json.loads(text)
        found_kind, schema, stored, content = head["kind"], head["schema"], head["digest"], head["content"]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise ModelFileError(
            f"{path} is not a forpass {kind} file, or it is damaged at its beginning; write it anew with save"
        ) from None
    if _depth(content) > MOST_NESTED:
        raise ModelFileError(f"{path} holds lists in lists more than {MOST_NESTED} deep, as no {kind} does")
    if found_kind not in kinds:
        raise ModelFileError(f"{path} is a forpass {found_kind} file; a {kind} file is wanted here")
    if type(schema) is not int or not 1 <= schema <= SCHEMA:
        raise ModelFileError(
            f"{path} has schema {schema}, but this forpass knows schemas up to {SCHEMA}; update forpass"
        )
    try:
        arrays = arrays_in(blob, header)
    except ValueError as error:
        raise ModelFileError(
            f"{path} is cut off or damaged ({error}); use a whole copy of the file"
        ) from None
    try:
        # Compared as text too: 1E-5 for 1e-5 is a bit flipped, though the number is the same.
        whole = _canonical(head, schema >= STRICT_FROM) == text
        whole = whole and _digest_of(arrays, _without_digest(text, stored)) == stored
    except (ValueError, RecursionError):  # text that is no text, NaN, or nested too deeply to write again
        whole = False
    if not whole:
        raise ModelFileError(
            f"{path} was altered after it was written: its digest differs; use an unaltered copy"
        )
    if schema >= STRICT_FROM and '{"float":' in text:  # few have any, and all would wait for it
        content = _with_nan(content)
    try:
        return Archive(found_kind, arrays, migrate(content, schema, found_kind))
    except NOT_AS_WRITTEN as error:
        raise incomplete(path, kind, error) from None


def incomplete(path: str | os.PathLike[str], kind: str, error: Exception) -> ModelFileError:
    """Return what is raised where the content of a whole file cannot be made into what it describes.

    A file names its formulas and does not hold them: one that is not registered here is named, with what
    to do.
    """
    from forpass.maths.registries import REGISTRIES

    if isinstance(error, UnknownNameError) and error.kind in {r.kind for r in REGISTRIES.values()}:
        return ModelFileError(
            f"{path} needs the {error.kind} {error.name!r}, which is not registered here; "
            "import what registers it, or hand its record to forpass.register, before the file is read"
        )
    if isinstance(error, UnknownNameError) and error.kind == "engine":
        return ModelFileError(
            f"{path} needs the engine {error.name!r}, which is not known here; import what gives it its line "
            "in forpass.engines.select.ENGINES before the file is read"
        )
    said = f"{type(error).__name__}: " * (not isinstance(error, InputError)) + str(error)
    return ModelFileError(f"{path} does not describe a whole {kind}: {said}")


def digest(arrays: Arrays, head: Mapping[str, Any]) -> str:
    """SHA-256 of arrays (name, type, shape, bytes) and of the head without its own digest."""
    return _digest_of(arrays, _canonical({k: v for k, v in head.items() if k != "digest"}))


def _without_digest(text: str, stored: Any) -> str:
    """Return the text of a head as it was before its digest stood there; to write it again takes longer."""
    return text.replace(_canonical({"digest": stored})[1:-1] + ",", "", 1)


def _digest_of(arrays: Arrays, text: str) -> str:
    total = hashlib.sha256(text.encode())
    for name in sorted(arrays):
        array = _packed(arrays[name])
        total.update(f"{name} {array.dtype.str} {array.shape}".encode())
        total.update(array.tobytes())
    return total.hexdigest()


def _packed(array: NDArray[Any]) -> NDArray[Any]:
    """Return an array as a file holds it: in order, the least significant byte first."""
    return np.ascontiguousarray(array, array.dtype.newbyteorder("<"))


def _depth(value: Any) -> int:
    """How deep lists and mappings stand in each other."""
    depth, level = 0, [value]
    while level:
        depth += 1
        inner = (v.values() if isinstance(v, dict) else v if isinstance(v, list) else () for v in level)
        level = [item for items in inner for item in items]
    return depth


def _canonical(value: Any, strict: bool = False) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=not strict)


def _without_nan(value: Any) -> Any:
    """Return plain values in which ``{"float": "nan"}`` stands for a number that JSON lacks."""
    if isinstance(value, Mapping):
        return {key: _without_nan(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_without_nan(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return {"float": repr(float(value))}
    return value


def _with_nan(value: Any) -> Any:
    """Return what `_without_nan` was given."""
    if isinstance(value, list):
        return [_with_nan(item) for item in value]
    if not isinstance(value, dict):
        return value
    word = value.get("float")
    if len(value) == 1 and isinstance(word, str) and word in NOT_FINITE:
        return NOT_FINITE[word]
    return {key: _with_nan(item) for key, item in value.items()}


def _meant(path: str | os.PathLike[str]) -> str:
    """Offer the files of the same folder whose names look most like that of one that cannot be read."""
    folder, name = os.path.split(os.fspath(path))
    with contextlib.suppress(OSError):
        if near := nearest_names(name, os.listdir(folder or ".")):
            return f"did you mean {' or '.join(map(repr, near))}?"
    return "check the path"
