"""A layer as an object: forward keeps what backward will need, backward hands the gradient down.

Chained, such layers are a network, and its gradient is found by going through the chain from its end.
Whether a backward pass is right, the numerical gradient tells, which knows nothing of layers.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forpass.lessons.compare import network_of
from forpass.lessons.page import Page

Array = NDArray[np.float64]
Layer = Any  # whatever has forward(x) and backward(dout)

STEP = 1e-4  # h of the numerical gradient


class ReLU:
    """What is negative becomes 0; backward stops the gradient at the same places."""

    mask: NDArray[np.bool_]

    def forward(self, x: Array) -> Array:
        """Keep where x is above 0, as a mask."""
        self.mask = x > 0
        return np.where(self.mask, x, 0.0)

    def backward(self, dout: Array) -> Array:
        """A new array: that of the caller stays as it is."""
        return dout * self.mask


class Sigmoid:
    """y = 1 / (1 + exp(-x)), whose derivative needs nothing but y."""

    y: Array

    def forward(self, x: Array) -> Array:
        """Keep the output."""
        self.y = np.exp(-np.maximum(-x, 0)) / (1 + np.exp(-np.abs(x)))  # overflows for no x
        return self.y

    def backward(self, dout: Array) -> Array:
        """The nodes of the graph, multiplied."""
        return dout * self.y * (1 - self.y)


class Affine:
    """A layer of neurons before their activation: x W + b."""

    x: Array
    dW: Array
    db: Array

    def __init__(self, W: Array, b: Array) -> None:
        self.W, self.b = W, b

    def forward(self, x: Array) -> Array:
        """Of x (n, d), W (d, k) and b (k,) make (n, k). Keep the input."""
        self.x = x
        return x @ self.W + self.b

    def backward(self, dout: Array) -> Array:
        """Of dout (n, k) make dx (n, d); the gradients of W and b stay with the layer."""
        self.dW = self.x.T @ dout
        self.db = dout.sum(axis=0)
        return dout @ self.W.T


class SoftmaxWithLoss:
    """Softmax and cross-entropy in one, because together their derivative is p - t."""

    p: Array
    t: Array

    def forward(self, x: Array, t: Array) -> float:
        """Of raw scores x (n, k) and one-hot t (n, k) make the mean loss; no share is rounded on the way."""
        x = x - x.max(axis=1, keepdims=True)
        log_p = x - np.log(np.exp(x).sum(axis=1, keepdims=True))
        self.p, self.t = np.exp(log_p), t
        return float(-(t * log_p).sum() / len(t))

    def backward(self) -> Array:
        """The derivative of the mean: hence the division by the number of examples."""
        return (self.p - self.t) / len(self.t)


class TwoLayerNet:
    """Affine, an activation, Affine, SoftmaxWithLoss."""

    def __init__(self, inputs: int, hidden: int, outputs: int, activation: Layer, seed: int = 0) -> None:
        rng = np.random.default_rng(seed)
        self.affine1 = Affine(0.01 * rng.normal(size=(inputs, hidden)), np.zeros(hidden))
        self.affine2 = Affine(0.01 * rng.normal(size=(hidden, outputs)), np.zeros(outputs))
        self.layers: list[Layer] = [self.affine1, activation, self.affine2]  # the order is the network
        self.last = SoftmaxWithLoss()

    @property
    def params(self) -> dict[str, Array]:
        """What is learnt, by name; the arrays themselves, not copies."""
        return {"W1": self.affine1.W, "b1": self.affine1.b, "W2": self.affine2.W, "b2": self.affine2.b}

    def predict(self, x: Array) -> Array:
        """Raw scores: forward through all layers but the loss."""
        for layer in self.layers:
            x = layer.forward(x)
        return x

    def loss(self, x: Array, t: NDArray[Any]) -> float:
        """Mean cross-entropy; t holds labels (n,) or is one-hot (n, k)."""
        scores = self.predict(x)
        return self.last.forward(scores, one_hot(t, scores.shape[1]))

    def accuracy(self, x: Array, t: NDArray[Any]) -> float:
        """Share of examples whose largest score is that of their class."""
        labels = t if t.ndim == 1 else t.argmax(axis=1)
        return float(np.mean(self.predict(x).argmax(axis=1) == labels))

    def gradient(self, x: Array, t: NDArray[Any]) -> dict[str, Array]:
        """Backpropagation: forward through the chain, then backward through it."""
        self.loss(x, t)
        dout = self.last.backward()
        for layer in reversed(self.layers):
            dout = layer.backward(dout)
        return {"W1": self.affine1.dW, "b1": self.affine1.db, "W2": self.affine2.dW, "b2": self.affine2.db}

    def numerical_gradient(self, x: Array, t: NDArray[Any]) -> dict[str, Array]:
        """The same without backpropagation."""
        return {name: numerical_gradient(lambda: self.loss(x, t), W) for name, W in self.params.items()}


def one_hot(t: NDArray[Any], classes: int) -> Array:
    """Labels become rows of 0 with a single 1; what is one-hot already stays."""
    return t if t.ndim == 2 else np.eye(classes)[t.astype(int)]


def numerical_gradient(f: Callable[[], float], W: Array) -> Array:
    """Move one entry of W after the other by h up and down, and look what f does: central differences."""
    gradient = np.empty_like(W)
    for place in np.ndindex(W.shape):
        kept = W[place]
        W[place] = kept + STEP
        above = f()
        W[place] = kept - STEP
        below = f()
        W[place] = kept
        gradient[place] = (above - below) / (2 * STEP)
    return gradient


def gaps(net: TwoLayerNet, x: Array, t: NDArray[Any]) -> dict[str, float]:
    """For each block of parameters the largest difference between the two gradients."""
    backpropagated, numerical = net.gradient(x, t), net.numerical_gradient(x, t)
    return {name: float(np.abs(backpropagated[name] - numerical[name]).max()) for name in numerical}


def sigmoid_graph(x: float) -> list[tuple[str, float, str, float, float]]:
    """Go through the sigmoid node by node.

    Returns for each node, in forward order, its name, its output, its local derivative as a formula and as
    a number, and the derivative of the sigmoid by the node's input, found by multiplying from the end.
    """
    negative = -x
    power = np.exp(negative)
    denominator = power + 1
    y = 1 / denominator
    nodes = [
        ("x (-1)", negative, "-1", -1.0),
        ("exp", power, "exp(-x)", power),
        ("+ 1", denominator, "1", 1.0),
        ("1 / x", y, "-y^2", -y * y),
    ]
    rows, flowing = [], 1.0
    for name, output, formula, local in reversed(nodes):
        flowing *= local
        rows.append((name, float(output), formula, float(local), float(flowing)))
    return rows[::-1]


class ReLUWithoutMask(ReLU):
    """A mistake: backward lets everything through."""

    def backward(self, dout: Array) -> Array:
        """Forget the mask."""
        return dout


class LossWithoutDivision(SoftmaxWithLoss):
    """A mistake: the loss is a mean, its derivative that of a sum."""

    def backward(self) -> Array:
        """Forget the division by the number of examples."""
        return self.p - self.t


def examples() -> tuple[Array, NDArray[Any]]:
    """Seven examples of twenty numbers, and labels from 0 to 9, by chance."""
    rng = np.random.default_rng(1)
    return rng.normal(size=(7, 20)), rng.integers(0, 10, 7)


def lesson(page: Page) -> None:
    """The graph, the layers, the chain, the check, and forpass."""
    the_graph(page)
    the_layers(page)
    the_chain(page)
    the_check(page)
    the_same_in_forpass(page)


def the_graph(page: Page) -> None:
    """The sigmoid node by node, and what is left when the nodes are multiplied."""
    page.part("The sigmoid as a graph")
    page.say(
        "A formula is a chain of small operations, and the derivative of each is known. The sigmoid has four "
        "nodes: times -1, exp, plus 1, and 1/x. Forward, a number goes through them from the first to the "
        "last. Backward, a 1 is put in at the end, and each node multiplies what reaches it by its local "
        "derivative. For x = 1; read it downward for forward, upward for backward:"
    )
    rows = sigmoid_graph(1.0)
    page.table(
        ["node", "output", "local derivative", "its value", "flows on backward"],
        [[name, f"{y:.4f}", formula, f"{local:.4f}", f"{d:.4f}"] for name, y, formula, local, d in rows],
    )
    y = rows[-1][1]
    page.say("What comes out at the top is the product of all four, and it needs nothing but the output y:")
    page.formula("(-y^2) * 1 * exp(-x) * (-1) = y^2 exp(-x) = y (1 - y)")
    page.formula(f"{y:.4f} * (1 - {y:.4f}) = {y * (1 - y):.4f}")
    page.say("So the four nodes may be one layer that keeps y. That is how a Sigmoid layer comes about.")
    page.figure("graph", [row[4] for row in rows])
    page.figure("derivative", y * (1 - y))


def the_layers(page: Page) -> None:
    """What each layer keeps, and what it hands down."""
    page.part("Four layers")
    page.say(
        "dout is the derivative of the loss by a layer's output. backward takes it and returns dx, the "
        "derivative by the layer's input, which is dout for the layer before it."
    )
    page.table(["layer", "forward", "keeps", "backward"], [
        ["ReLU", "x where x > 0, else 0", "mask = x > 0", "dx = dout * mask"],
        ["Sigmoid", "y = 1 / (1 + exp(-x))", "y", "dx = dout * y * (1 - y)"],
        ["Affine", "x W + b", "x", "dx = dout W^T"],
        ["SoftmaxWithLoss", "mean of -ln(p) of the class", "p, t", "dx = (p - t) / n"],
    ])  # fmt: skip
    page.say("Affine alone has something to learn, and finds the gradients of it on the way:")
    page.formula("dW = x^T dout     db = dout.sum(axis=0)")
    page.say("ReLU, with a dout of ones:")
    relu, x = ReLU(), np.array([[1.0, -0.5], [-2.0, 3.0]])
    dout = np.ones((2, 2))
    page.numbers("x", x)
    page.numbers("y", relu.forward(x))
    page.numbers("dx", relu.backward(dout))
    page.say("SoftmaxWithLoss on two examples; the class of the first is 2, that of the second is 0:")
    last = SoftmaxWithLoss()
    loss = last.forward(np.array([[0.3, 2.9, 4.0], [1.0, 1.0, 1.0]]), one_hot(np.array([2, 0]), 3))
    page.numbers("p", last.p)
    page.numbers("t", last.t)
    page.numbers("dx", last.backward())
    page.say(
        "The loss is {loss:.4f}. Each row of dx adds up to 0: what is taken from the wrong classes is given "
        "to the right one.",
        loss=loss,
    )
    page.say(
        "(In the tutorial the Sigmoid layer keeps y under a misspelt name, and ReLU's backward writes into "
        "the caller's dout. The lesson errata shows what comes of it.)"
    )
    page.figure("softmax_with_loss", {"loss": loss, "dx": last.backward()})


def the_chain(page: Page) -> None:
    """TwoLayerNet, with the shapes that go up and down."""
    page.part("The chain")
    page.say(
        "TwoLayerNet(20, 15, 10) is a list of layers. predict goes through it, gradient goes back. The "
        "shapes for seven examples; read them downward for forward, upward for backward:"
    )
    x, t = examples()
    net = TwoLayerNet(20, 15, 10, ReLU())
    net.loss(x, t)
    dout, rows, out = net.last.backward(), [], net.predict(x).shape
    rows.append(["SoftmaxWithLoss", f"{out} -> one number", str(dout.shape), ""])
    for layer in reversed(net.layers):
        flowing = str(dout.shape)
        dout = layer.backward(dout)
        own = f"dW {layer.dW.shape}, db {layer.db.shape}" if isinstance(layer, Affine) else ""
        rows.append([type(layer).__name__, f"{dout.shape} -> {flowing}", str(dout.shape), own])
    page.table(["layer", "forward", "backward gives dx", "and gradients"], rows[::-1])
    page.say("A gradient has the shape of what it belongs to: dW that of W, dx that of x.")
    page.figure("loss", net.loss(x, t))
    page.figure("labels_or_one_hot", [net.loss(x, t), net.loss(x, one_hot(t, 10))])
    page.figure("accuracy", [net.accuracy(x, t), net.accuracy(x, one_hot(t, 10))])


def the_check(page: Page) -> None:
    """Backpropagation against central differences, right and with two mistakes."""
    page.part("Is it right?")
    page.say(
        "The numerical gradient moves one parameter w by h = 0.0001 up and down and looks at what the loss "
        "L does. It needs two forward passes for each parameter, so nobody trains with it; but it knows "
        "nothing of backward passes, so it cannot make their mistakes:"
    )
    page.formula("(L(w + h) - L(w - h)) / 2h")
    page.say("The largest difference from backpropagation in each block, also with two mistakes put in:")
    x, t = examples()
    nets = {name: TwoLayerNet(20, 15, 10, layer()) for name, layer in (("ReLU", ReLU), ("Sigmoid", Sigmoid))}
    nets["mask forgotten"] = TwoLayerNet(20, 15, 10, ReLUWithoutMask())
    nets["division by n forgotten"] = TwoLayerNet(20, 15, 10, ReLU())
    nets["division by n forgotten"].last = LossWithoutDivision()
    found = {name: gaps(net, x, t) for name, net in nets.items()}
    blocks = {name: str(W.shape) for name, W in nets["ReLU"].params.items()}
    page.table(
        ["network", *(f"{name} {shape}" for name, shape in blocks.items())],
        [[name, *(f"{gap:.0e}" for gap in row.values())] for name, row in found.items()],
    )
    page.say(
        "What is right differs only by rounding, and because h is not infinitely small. A mistake stands out "
        "by many powers of ten, and where it does says where to look: before a ReLU without its mask W1 and "
        "b1 are wrong, after it all is right."
    )
    page.figure("gaps", found)


def the_same_in_forpass(page: Page) -> None:
    """Loss, gradients and what flows down, in a trace; and gradient_check."""
    import forpass as fp

    page.part("In forpass")
    x, t = examples()
    for name, activation in (("ReLU", ReLU()), ("Sigmoid", Sigmoid())):
        net = TwoLayerNet(20, 15, 10, activation)
        network = network_of(
            fp.multilayer(20, [15], 10, "softmax_cross_entropy", activation=name.lower()), net.params
        )
        tape = network.trace(fp.Data(x, targets=t))
        ours = {"objective": net.loss(x, t)} | {f"d{key}": dW for key, dW in net.gradient(x, t).items()}
        page.same(name, np.concatenate([np.ravel(tape[key]) for key in ours]),
                  np.concatenate([np.ravel(value) for value in ours.values()]), digits=14)  # fmt: skip
    report = fp.gradient_check(network.spec, fp.Data(x, targets=t), parameters=network.parameters)
    page.say(
        "gradient_check does for any network what this lesson does for one, with four points around each "
        "parameter instead of two. Of the network with sigmoids it says: {headline}.",
        headline=str(report).splitlines()[0],
    )
    page.figure("forpass_check", {"passed": report.passed, "error": report.worst.error})
