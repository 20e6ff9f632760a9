"""Files with wrong content that are signed all the same: anybody can sign.

`forgeries` gives every file that differs from a good one in one place: a value replaced by one that makes no
sense there, a key or an entry left out or added, an array of another type, shape or value. `broken_by` reads
such a file, uses what comes of it in every way, and returns what went wrong that has no name.
"""

import contextlib
import copy
import warnings

import numpy as np

import forpass as fp
from forpass.model.archive import read_archive, write_archive

DEEP = "deep"
VALUES = (
    None, True, False, 0, 1, -1, 2, 3, 1000, 10**9, 2**31, 2**63, 10**400, -(10**400),
    0.5, -0.5, 1e308, -1e308, 5e-324, float("nan"), float("inf"), float("-inf"),
    "", "x", "\x00", "relu", "numpy", "%", "%d.%d", "a" * 5000,
    "0", "1", "7", "-1", "1000", "0.5", "nan", "inf", "9" * 30, "9" * 5000,
    [], [[]], [None], ["x"], [1, 2], {}, {"is": "Dense"}, {"x": 1}, DEEP,
)  # fmt: skip
"""What values are replaced by; `DEEP` stands for lists in lists."""


def nested(depth):
    """Lists in lists."""
    value = []
    for _ in range(depth):
        value = [value]
    return value


def places(value, path=()):
    """Give the path to every value in plain JSON, the outermost left out."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield (*path, key)
        yield from places(item, (*path, key))


def changed(content, path, change):
    """Return a copy in which the container of a place has been changed: change(container, key)."""
    forged = copy.deepcopy(content)
    container = forged
    for key in path[:-1]:
        container = container[key]
    change(container, path[-1])
    return forged


def put(new):
    def change(container, key):
        container[key] = nested(150) if new == DEEP else copy.deepcopy(new)

    return change


def delete(container, key):
    del container[key]


def double(container, key):
    """Put an entry of a list there twice; of a dict, under another name as well."""
    if isinstance(container, list):
        container.insert(key, copy.deepcopy(container[key]))
    else:
        container[f"{key}x"] = copy.deepcopy(container[key])


def of_content(content, values=VALUES):
    """Give (what was changed, content) for every change in one place."""
    for path in places(content):
        where = ".".join(map(str, path))
        for new in values:
            yield f"{where} = {str(new)[:20]}", changed(content, path, put(new))
        yield f"{where} deleted", changed(content, path, delete)
        yield f"{where} doubled", changed(content, path, double)


def of_arrays(arrays):
    """Give (what was changed, arrays) for every array that is changed or left out."""
    for name, array in arrays.items():
        rest = {other: a for other, a in arrays.items() if other != name}
        yield f"no {name}", rest
        for kind in ("float16", "float32", "float64", "complex64", "int32", "int64", "bool", "uint8"):
            if array.dtype != kind:
                with np.errstate(over="ignore"):  # a whole number that no float16 holds
                    other = array.astype(kind)
                yield f"{name} as {kind}", rest | {name: other}
        shapes = {"longer": np.concatenate([array, array]), "empty": array[:0], "a column": array[..., None]}
        shapes |= {"shorter": array[1:], "a scalar": np.zeros((), array.dtype), "no columns": array[..., :0]}
        for what, other in shapes.items():
            yield f"{name} {what}", rest | {name: other}
        whole = array.dtype.kind == "u"
        for value in (
            (0, 1, np.iinfo(array.dtype).max) if whole else (np.nan, np.inf, -np.inf, -1.0, -1e-30, 1e38)
        ):
            for place in {0, array.size - 1, array.size // 2} if array.size else ():
                other = array.copy()
                other.flat[place] = value
                yield f"{name}[{place}] = {value}", rest | {name: other}
    yield "one more array", arrays | {"more": np.zeros(3)}


def forgeries(file, kind, values=VALUES):
    """Give (what was changed, a function that writes the forged file) for a good file of a kind."""
    _, arrays, content = read_archive(file, kind)
    for what, forged in of_content(content, values):
        yield what, lambda path, forged=forged: write_archive(path, kind, arrays, forged)
    for what, forged in of_arrays(arrays):
        yield what, lambda path, forged=forged: write_archive(path, kind, forged, content)


def broken_by(task):
    """Carry out a task; return the error that has no name, or None."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            warnings.simplefilter("ignore", fp.ForpassWarning)
            task()
    except fp.ForpassError:
        return None
    except Exception as error:  # noqa: BLE001  # this is what is looked for
        return error
    return None


def loaded(path):
    """Read a file; None where it is refused, as it should be."""
    try:
        return fp.load(path)
    except fp.ModelFileError:
        return None


def use(model, path, X, measured):
    """Use a model in every way: none may raise what has no name."""
    model.predict(X)
    scores = model.scores(X)
    for part in ("predictions", "decisions", "probabilities", "log_probabilities"):
        with contextlib.suppress(fp.ForpassError):
            getattr(scores, part)
    said = [model.summary(), repr(model), model.fingerprint()]
    if isinstance(model, fp.TrainedModel):
        said += [repr(model.spec), repr(model.provenance), [record.objective for record in model.history]]
        hash(model.spec)
    if model.preprocessing is not None:
        said += [model.preprocessing.describe(), model.preprocessing.schema]
        fp.evaluate(model, measured)
    model.trace(measured)
    assert all(part is not None for part in said)
    again = fp.load(model.save(path))
    assert again.fingerprint() == model.fingerprint()
