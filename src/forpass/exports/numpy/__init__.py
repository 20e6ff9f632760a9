"""The NumPy form: a Python file to be read from top to bottom.

A map; a module imports only from those above it in this list:

- `formulas`: formulas of maths as source; `names`: names of Python for values, text that is safe anywhere.
- `lines`: lines of a graph as statements.
- `file`: the whole file, and the numbers beside it; its text lies in ``file.template``, what stands in for
  lines that NumPy has no name for in ``helpers.template``, what makes it a program in ``program.template``.
"""
