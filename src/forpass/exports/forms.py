"""The forms in which a model is exported, in one registry.

A form makes files of a graph, and carries them out again, so that what was written can be compared with the
model.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from numpy.typing import NDArray

from forpass.errors import InputError, SpecError, UnknownNameError
from forpass.exports.graph import Graph
from forpass.exports.rows import Cells

__all__ = ["FORMS", "Files", "Form", "form_of"]

Files = Mapping[str, bytes]
"""The content of files by name, the first the one that was asked for."""

Run = Callable[[Cells], Mapping[str, NDArray[Any]]]


class Form(NamedTuple):
    """A form.

    Attributes
    ----------
    name, ending : str
    needs : str
        In a few words, what it takes to use it.
    write : callable
        ``(graph, title, stem) -> Files``; the files are called ``stem`` and an ending.
    runner : callable
        ``(graph, files) -> run``, where ``run(cells)`` gives the outputs by name; None where this machine
        cannot.
    unchecked : str
        Why, where it cannot.
    """

    name: str
    ending: str
    needs: str
    write: Callable[[Graph, str, str], Files]
    runner: Callable[[Graph, Files], Run | None]
    unchecked: str = ""


def _write_numpy(graph: Graph, title: str, stem: str) -> Files:
    from forpass.exports.numpy.file import numbers_of, python_source

    return {
        f"{stem}.py": python_source(graph, title, f"{stem}.npz").encode(),
        f"{stem}.npz": numbers_of(graph),
    }


def _run_numpy(graph: Graph, files: Files) -> Run:
    from forpass.exports.numpy.file import loaded

    (source, numbers), (_, name) = files.values(), files
    return loaded(source, numbers, name)


def _write_c(graph: Graph, title: str, stem: str) -> Files:
    from forpass.exports.c.file import c_source

    source, header = c_source(graph, title, stem)
    return {f"{stem}.c": source.encode(), f"{stem}.h": header.encode()}


def _run_c(graph: Graph, files: Files) -> Run | None:
    from forpass.exports.c.run import compiled

    return compiled(graph, files)


def _write_onnx(graph: Graph, title: str, stem: str) -> Files:
    from forpass.exports.onnx.file import onnx_bytes

    return {f"{stem}.onnx": onnx_bytes(graph, title)}


def _run_onnx(graph: Graph, files: Files) -> Run | None:
    from forpass.exports.onnx.file import onnx_runner

    return onnx_runner(graph, *files.values())


# fmt: off
FORMS: dict[str, Form] = {form.name: form for form in (
    Form("numpy", ".py", "Python with NumPy 2", _write_numpy, _run_numpy),
    Form("c", ".c", "C99", _write_c, _run_c, "no C compiler was found (cc, gcc or clang, or what CC names)"),
    Form("onnx", ".onnx", "ONNX of opset 19", _write_onnx, _run_onnx, "onnxruntime is not installed"),
)}
# fmt: on
"""By name."""


def form_of(path: str | os.PathLike[str], to: str | None = None) -> Form:
    """Return the form that is asked for, or that the ending of a path means.

    Raises
    ------
    InputError
        When there is no such form, or the ending is that of none.
    """
    path = Path(path)
    if not path.name:
        raise InputError(f"{os.fspath(path)!r} names no file to export to")
    if to is not None and to not in FORMS:
        raise UnknownNameError("form of export", to, FORMS)
    for form in FORMS.values():
        if path.suffix == form.ending and to in (None, form.name):
            return form
    if to is not None:
        raise InputError(f"{path} does not end as the form {to} does; call it {path.stem}{FORMS[to].ending}")
    endings = ", ".join(f"{form.ending} ({form.name})" for form in FORMS.values())
    raise SpecError(f"{path} does not say in which form; give it one of the endings {endings}, or say to=")
