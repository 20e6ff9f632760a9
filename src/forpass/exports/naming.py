"""Names that nothing else has: of values in a graph, and of what is written of them."""

from collections.abc import Container

__all__ = ["free"]


def free(wanted: str, *taken: Container[str]) -> str:
    """Return a name that stands in none of several collections: the one wanted, or with a number behind.

    There are never two ``_`` in a row where the number begins: C++ keeps such names for itself.

    Examples
    --------
    >>> free("x", {"y"}), free("x", {"x"}, {"x_2"}), free("class_", {"class_"})
    ('x', 'x_3', 'class_2')
    """
    name, number = wanted, 1
    while any(name in each for each in taken):
        number += 1
        name = f"{wanted.rstrip('_')}_{number}"
    return name
