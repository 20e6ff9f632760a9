"""The header of a C file: what callers see, told for people who have not read about the model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from textwrap import wrap

from forpass.exports.c.fields import Field, code_of, words_named
from forpass.exports.c.names import C_TYPES, comment
from forpass.exports.listing import WIDTH

__all__ = ["COMPILED_BY", "header_source"]

COMPILED_BY = "cc -std=c99 -O2 -ffp-contract=off"
"""How the source is compiled; with -ffast-math it would not know NaN."""

MOST_WORDS = 100
"""So many words of a column are told in the header."""

HEADER = """\
/* <<TITLE>>

       <<NAME>>_row row = {0};
       <<NAME>>_answer answer;
       ... fill in the row ...
       if (<<NAME>>_predict(&row, &answer) == 0)
           ... use the answer ...

   <<FILE>> needs a C99 compiler and math.h, allocates nothing and keeps nothing between calls, so that
   several threads may call it at once. Weights are constants; arrays take <<STACK>> bytes of the stack.
   Compile it with

       <<COMPILED_BY>> -c <<FILE>>

   and without -ffast-math, which would not know missing values (NaN) any more. With -ffunction-sections
   -fdata-sections and the linker's --gc-sections, words that nobody looks up are left out. */
#ifndef <<GUARD>>
#define <<GUARD>>

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A row of the table. */
typedef struct {
<<ROW>>
} <<NAME>>_row;

/* What the model says about it. */
typedef struct {
<<ANSWER>>
} <<NAME>>_answer;
<<WORDS>>
/* Predict a row. Returns 0; or, where the model has no answer, the number of the field of the row that holds
   what it cannot hold, counted from 1, and the answer is left as it was. */
int <<NAME>>_predict(const <<NAME>>_row *row, <<NAME>>_answer *answer);

#ifdef __cplusplus
}
#endif

#endif
"""


def header_source(
    name: str, title: str, stem: str, row: Mapping[str, Field], answer: Sequence[Field], stack: int
) -> str:
    """Return the text of the header.

    Parameters
    ----------
    name : str
        With what all names begin.
    title, stem : str
    row : dict of Field
    answer : list of Field
    stack : int
        How many bytes of the stack arrays take.
    """
    parts = {
        "TITLE": comment(title),
        "COMPILED_BY": COMPILED_BY,
        "GUARD": f"{name.upper()}_H",
        "ROW": "\n".join(line for field in row.values() for line in _field(field, 1)),
        "ANSWER": "\n".join(line for field in answer for line in _field(field, 0)),
        "WORDS": "".join(_words(name, row, answer)),
        "NAME": name,
        "FILE": f"{stem}.c",
        "STACK": f"{stack:,}",
    }
    text = HEADER
    for part, source in parts.items():
        text = text.replace(f"<<{part}>>", source)
    return text


def _field(field: Field, first: int) -> Iterator[str]:
    """Write a field, and in a comment above it what it holds."""
    told = wrap(comment(f"{field.of}: {field.told}" if field.told else field.of), WIDTH)
    if field.words is not None:
        what = "the number of a word" if first else f"{field.told}, by its number"
        told = wrap(comment(f"{field.of}: {what}"), WIDTH)
        told += ["-1 any other word", " 0 missing"] * first
        told += [f"{i:2} {comment(word)}" for i, word in enumerate(field.words[:MOST_WORDS], start=first)]
        if len(field.words) > MOST_WORDS:
            told.append(f"and {len(field.words) - MOST_WORDS} more, which stand in the source")
    yield "    /* " + "\n       ".join(told) + " */"
    size = f"[{field.size}]" if field.size > 1 else ""
    yield f"    {C_TYPES[field.kind]} {field.name}{size};"


def _words(name: str, row: Mapping[str, Field], answer: Sequence[Field]) -> Iterator[str]:
    texts = [field for field in row.values() if field.words is not None]
    if texts:
        yield "\n/* The number of a word in UTF-8, without blanks around it, for each column of words. */\n"
        yield from (f"int32_t {code_of(name, field)}(const char *word);\n" for field in texts)
    for field in answer:
        if field.words is not None:
            yield f"\n/* The words of {field.name}, by their numbers. */\n"
            yield f"extern const char *const {words_named(name, field)}[{len(field.words)}];\n"
