"""The NumPy form: a Python file to be read from top to bottom, and a file of numbers beside it.

The file needs NumPy and nothing else. It holds the formulas of `forpass.maths` that the model uses, as they
stand there; then a function for each network; then how cells of a table become features, and raw scores
answers.
"""

from __future__ import annotations

import ast
import functools
import io
import itertools
import keyword
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np

from forpass.exports.formulas import Sources, sources_of
from forpass.exports.graph import (
    Apart,
    Beside,
    Call,
    Cast,
    Graph,
    Input,
    Joined,
    Largest,
    Level,
    Line,
    Missing,
    Network,
    Operand,
    Pick,
    Section,
    Stack,
    Take,
    Value,
    Where,
    require_known_lines,
)
from forpass.preprocessing.kinds.protocol import DAYS

__all__ = ["loaded", "numbers_of", "python_source"]

WIDTH = 100
"""Where lines of lists break."""


def python_source(graph: Graph, title: str, numbers_name: str) -> str:
    """Return the text of the Python file.

    Parameters
    ----------
    graph : Graph
    title : str
        The first line.
    numbers_name : str
        The name of the file of numbers beside it.
    """
    sources = sources_of(graph)
    template = _resource("numpy_file.template")
    known = _Words(graph, sources)
    parts = {
        "TITLE": title,
        "INPUTS": "\n".join(_told_inputs(graph)),
        "OUTPUTS": "\n".join(f"    {one.name:<15}{one.told}" for one in graph.outputs),
        "IMPORTS": "\n".join(_imports(sources)),
        "NUMBERS_NAME": repr(numbers_name),
        "NAMESPACE": "\n".join(_namespace(sources)),
        "CONSTANTS": "\n".join(f"{name} = {value!r}" for name, value in sorted(sources.constants.items())),
        "FORMULAS": "\n\n\n".join(text.strip("\n") for text in sources.formulas.values()),
        "NETWORKS": "\n\n\n".join(_network_source(body, known) for body in graph.networks.values()),
        "HEADLINES": _listed("[", map(repr, _headlines(graph)), "]"),
        "ANSWERS": "\n".join(_answers_source(graph, known)),
    }
    parts["HELPERS"] = _helpers(parts["NETWORKS"] + parts["ANSWERS"], known)
    for name, text in parts.items():
        template = template.replace(f"<<{name}>>", text)
    return template


def numbers_of(graph: Graph) -> bytes:
    """Return the file of numbers: all arrays of a graph and its networks, as NumPy's ``.npz``.

    The same graph gives the same bytes: nothing in it says when it was written.
    """
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        for name, array in _numbers(graph):
            one = io.BytesIO()
            np.lib.format.write_array(one, np.ascontiguousarray(array), allow_pickle=False)
            archive.writestr(zipfile.ZipInfo(f"{name}.npy", (1980, 1, 1, 0, 0, 0)), one.getvalue())
    return held.getvalue()


def loaded(source: bytes, numbers: bytes) -> Callable[[Any], Any]:
    """Return the function ``predict`` of a Python file, which finds its numbers in memory."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        scope: dict[str, Any] = {"__name__": "exported", "__file__": str(place / "exported.py")}
        name = source.split(b"__file__)), ", 1)[1].split(b")", 1)[0]
        place.joinpath(ast.literal_eval(name.decode())).write_bytes(numbers)
        exec(compile(source, "the exported file", "exec"), scope)
    predict: Callable[[Any], Any] = scope["predict"]
    return predict


def _numbers(graph: Graph) -> Iterator[tuple[str, Any]]:
    for one in (graph, *graph.networks.values()):
        prefix = "" if one is graph else f"{one.name}."
        for name, array in one.constants.items():
            if array.dtype.kind not in "UO":
                yield prefix + name, array


# -- names -------------------------------------------------------------------------------------------
class _Words:
    """The names of a file: those of formulas and helpers are taken; a value gets one that is free."""

    def __init__(self, graph: Graph, sources: Sources) -> None:
        self.gaps: Any = next((one.gaps for one in graph.inputs if one.value.kind == "text"), ())
        self.taken = {
            "np",
            "xp",
            "table",
            *_helper_sources(),
            *keyword.kwlist,
            *sources.formulas,
            *sources.constants,
            *graph.networks,
        }

    def local(self) -> Callable[[Value], str]:
        """Return what names the values of one function."""
        names, taken = dict[str, str](), set(self.taken)

        def name_of(value: Value) -> str:
            if value.name not in names:
                plain = "".join(
                    letter if f"a{letter}".isidentifier() else "_" for letter in value.name
                ).strip("_")
                plain = plain if plain.isidentifier() else f"value_{plain}".rstrip("_")
                name, number = plain, 1
                while name in taken:
                    number += 1
                    name = f"{plain}_{number}"
                taken.add(name)
                names[value.name] = name
            return names[value.name]

        return name_of


class _Function:
    """One function of the file as it is being written."""

    def __init__(self, graph: Graph, known: _Words, prefix: str) -> None:
        self.graph, self.known, self.prefix = graph, known, prefix
        self.name = known.local()

    def of(self, operand: Operand) -> str:
        """Return an operand as the file says it."""
        if not isinstance(operand, Value):
            return repr(operand)
        if (array := self.graph.constants.get(operand.name)) is None:
            return self.name(operand)
        if array.dtype.kind in "UO":
            return self.known_text(array)
        return f"NUMBERS[{self.prefix + operand.name!r}]"

    def known_text(self, array: Any) -> str:
        """Return a column of words."""
        return f"np.array({[[word] for word in array[:, 0].tolist()]!r}, object)"

    def statements(self) -> Iterator[str]:
        """Write all lines."""
        for line in self.graph.lines:
            yield from WRITE[type(line)](line, self)


# -- lines -------------------------------------------------------------------------------------------
def _listed(begin: str, items: Iterable[str], end: str) -> str:
    """Return a list in one line, or where it is long in several, further in."""
    every = list(items)
    whole = begin + ", ".join(every) + end
    if len(whole) <= WIDTH:
        return whole
    lines, line = [], ""
    for item in every:
        if line and len(line) + len(item) + 6 > WIDTH:
            lines.append(line.rstrip())
            line = ""
        line += f"{item}, "
    return "\n".join([begin, *(f"    {line}" for line in [*lines, line.rstrip()]), end])


def _call(line: Call, function: _Function) -> Iterator[str]:
    names = ", ".join(map(function.name, line.outputs))
    yield _listed(f"{names} = {line.function.__name__}(", map(function.of, line.reads), ")")


def _level(line: Level, function: _Function) -> Iterator[str]:
    levels = [f"{word!r}: {level}" for word, level in line.levels.items()]
    more = f"missing={line.missing}, other={line.other}" + f", refused={line.refused!r}" * bool(line.refused)
    cells = f"lower({function.of(line.reads)})" if line.any_case else function.of(line.reads)
    yield _listed(f"{function.name(line.output)} = level_of({cells}, {{", levels, f"}}, {more})")


def _network(line: Network, function: _Function) -> Iterator[str]:
    body = function.graph.networks[line.body]
    own = [read for read, one in zip(line.reads, body.inputs, strict=True) if one.name not in ("X", "codes")]
    shared = [function.of(read) for read in line.reads if read not in own]
    member = [f"**member({own[0].name.split('.')[0]!r})"] if own else []
    yield f"{function.name(line.output)} = {line.body}({', '.join([*shared, *member])})"


def _columns(columns: tuple[int, ...]) -> str:
    """Say which columns: [0, 1, 2], or where each stands there several times [0] * 24 + [1] * 24."""
    runs = [(column, len(list(same))) for column, same in itertools.groupby(columns)]
    if len(runs) == len(columns):
        return _listed("[", map(str, columns), "]")
    return _listed("(", [" + ".join(f"[{column}] * {count}" for column, count in runs)], ")")[1:-1]


def _section(line: Section, function: _Function) -> Iterator[str]:
    yield ""
    yield f"# -- {' '.join(line.title.split())}"


def _statement(
    say: Callable[[Any, Callable[[Operand], str]], str],
) -> Callable[[Any, _Function], Iterator[str]]:
    """Return what gives a line's output what `say` says."""

    def write(line: Any, function: _Function) -> Iterator[str]:
        yield f"{function.name(line.output)} = {say(line, function.of)}"

    return write


WRITE: dict[type, Callable[[Any, _Function], Iterator[str]]] = {
    Section: _section,
    Call: _call,
    Level: _level,
    Network: _network,
    Cast: _statement(lambda line, of: f"{of(line.reads)}.astype(np.{line.output.kind})"),
    Missing: _statement(lambda line, of: f"np.isnan({of(line.reads)})"),
    Pick: _statement(lambda line, of: f"{of(line.table)}[{of(line.reads)}[:, 0]]"),
    Where: _statement(
        lambda line, of: f"np.where({', '.join(map(of, (line.condition, line.if_true, line.if_false)))})"
    ),
    Beside: _statement(lambda line, of: _listed("beside(", map(of, line.reads), ")")),
    Take: _statement(lambda line, of: f"{of(line.reads)}[..., {_columns(line.columns)}]"),
    Stack: _statement(lambda line, of: _listed("np.stack([", map(of, line.reads), "])")),
    Apart: _statement(lambda line, of: f"apart({of(line.reads)}, {line.output.shape[0]})"),
    Joined: _statement(lambda line, of: f"joined({of(line.reads)})"),
    Largest: _statement(lambda line, of: f"largest({of(line.reads)})"),
}
require_known_lines(WRITE)


# -- parts of the file -------------------------------------------------------------------------------
def _resource(name: str) -> str:
    return resources.files("forpass.exports").joinpath(name).read_text("utf-8")


@functools.cache
def _helper_sources() -> dict[str, str]:
    """Return the functions that stand in for lines that NumPy has no name for, by name."""
    texts = _resource("numpy_helpers.template").rstrip().split("\n\n\n")
    return {text.removeprefix("def ").split("(", 1)[0].strip("<>"): text for text in texts}


def _helpers(used: str, known: _Words) -> str:
    """Return the helpers that a text asks for, and those that they ask for, in their order."""
    found: list[str] = []
    for name, text in reversed(_helper_sources().items()):  # each stands below those that it asks for
        if f"{name}(" in used or f"={name}" in used:
            found.insert(0, text)
            used += text
    words = _listed("MISSING_WORDS = [", map(repr, known.gaps), "]")
    return "\n\n\n".join(found).replace("<<MISSING_WORDS>>", words)


def _told_inputs(graph: Graph) -> Iterator[str]:
    width = min(30, max((len(one.name) for one in graph.inputs), default=0))
    return (f"    {one.name:<{width}}  {one.told}" for one in graph.inputs)


def _imports(sources: Sources) -> Iterator[str]:
    """Import what the file itself uses, and what its formulas do."""
    text = "".join(sources.namespace.values())
    for module in ("csv", "functools", "math", "os", "sys"):
        if module in ("csv", "os", "sys") or f"{module}." in text:
            yield f"import {module}"


def _namespace(sources: Sources) -> Iterator[str]:
    """Write the class that formulas call xp."""
    for name, text in sorted(sources.namespace.items()):
        if text.startswith("np."):
            yield f"    {name} = {text}"
    for _, text in sorted(sources.namespace.items()):
        if not text.startswith("np."):
            yield "\n    @staticmethod\n" + "\n".join(
                f"    {line}".rstrip() for line in text.strip().splitlines()
            )


def _network_source(body: Graph, known: _Words) -> str:
    """Write the function of a network."""
    function = _Function(body, known, f"{body.name}.")
    names = [function.name(one.value) for one in body.inputs]
    lines = [_listed(f"def {body.name}(", names, "):")]
    lines.append('    """Return the raw scores (n, k) of a network; n is the number of rows."""')
    for one in body.lines:
        for statement in WRITE[type(one)](one, function):
            text = _indented(statement)
            shape = "" if isinstance(one, Section) or "\n" in statement else _shape_of(one)
            lines.append(f"{text}  # {shape}" if shape else text)
    lines.append(f"    return {function.of(body.outputs[0].value)}")
    return "\n".join(lines)


def _shape_of(line: Line) -> str:
    """Say the shape of what a line makes."""
    output = line.outputs[0] if isinstance(line, Call) else getattr(line, "output", None)
    if output is None:
        return ""
    sizes = ["n" if size is None else str(size) for size in output.shape]
    return f"({', '.join(sizes)})"


def _answers_source(graph: Graph, known: _Words) -> Iterator[str]:
    """Write what goes on between the cells of a table and the answers."""
    function = _Function(graph, known, "")
    for one in graph.inputs:
        yield _indented(f"{function.name(one.value)} = {_read(one, function)}")
    for statement in function.statements():
        yield _indented(statement) if statement else ""
    given = (f"{one.name!r}: {function.of(one.value)}{_flat(one.value)}" for one in graph.outputs)
    yield _indented(_listed("return {", given, "}"))


def _headlines(graph: Graph) -> Iterator[str]:
    """Return a headline for each column of the answers."""
    for one in graph.outputs:
        yield from (
            [one.name] if len(one.columns) < 2 else (f"{one.name} of {column}" for column in one.columns)
        )


def _flat(value: Value) -> str:
    """Say how a single column is given out: as a row."""
    return "[:, 0]" if value.width == 1 else ""


def _read(one: Input, function: _Function) -> str:
    """Say how an input is read."""
    if one.array:
        return f"np.asarray(table[{one.name!r}], np.{one.value.kind})"
    if one.value.kind == "text":
        other = "" if one.gaps == function.known.gaps else f", missing={list(one.gaps)!r}"
        return f"words(table, {one.name!r}{other})"
    more = f", missing={list(one.gaps)!r}" if one.gaps else ""
    return f"{'days' if one.told.startswith(DAYS) else 'numbers'}(table, {one.name!r}{more})"


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.splitlines())
