"""A forward pass by hand: two inputs, layers of three and two neurons, two outputs.

A layer is a matrix product, a bias and an activation. All that can go wrong is a shape.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from forpass.lessons.compare import network_of, tell_cells
from forpass.lessons.page import Page

Array = NDArray[np.float64]

X = np.array([1.0, 0.5])
WEIGHTS = {
    "W1": np.array([[0.1, 0.3, 0.5], [0.2, 0.4, 0.6]]),
    "b1": np.array([0.1, 0.2, 0.3]),
    "W2": np.array([[0.1, 0.4], [0.2, 0.5], [0.3, 0.6]]),
    "b2": np.array([0.1, 0.2]),
    "W3": np.array([[0.1, 0.3], [0.2, 0.4]]),
    "b3": np.array([0.1, 0.2]),
}


def sigmoid(Z: Array) -> Array:
    """Squash to (0, 1)."""
    return 1 / (1 + np.exp(-Z))


def forward(X: Array, weights: dict[str, Array]) -> dict[str, Array]:
    """Carry inputs (2,) or (n, 2) up through the layers; return every intermediate by name."""
    Z1 = X @ weights["W1"] + weights["b1"]
    A1 = sigmoid(Z1)
    Z2 = A1 @ weights["W2"] + weights["b2"]
    A2 = sigmoid(Z2)
    Z3 = A2 @ weights["W3"] + weights["b3"]  # the output layer has the identity: Y = Z3
    return {"Z1": Z1, "A1": A1, "Z2": Z2, "A2": A2, "Y": Z3}


def product(A: Array, B: Array) -> Array:
    """The matrix product as it is defined: entry (i, j) goes along row i of A and down column j of B.

    A (n, m), B (m, k) -> (n, k): each row of A has to be as long as each column of B.
    """
    (n, m), (rows_of_B, k) = A.shape, B.shape
    if m != rows_of_B:
        raise ValueError(f"A has {m} columns and B has {rows_of_B} rows; the two must be equal")
    return np.array([[sum(A[i, p] * B[p, j] for p in range(m)) for j in range(k)] for i in range(n)])


def lesson(page: Page) -> None:
    """Arrays and shapes, the product, the pass, and many examples at once."""
    shapes(page)

    page.part("Three layers, number by number")
    page.say("The network 2 - 3 - 2 - 2 has these weights. Column j of W holds the weights of neuron j.")
    for name, array in WEIGHTS.items():
        page.numbers(name, array)
    page.say("The sum of a layer is Z, its activation A; A is the input of the next layer:")
    page.formula("Z1 = X W1 + b1     A1 = sigmoid(Z1)")
    page.formula("Z2 = A1 W2 + b2    A2 = sigmoid(Z2)")
    page.formula("Y  = A2 W3 + b3")
    page.say("The output layer has the identity, as in a regression, whose outputs may be any number.")
    found = forward(X, WEIGHTS)
    page.numbers("X ", X)
    for name, array in found.items():
        page.numbers(f"{name:2}", array)
        page.figure(name, array)
    page.say(
        "(Careful with names: the tutorial calls the sum A and the activation Z. Here, as in most books and "
        "everywhere in forpass, it is the other way round.)"
    )

    page.part("Many examples at once")
    page.say(
        "The same lines take many examples, a row for each. Only the first axis grows; the weights stay as "
        "they are. This is why a layer is written as a product of matrices and not as a loop over neurons."
    )
    many = np.array([[1.0, 0.5], [0.0, 0.0], [-1.0, 2.0], [0.5, 0.5]])
    batch = forward(many, WEIGHTS)
    page.numbers("X", many)
    page.table(["array", "one example", "four examples"],
               [[name, str(found[name].shape), str(batch[name].shape)] for name in found])  # fmt: skip
    page.numbers("Y", batch["Y"])
    page.figure("first_row_is_the_one_example", bool(np.allclose(batch["Y"][0], found["Y"], atol=1e-15)))

    the_same_in_forpass(page, many, batch)


def shapes(page: Page) -> None:
    """What an array's shape is, and when two can be multiplied."""
    page.part("Arrays and shapes")
    page.say("An array has axes. ndim counts them, shape says how long each is:")
    vector, matrix = np.array([1, 2, 3, 4]), np.array([[1, 2], [3, 4], [5, 6]])
    page.numbers("a", vector)
    page.numbers("B", matrix)
    page.say("a has {a} axis, B has {b}: 3 rows and 2 columns.", a=vector.ndim, b=matrix.ndim)

    page.say(
        "In the product A B every row of A meets every column of B, entry by entry. So a row of A must be as "
        "long as a column of B: the number of columns of A is the number of rows of B. (The tutorial says "
        "rows of A. The two shapes below show the difference.)"
    )
    page.formula("A (n, m)  B (m, k)  ->  A B (n, k)")
    fits = np.ones((2, 3)) @ np.ones((3, 2))
    try:
        np.ones((2, 3)) @ np.ones((2, 3))  # as many rows, and yet no product
        refused = False
    except ValueError:
        refused = True
    page.table(
        ["A", "B", "rows of A = rows of B", "columns of A = rows of B", "A B"],
        [
            ["(2, 3)", "(3, 2)", "no", "yes", str(fits.shape)],
            ["(2, 3)", "(2, 3)", "yes", "no", "refused" if refused else "there is one"],
        ],
    )
    page.figure("equal_rows_are_refused", refused)
    page.say("Two inputs and three neurons:")
    x, W = np.array([[1.0, 2.0]]), np.array([[1.0, 3.0, 5.0], [2.0, 4.0, 6.0]])
    page.numbers("X", x)
    page.numbers("W", W)
    page.numbers("X W", product(x, W))
    page.figure("product", product(x, W))


def the_same_in_forpass(page: Page, inputs: Array, batch: dict[str, Array]) -> None:
    """The trace of a forpass network holds every intermediate by the same names."""
    import forpass as fp

    spec = fp.NetworkSpec(
        n_features=2,
        layers=(
            fp.Dense(3),
            fp.Activation("sigmoid"),
            fp.Dense(2),
            fp.Activation("sigmoid"),
            fp.Dense(2),
        ),
        head=fp.Head("squared"),
    )
    network = network_of(spec, WEIGHTS)
    data = fp.Data(inputs, targets=np.zeros((len(inputs), 2)))  # a trace goes backward too, to some target
    tape = network.trace(data)
    page.part("In forpass")
    page.say(
        "A network's trace holds every intermediate of a pass, with its shape and formula; what is Y above "
        "is Z3 there. It begins:"
    )
    for name in ("X", "Z1", "A1", "Z2", "A2", "Z3"):
        entry = tape.entry(name)
        page.formula(f"{entry.name:3} {entry.shape!s:7} {entry.formula}")
    page.say("And it says of any number what it was made of:")
    tell_cells(page, tape, "Z1[0,2]")
    for ours, theirs in zip(batch, ("Z1", "A1", "Z2", "A2", "Z3"), strict=True):
        page.same(theirs, tape[theirs], batch[ours], digits=14)
