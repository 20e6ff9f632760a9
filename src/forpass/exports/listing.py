"""Long lists in source text."""

from collections.abc import Iterable

__all__ = ["WIDTH", "listed"]

WIDTH = 100
"""Where lines of lists break."""


def listed(begin: str, items: Iterable[str], end: str) -> str:
    """Return a list in one line, or where it is long in several, further in.

    In several lines a comma stands behind the last, too, as Python and C allow.

    Examples
    --------
    >>> listed("int numbers[2] = {", ["1", "2"], "};")
    'int numbers[2] = {1, 2};'
    """
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
