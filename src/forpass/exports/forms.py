"""The forms in which a model is exported, in one registry.

A form makes files of a graph, and carries them out again, so that what was written can be compared with the
model.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, cast

from forpass.errors import InputError, SpecError, UnknownNameError
from forpass.forks import imported

if TYPE_CHECKING:
    from forpass.exports.graph import Graph
    from forpass.exports.protocol import Files, Run, Writing

__all__ = ["FORMS", "Form", "form_of"]


class Form(NamedTuple):
    """A form.

    Attributes
    ----------
    name, ending : str
    needs : str
        In a few words, what it takes to use it.
    module : str
        The folder that writes it, with what `Writing` says; imported when it is first asked for.
    asked : str
        What answers when what was written is carried out, in a few words.
    unchecked : str
        Why what was written is not carried out, where this machine cannot.
    """

    name: str
    ending: str
    needs: str
    module: str
    asked: str
    unchecked: str = ""

    def write(self, graph: Graph, title: str, stem: str) -> Files:
        """Return the files of a graph, see `Writing`."""
        return cast("Writing", imported(self.module)).write(graph, title, stem)

    def run(self, graph: Graph, files: Files) -> Run | None:
        """Return what carries them out, see `Writing`."""
        return cast("Writing", imported(self.module)).run(graph, files)


NO_COMPILER = "no C compiler was found (cc, gcc or clang, or what CC names)"

# fmt: off
FORMS: dict[str, Form] = {form.name: form for form in (
    Form("numpy", ".py", "Python with NumPy 2", "forpass.exports.numpy",
         "the function `predict` of the Python file"),
    Form("onnx", ".onnx", "ONNX of opset 19", "forpass.exports.onnx",
         "a session of ONNX Runtime", "onnxruntime is not installed"),
    Form("c", ".c", "C99", "forpass.exports.c",
         "the compiled function, called through ctypes", NO_COMPILER),
)}
# fmt: on
"""By name, in the order in which they are told."""


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
    raise SpecError(
        f"{path} does not say which form; give it one of the endings {endings}, or say to= (--to)"
    )
