"""The C form: a header and a source in C99 that predict one row, and allocate nothing.

A map; a module imports only from those above it in this list:

- `names`: how things are called in C, and how numbers, words and remarks stand there.
- `pieces`: a graph's lines taken apart into loops, products, sums and movements; `storage`: where arrays lie,
  which share a room where they may.
- `words`: columns of words as numbers; `helpers`: the few functions that a file has of its own; `fields`: the
  row and the answer that callers see.
- `expressions`: loops; `function`: one function, statement by statement.
- `header`, `file`: the two files; `run`: both compiled for this machine, and called.
"""
