"""The C form: a header and a source in C99 that predict one row, without memory of their own.

The source asks for a compiler, ``math.h`` and two headers of types, and allocates nothing. Weights are
constants, so they stay where the program stands; a function for each network works on a stretch of the stack
whose size is known.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from forpass.exports.c.fields import answer_of, code_of, code_sizes, prefix_of, row_of, words_named
from forpass.exports.c.function import WORK_ARRAYS, FileServices, Function, Root
from forpass.exports.c.header import header_source
from forpass.exports.c.helpers import HELPERS, LEVEL_OF_NUMBER, NUMBER_OF_WORD, helper_name, helper_source
from forpass.exports.c.names import C_TYPES, OF_MATH_H, CNames, comment, literal
from forpass.exports.c.pieces import Piece, cells_of, pieces_of
from forpass.exports.c.storage import Storage, storage_of
from forpass.exports.c.words import finding_source, level_table, listed_words, words_of
from forpass.exports.graph import Graph, Input, Kind, Level, Line, Network, Output, Pick, Value
from forpass.exports.listing import listed

__all__ = ["c_source"]

OWN_NAMES = (
    *OF_MATH_H,
    *(helper_name(name, kind) for name in HELPERS for kind in C_TYPES),
    *C_TYPES.values(),
    *WORK_ARRAYS.values(),
    *("level_of_number", "same_word", "number_of_word"),
)
"""Names that nothing else in a file may have."""

SHARED, RAW = ("X", "codes"), Root("raw", is_array=True)
"""What a network is handed beside its parameters, and where it writes its scores."""

OF_A_NETWORK, OF_THE_MODEL = (*"pijkm", *SHARED, RAW.text), (*"ijkm", "row", "answer")
"""Arguments and counters of functions."""


def c_source(graph: Graph, title: str, stem: str) -> tuple[str, str]:
    """Return the source and the header of a model.

    Parameters
    ----------
    graph : Graph
    title : str
        The first line of both.
    stem : str
        What the files are called without their endings. With it, or the nearest to it that is a name in C,
        begins all that other files can see.

    Examples
    --------
    >>> from forpass.exports.writer import Writer
    >>> from forpass.maths.links import softmax
    >>> writer = Writer(Graph("model"))
    >>> X = writer.input("X", "float64", (None, 3))
    >>> writer.output("probabilities", writer.call(softmax, X, name="P"), "of a, b, c")
    >>> source, header = c_source(writer.graph, "An example", "model")
    >>> print(source[source.index("int model_predict") :].strip())
    int model_predict(const model_row *row, model_answer *answer)
    {
        double doubles[3];
        /* P = softmax(X) */
        const double P_1 = row_max(3, row->X);
        double *const P_3 = doubles;
        for (int i = 0; i < 3; i++) {
            P_3[i] = exp(row->X[i] - P_1);
        }
        const double P_4 = row_sum(3, P_3);
        double *const P = doubles;
        for (int i = 0; i < 3; i++) {
            P[i] = P_3[i] / P_4;
        }
    <BLANKLINE>
        for (int i = 0; i < 3; i++) answer->probabilities[i] = P[i];
        return 0;
    }
    """
    file = _File(graph, prefix_of(stem))
    source, answer = file.source(title, stem), [field for field, _ in file.answer]
    return source, header_source(file.prefix, title, stem, file.row, answer, file.stack)


class _File:
    """The source as it is being written: functions ask for constants and helpers, which stand above them."""

    def __init__(self, graph: Graph, prefix: str) -> None:
        self.graph, self.prefix = graph, prefix
        self.row, self.answer = row_of(graph), answer_of(graph)
        texts = [field for field in self.row.values() if field.words is not None]
        words = [field for field, _ in self.answer if field.words is not None]
        public = [f"{prefix}_predict", f"{prefix}_row", f"{prefix}_answer"]
        public += [code_of(prefix, field) for field in texts] + [
            words_named(prefix, field) for field in words
        ]
        self.names = CNames([*OWN_NAMES, *public])
        self.stack = 0
        self._helpers: dict[str, str] = {}
        self._arrays: list[str] = []
        self._members: list[str] = []
        self._constants: dict[tuple[str, str], str] = {}
        self._networks: dict[str, tuple[str, list[Input]]] = {}

    # -- the whole -----------------------------------------------------------------------------------
    def source(self, title: str, stem: str) -> str:
        """Write the whole file; what stands above a function is known when it has been written."""
        words = list(self._words())
        networks = [self._network(body) for body in self.graph.networks.values()]
        predict = self._predict()
        head = f'/* {comment(title)} */\n#include "{stem}.h"\n\n#include <math.h>'
        constants, members = "\n".join(self._arrays), "\n".join(self._members)
        parts = [head, *self._helpers.values(), *words, constants, *networks, members, predict]
        return "\n\n".join(part.strip("\n") for part in parts if part) + "\n"

    def _words(self) -> Iterator[str]:
        """Write the words of columns and answers, and the functions that find their numbers."""
        for one in self.graph.inputs:
            if one.value.kind == "text":
                self._helpers["number_of_word"] = NUMBER_OF_WORD
                field, words = self.row[one.value.name], words_of(self.graph, one.value)
                yield from finding_source(code_of(self.prefix, field), field.name, words, self.names)
        for field, _ in self.answer:
            if field.words is not None:
                yield listed_words(f"const char *const {words_named(self.prefix, field)}", field.words)

    # -- what stands above functions -----------------------------------------------------------------
    def _services(self, graph: Graph) -> FileServices:
        def constant(value: Value) -> str:
            return self._constant(graph, value)

        return FileServices(self._helper, constant, self._table, self._level, self._call)

    def _helper(self, name: str, kind: Kind) -> str:
        self._helpers[helper_name(name, kind)] = helper_source(name, kind)
        return helper_name(name, kind)

    def _constant(self, graph: Graph, value: Value) -> str:
        """Return the name of an array, which is written on first use."""
        key = graph.name, value.name
        if key not in self._constants:
            name = self._constants[key] = self.names.of(value.name, "numbers")
            self._array(name, C_TYPES[value.kind], graph.constants[value.name].ravel().tolist(), value.kind)
        return self._constants[key]

    def _table(self, wanted: str, numbers: Sequence[int]) -> str:
        """Write an array of whole numbers, in as few bytes as they need."""
        name = self.names.of(wanted, "table")
        self._array(name, _smallest(numbers), numbers, "int32")
        return name

    def _array(self, name: str, type_of: str, numbers: Sequence[Any], kind: Kind) -> None:
        items = [literal(np.float32(one) if kind == "float32" else one, kind) for one in numbers]
        self._arrays.append(listed(f"static const {type_of} {name}[{len(items)}] = {{", items, "};"))

    # -- networks ------------------------------------------------------------------------------------
    def _network(self, body: Graph) -> str:
        """Write the function of a network, and the structure of what each member has of its own."""
        pieces, output = pieces_of(body), body.outputs[0].value
        storage, roots = _storage_of_network(pieces, output)
        used = {storage.of(value.name).root for piece in pieces for value in (*piece.reads, output)}
        inputs = [one for one in body.inputs if one.value.name in used]
        name = self.names.of(body.name, "network")
        fields, arguments, own = CNames(), list[str](), list[str]()
        for one in inputs:
            kind, text = C_TYPES[one.value.kind], one.name
            if text in SHARED:
                arguments.append(f"const {kind} *{text}")
            else:
                field = fields.of(text, "numbers")
                own.append(f"    const {kind} *{field}; /* {' x '.join(map(str, one.value.shape))} */")
                text = f"p->{field}"
            roots[one.value.name] = Root(text, is_array=True)
        if own:
            arguments.insert(0, f"const {name}_parameters *p")
        self._networks[body.name] = name, inputs
        function = Function(storage, roots, self.names.inside(OF_A_NETWORK), self._services(body))
        statements = list(function.statements(pieces))
        if RAW not in roots.values():
            statements.append(function.copied(output, RAW.text))
        self.stack = max(self.stack, storage.bytes)
        arguments.append(f"{C_TYPES[output.kind]} *{RAW.text}")
        told = f"/* The raw scores of a network: {cells_of(output)} for each row. */"
        structure = ["typedef struct {", *own, f"}} {name}_parameters;", ""] if own else []
        head = f"static void {name}({', '.join(arguments)})"
        return "\n".join([*structure, told, _function(head, [*function.work_arrays(), *statements])])

    def _call(self, line: Network, function: Function) -> Iterator[str]:
        """Write the call of a network, with the parameters of a member."""
        name, inputs = self._networks[line.body]
        pairs = [(one.name, function.pointer(read)) for one, read in zip(inputs, line.reads, strict=True)]
        arguments = [pointer for what, pointer in pairs if what in SHARED]
        own = [pointer for what, pointer in pairs if what not in SHARED]
        if own:
            member = self.names.of(f"member_{len(self._members) + 1}", "member")
            self._members.append(listed(f"static const {name}_parameters {member} = {{", own, "};"))
            arguments.insert(0, f"&{member}")
        yield from function.by_pointer(line.output)
        yield f"{name}({', '.join([*arguments, function.pointer(line.output)])});"

    # -- the model -----------------------------------------------------------------------------------
    def _predict(self) -> str:
        """Write the function that others call."""
        outputs = [Output(field.of, value) for field, value in self.answer]
        lines = [self._used(one) for one in self.graph.lines if not _gives_words(one)]
        graph = replace(self.graph, lines=lines, outputs=outputs)
        pieces = pieces_of(graph)
        storage = storage_of(pieces, [one.value for one in outputs])
        roots = {name: Root(f"row->{field.name}", field.size > 1) for name, field in self.row.items()}
        function = Function(storage, roots, self.names.inside(OF_THE_MODEL), self._services(graph))
        begin = [*self._checks(), *self._gaps(pieces, function)]
        statements = [*begin, *function.statements(pieces), "", *self._answers(function), "return 0;"]
        self.stack += storage.bytes
        head = f"int {self.prefix}_predict(const {self.prefix}_row *row, {self.prefix}_answer *answer)"
        return _function(head, [*function.work_arrays(), *statements])

    def _used(self, line: Line) -> Line:
        """Hand to a network what it reads."""
        if not isinstance(line, Network):
            return line
        _, used = self._networks[line.body]
        pairs = zip(self.graph.networks[line.body].inputs, line.reads, strict=True)
        return replace(line, reads=tuple(read for one, read in pairs if one in used))

    def _checks(self) -> Iterator[str]:
        """Refuse codes for which a table has no row."""
        for number, (name, field) in enumerate(self.row.items(), start=1):
            for column, size in enumerate(code_sizes(self.graph, name)):
                cell = f"row->{field.name}[{column}]" if field.size > 1 else f"row->{field.name}"
                yield f"if ({cell} < 0 || {cell} >= {size})"
                yield f"    return {number};"

    def _gaps(self, pieces: list[Piece], function: Function) -> Iterator[str]:
        """Make numbers that mean a missing value NaN."""
        read = {value.name for piece in pieces for value in piece.reads}
        for one in self.graph.inputs:
            if one.missing and one.value.kind != "text" and one.value.name in read:
                cell, name = function.at(one.value), function.name(one.value)
                tests = " || ".join(f"{cell} == {literal(gap, one.value.kind)}" for gap in one.missing)
                yield f"const {C_TYPES[one.value.kind]} {name} = {tests} ? NAN : {cell};"
                function.call(one.value, name)

    def _level(self, line: Level, function: Function) -> Iterator[str]:
        """Write what finds the level of a cell; where it is refused, the number of its column is returned."""
        other, value = -1 if line.refused else line.other, line.output
        if line.reads.kind == "text":
            cell = f"row->{self.row[line.reads.name].name}"
            levels = level_table(line, words_of(self.graph, line.reads), other)
            table = self._table(f"{value.name}.of_word", levels)
            found = f"{cell} >= 0 && {cell} < {len(levels)} ? {table}[{cell}] : {other}"
        else:
            found = self._level_of_number(line, function.at(line.reads), other)
        yield function.defined(value, found)
        if line.refused:
            yield f"if ({function.at(value)} < 0) /* {comment(line.refused)} is meant */"
            yield f"    return {1 + list(self.row).index(line.reads.name)};"

    def _level_of_number(self, line: Level, cell: str, other: int) -> str:
        known = sorted((float(number), level) for number, level in line.levels.items())
        if not known:
            return f"isnan({cell}) ? {line.missing} : {other}"
        self._helpers["level_of_number"] = LEVEL_OF_NUMBER
        name = line.output.name
        numbers, levels = (
            self.names.of(f"{name}.numbers", "numbers"),
            self.names.of(f"{name}.levels", "levels"),
        )
        self._array(numbers, "double", [number for number, _ in known], "float64")
        self._array(levels, "int32_t", [level for _, level in known], "int32")
        return f"level_of_number({cell}, {numbers}, {levels}, {len(known)}, {line.missing}, {other})"

    def _answers(self, function: Function) -> Iterator[str]:
        for field, value in self.answer:
            if field.size > 1:
                yield function.copied(value, f"answer->{field.name}")
            else:
                yield f"answer->{field.name} = {function.at(value)};"


def _storage_of_network(pieces: list[Piece], output: Value) -> tuple[Storage, dict[str, Root]]:
    """Let a network write its scores where its caller wants them, if they have a place of their own."""
    made = {value.name: value for piece in pieces for value in piece.writes}
    storage = storage_of(pieces, [output])
    root, offset = storage.of(output.name)
    if root in made and offset == 0 and cells_of(made[root]) == cells_of(output):
        return storage_of(pieces, [output], elsewhere=root), {root: RAW}
    return storage, {}


def _gives_words(line: Line) -> bool:
    return isinstance(line, Pick) and line.output.kind == "text"


def _smallest(numbers: Sequence[int]) -> str:
    """Return the smallest type that holds whole numbers."""
    low, high = min(numbers, default=0), max(numbers, default=0)
    for bits in (8, 16):
        if -(2 ** (bits - 1)) <= low and high < 2 ** (bits - 1):
            return f"int{bits}_t"
    return "int32_t"


def _function(head: str, statements: Sequence[str]) -> str:
    body = [f"    {line}" if line else "" for statement in statements for line in statement.split("\n")]
    return "\n".join([head, "{", *body, "}"])
