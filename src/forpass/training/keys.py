"""The key of a job: a digest of all that decides what comes of it.

Training is a function, so work can be remembered under what was asked for. A key is made from contents:
equal arrays have the same key wherever they lie, and one bit that differs makes another. Left out is what
decides no bit: threads, names, and the limit in seconds, for what a limit cut short is never remembered as
done.

Functions of one's own (an order, a metric, a formula) are known by what they do: their instructions and
whatever they hold and call. Of what does not show that, or draws random numbers, no key can be made, and such
a network is not remembered.
"""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import json
import random
import sysconfig
from collections.abc import Callable, Iterable, Mapping
from types import BuiltinFunctionType, CodeType, FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forpass.engines.select import select_engine
from forpass.maths.registries import REGISTRIES
from forpass.model.provenance import own_version
from forpass.spec.data import Data
from forpass.spec.plain import to_plain
from forpass.told import warn_the_caller
from forpass.training.job import Job

__all__ = ["data_digest", "keys_of"]

AT_ONCE = 1 << 24
"""Bytes of an array that are read at once: one that lies on disk need not fit into memory."""


def keys_of(jobs: Iterable[Job]) -> list[str]:
    """Return the key of each job, 40 hexadecimal digits, or "" where none can be made.

    Data that jobs share are read once.

    Examples
    --------
    >>> import forpass as fp
    >>> data = fp.Data([[0.0], [1.0], [2.0]], targets=[0.0, 1.0, 2.0])
    >>> spec = fp.multilayer(1, [4], 1, "squared")
    >>> first, second, again = keys_of(Job(spec, fp.TrainingSpec(seed=seed), data) for seed in (0, 1, 0))
    >>> first == again, first == second, len(first)
    (True, False, 40)
    """
    # with the data themselves: an id is theirs alone only while they live
    known: dict[int, tuple[Data, str]] = {}

    def digest(data: Data | None) -> str:
        if data is None:
            return ""
        if id(data) not in known:
            known[id(data)] = data, data_digest(data)
        return known[id(data)][1]

    return [_key(job, digest) for job in jobs]


def data_digest(*several: Data | None) -> str:
    """SHA-256 of all arrays of some data, with their types and shapes."""
    total = hashlib.sha256()
    for data in several:
        if data is None:
            continue
        numbers = data.numbers
        dense = (
            [numbers] if isinstance(numbers, np.ndarray) else [numbers.data, numbers.indices, numbers.indptr]
        )
        for array in (*dense, data.codes, data.targets, data.weights):
            if array is not None:
                _take(total, array)
    return total.hexdigest()


def _key(job: Job, digest: Callable[[Data | None], str]) -> str:
    stopping = dataclasses.replace(job.training.stopping, max_seconds=None)
    training = dataclasses.replace(job.training, stopping=stopping)
    asked = {
        "forpass": own_version(),
        "spec": to_plain(job.spec),
        "training": to_plain(training),
        "engine": select_engine(job.engine).NAME,
        "data": [digest(job.data), digest(job.validation)],
        "arrays": [
            _array(array) for array in (job.rows, job.validation_rows, job.parameters, job.metric_weights)
        ],
        "threshold": repr(float(job.threshold)),
        "beginning": list(job.beginning),
    }
    words = json.dumps(asked, sort_keys=True, default=repr)
    try:
        functions = _said([job.measured, job.order, list(filter(_is_own, _records_named(words)))])
    except _UnsaidError as error:
        warn_the_caller(f"{error}; a network that depends on it is not remembered")
        return ""
    return hashlib.sha256(json.dumps([words, functions]).encode()).hexdigest()[:40]


def _records_named(words: str) -> list[Any]:
    """Return the records of registries that are named in some words, and those that these name."""
    waiting = [record for registry in REGISTRIES.values() for record in registry.values()]
    found = list[Any]()
    while named := [record for record in waiting if json.dumps(record.name) in words]:
        found += named
        waiting = [record for record in waiting if not any(record is one for one in named)]
        words = json.dumps([value for record in named for value in record if isinstance(value, str)])
    return found


def _is_own(record: Any) -> bool:
    """Whether a record of a registry is somebody's own: what its name means may change."""
    return any(callable(value) and not _is_ours(getattr(value, "__module__", "")) for value in record)


def _is_ours(module: str | None) -> bool:
    return (module or "").partition(".")[0] == "forpass"


def _array(array: NDArray[Any] | None) -> str:
    if array is None:
        return ""
    total = hashlib.sha256()
    _take(total, array)
    return total.hexdigest()


def _take(total: Any, array: NDArray[Any]) -> None:
    """Add an array to a digest: type, shape, and the bytes portion by portion."""
    total.update(f"{array.dtype.str} {array.shape}".encode())
    if not array.size:
        return
    rows = np.atleast_1d(array)
    at_once = max(1, AT_ONCE // max(1, array.nbytes // len(rows)))
    for first in range(0, len(rows), at_once):
        total.update(np.ascontiguousarray(rows[first : first + at_once]).data)


# -- functions, by what they do ------------------------------------------------------------------
class _UnsaidError(Exception):
    """It cannot be said what something does."""


INSTALLED = tuple(sorted({sysconfig.get_path(name) for name in ("stdlib", "purelib", "platlib")}))
"""Where packages are: what comes from there is known by its name."""


def _said(thing: Any, within: tuple[int, ...] = ()) -> Any:
    """Return what decides what something does, as plain JSON values.

    Raises
    ------
    _UnsaidError
        For an object that does not show what it holds.
    """
    if thing is None or isinstance(thing, str | int | float | complex | bytes | np.generic | np.dtype):
        return repr(thing)
    if id(thing) in within:
        return "again"
    said = functools.partial(_said, within=(*within, id(thing)))
    if isinstance(thing, type | BuiltinFunctionType | np.ufunc | ModuleType):
        return f"{getattr(thing, '__module__', '')}.{getattr(thing, '__qualname__', thing.__name__)}"
    if isinstance(thing, np.ndarray):
        return said(thing.tolist()) if thing.dtype == object else _array(thing)
    if isinstance(thing, FunctionType):
        return _function(thing, said)
    if isinstance(thing, CodeType):
        return [thing.co_code.hex(), list(thing.co_names), said(thing.co_consts)]
    if isinstance(thing, MethodType):
        return said((thing.__func__, thing.__self__))
    if isinstance(thing, functools.partial):
        return said((thing.func, thing.args, thing.keywords))
    if isinstance(thing, Mapping):
        return [[said(key), said(value)] for key, value in thing.items()]
    if isinstance(thing, set | frozenset):
        return sorted(json.dumps(said(one)) for one in thing)
    if isinstance(thing, list | tuple):
        return list(map(said, thing))
    return said(_held(thing))


def _held(thing: Any) -> tuple[Any, ...]:
    """Return what an object is made of, as it would be copied; of one's own class also what that does."""
    kind = type(thing)
    name = f"{kind.__module__}.{kind.__qualname__}"
    if isinstance(thing, np.random.Generator | np.random.RandomState | random.Random):
        raise _UnsaidError(f"a {name} draws other numbers each time")
    try:
        reduced = thing.__reduce_ex__(2)
    except Exception:  # noqa: BLE001 - whatever its class says
        raise _UnsaidError(f"a {name} does not show what it holds") from None
    functions = [one for base in kind.__mro__ for one in vars(base).values() if isinstance(one, FunctionType)]
    if isinstance(reduced, str):  # a global: it is known by its name
        return name, reduced, functions
    made, given, state, items, pairs = (*reduced, None, None, None)[:5]
    return name, made, given, state, [list(items or ()), list(pairs or ())], functions


def _function(function: FunctionType, said: Callable[[Any], Any]) -> list[Any]:
    """Say a function: its name, what it has taken from around it and, of one's own, all that it does."""
    cells = [cell.cell_contents for cell in function.__closure__ or () if _is_full(cell)]
    found = [f"{function.__module__}.{function.__qualname__}", said(cells)]
    if _is_ours(function.__module__) or function.__code__.co_filename.startswith(INSTALLED):
        return found
    names, used = function.__code__.co_names, list[Any]()
    for name in names:
        value = function.__globals__.get(name)
        used += [vars(value)[one] for one in names if one in vars(value)] if _is_read(value) else [value]
    return [*found, *map(said, (function.__code__, function.__defaults__, function.__kwdefaults__, used))]


def _is_read(value: Any) -> bool:
    """Whether it is a module of one's own."""
    file = getattr(value, "__file__", None) if isinstance(value, ModuleType) else None
    return file is not None and not file.startswith(INSTALLED) and not _is_ours(value.__name__)


def _is_full(cell: Any) -> bool:
    try:
        cell.cell_contents  # noqa: B018 - to see whether it raises
    except ValueError:
        return False
    return True
