"""FCNeuron: one hidden layer, ten digits, plain gradient descent over all images at once.

The class keeps the tutorial's names. Its accuracy depends on which images are set apart for testing: the
lesson tries ten splits, and puts scikit-learn's classifier beside it.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forpass.lessons.page import Page

Array = NDArray[np.float64]

HIDDEN, RATE, ITERATIONS, SHOWN = 100, 0.1, 1000, 100
CLIP = 1e-5  # the cost takes the logarithm of no share nearer to 0 or 1
SHADES = " .:-=+*#%@"


def one_hot(labels: Any) -> Array:
    """Of labels (n,) make rows (n, 10) of 0 with a single 1."""
    rows: Array = np.eye(10)[labels]
    return rows


def sigmoid(z: Array) -> Array:
    """1 / (1 + exp(-z)), in the form that overflows for no z."""
    y: Array = np.exp(-np.maximum(-z, 0)) / (1 + np.exp(-np.abs(z)))
    return y


def softmax(z: Array) -> Array:
    """Shares that add up to 1 in each row; each row's largest score is subtracted first."""
    powers = np.exp(z - z.max(axis=1, keepdims=True))
    shares: Array = powers / powers.sum(axis=1, keepdims=True)
    return shares


def cross_entropy(p: Array, Y: Array) -> float:
    """J = -(1/m) sum y ln(p), with p clipped."""
    return float(-(Y * np.log(np.clip(p, CLIP, 1 - CLIP))).sum() / len(Y))


class FCNeuron:
    """64 inputs, 100 sigmoid neurons, 10 softmax outputs. `cost_check` has the cost of every iteration."""

    def __init__(self, lr: float = RATE, l2: float = 0.0, seed: int = 0) -> None:
        self.lr, self.l2 = lr, l2
        self.cost_check: list[float] = []
        self.set_params(seed)

    def set_params(self, seed: int) -> None:
        """Begin with weights and biases between -1 and 1 by the root of the number of inputs."""
        rng = np.random.default_rng(seed)
        self.W1 = rng.uniform(-1, 1, (64, HIDDEN)) / np.sqrt(64)
        self.b1 = rng.uniform(-1, 1, HIDDEN) / np.sqrt(64)
        self.W2 = rng.uniform(-1, 1, (HIDDEN, 10)) / np.sqrt(HIDDEN)
        self.b2 = rng.uniform(-1, 1, 10) / np.sqrt(HIDDEN)

    def forpass(self, X: Array) -> Array:
        """Forward pass: (m, 64) -> (m, 100) -> (m, 10)."""
        self.A1 = sigmoid(X @ self.W1 + self.b1)
        return softmax(self.A1 @ self.W2 + self.b2)

    def backprop(self, X: Array, p: Array, Y: Array) -> tuple[Array, Array, Array, Array]:
        """Backward pass: the derivatives of J by W1, b1, W2 and b2."""
        dZ2 = (p - Y) / len(Y)
        dZ1 = (dZ2 @ self.W2.T) * self.A1 * (1 - self.A1)
        return X.T @ dZ1, dZ1.sum(axis=0), self.A1.T @ dZ2, dZ2.sum(axis=0)

    def update_grad(self, slopes: tuple[Array, Array, Array, Array], m: int) -> None:
        """One step downhill; L2 makes the weights, not the biases, a little smaller besides."""
        dW1, db1, dW2, db2 = slopes
        self.W1 = self.W1 - self.lr * dW1 - (self.l2 / m) * self.W1
        self.b1 = self.b1 - self.lr * db1
        self.W2 = self.W2 - self.lr * dW2 - (self.l2 / m) * self.W2
        self.b2 = self.b2 - self.lr * db2

    def fit(self, X: Array, Y: Array, iterations: int) -> FCNeuron:
        """All images in every iteration."""
        for _ in range(iterations):
            p = self.forpass(X)
            self.cost_check.append(cross_entropy(p, Y))
            self.update_grad(self.backprop(X, p, Y), len(Y))
        return self

    def predict(self, X: Array) -> Any:
        """The digit with the largest share."""
        return self.forpass(X).argmax(axis=1)

    @property
    def params(self) -> dict[str, Array]:
        """What is learnt, by name."""
        return {"W1": self.W1, "b1": self.b1, "W2": self.W2, "b2": self.b2}


def split(seed: int) -> Any:
    """Images and labels, a tenth of them test images: X_train, X_test, y_train, y_test."""
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    X, y = load_digits(return_X_y=True)
    return train_test_split(X / 16, y, test_size=0.1, random_state=seed)


def draw_image(image: Array) -> Callable[[Any], None]:
    """Return what draws an image dark on light: a reversed grey map, for here 0 is paper and 16 is ink."""

    def picture(axes: Any) -> None:
        axes.imshow(image.reshape(8, 8), cmap="gray_r")
        axes.set(xticks=[], yticks=[], title="The first image")

    return picture


def draw_costs(costs: Sequence[float]) -> Callable[[Any], None]:
    """Return what draws the cost curve."""

    def curve(axes: Any) -> None:
        axes.plot(range(1, len(costs) + 1), costs)
        axes.set(xlabel="iteration", ylabel="cost J", ylim=(0, None), title="FCNeuron on 1617 images")
        axes.grid(alpha=0.3)

    return curve


def draw_splits(accuracies: Sequence[float]) -> Callable[[Any], None]:
    """Return what draws the ten accuracies, and the posted one."""

    def dots(axes: Any) -> None:
        axes.scatter(range(len(accuracies)), accuracies, zorder=3, label="a split")
        axes.axhline(float(np.mean(accuracies)), color="black", label="their mean")
        axes.axhline(0.9444, color="gray", linestyle=":", label="posted: 0.9444")
        axes.set(xlabel="split", ylabel="test accuracy", title="The same network, ten splits")
        axes.set_xticks(range(len(accuracies)))
        axes.legend(loc="lower right")

    return dots


def lesson(page: Page) -> None:
    """The data, the cost, the network, forpass, ten splits, and scikit-learn."""
    X_train, X_test, y_train, _ = split(0)
    the_data(page, X_train, X_test)
    the_cost(page)
    network = the_network(page, X_train, y_train)
    the_same_in_forpass(page, network, X_train, y_train)
    costs, luckiest = ten_splits(page)
    beside_scikit_learn(page, costs, luckiest)


def the_data(page: Page, X_train: Array, X_test: Array) -> None:
    """Images as rows, labels as rows."""
    from sklearn.datasets import load_digits

    page.part("The data")
    digits = load_digits()
    page.say(
        "scikit-learn's digits: 1797 images of 8 x 8 pixels from 0 to 16, here divided by 16. A tenth is "
        "set apart for testing. The first image shows a {digit}:",
        digit=digits.target[0],
    )
    for row in digits.images[0]:
        page.formula("".join(2 * SHADES[min(int(pixel / 16 * 10), 9)] for pixel in row))
    page.plot("image", draw_image(digits.images[0]))
    page.say("Ten outputs need ten targets: a label becomes a row with a 1 at its place. The labels 1, 6, 9:")
    page.numbers("Y", one_hot([1, 6, 9]))
    page.figure("one_hot", one_hot([1, 6, 9]))
    page.figure("shapes", [list(X_train.shape), list(X_test.shape)])
    page.figure("first_label", digits.target[0])


def the_cost(page: Page) -> None:
    """Cross-entropy on one example, and its derivative."""
    page.part("The cost")
    page.say("Cross-entropy looks at the share that the right class is given. For one example:")
    y, p = np.array([[1.0, 0.0, 0.0]]), np.array([[0.1, 0.8, 0.3]])
    page.formula("J = -(1/m) sum y ln(p)")
    page.formula(f"y = (1, 0, 0)   p = (0.1, 0.8, 0.3)   J = -ln 0.1 = {cross_entropy(p, y):.4f}")
    page.figure("cost_of_one", cross_entropy(p, y))
    page.say(
        "(The tutorial's p add up to 1.2, which shares cannot. The cost does not mind: it looks at the first "
        "alone.)"
    )
    page.say(
        "Behind a softmax its derivative by the raw scores z is as short as it can be, p - y. For z = (0.5, "
        "-1, 2), each moved up and down by 0.0001, the cost says the same:"
    )
    z = np.array([[0.5, -1.0, 2.0]])
    numerical = np.array([
        (cross_entropy(softmax(z + move), y) - cross_entropy(softmax(z - move), y)) / 2e-4
        for move in 1e-4 * np.eye(3)
    ])  # fmt: skip
    page.numbers("p - y", (softmax(z) - y)[0])
    page.numbers("numerical", numerical)
    page.figure("derivative", {"p - y": (softmax(z) - y)[0], "numerical": numerical})
    page.say(
        "ln(0) is minus infinity, so the tutorial clips p to between 0.00001 and 0.99999. Where the clip "
        "takes hold, the cost stands still and p - y is no longer its derivative. forpass clips nothing: it "
        "finds the logarithm from the raw scores."
    )


def the_network(page: Page, X: Array, y: Any) -> FCNeuron:
    """The shapes, and the first iterations in NumPy."""
    page.part("FCNeuron")
    network = FCNeuron()
    page.say("A layer of 100 neurons is one matrix with a column for each; no list of 100 objects is needed:")
    p = network.forpass(X)
    page.table(["step", "shapes"], [
        ["A1 = sigmoid(X W1 + b1)", f"{X.shape} {network.W1.shape} -> {network.A1.shape}"],
        ["p = softmax(A1 W2 + b2)", f"{network.A1.shape} {network.W2.shape} -> {p.shape}"],
    ])  # fmt: skip
    page.say(
        "fit repeats forpass, backprop and update_grad, with all 1617 images each time. In NumPy the cost of "
        "the first {count} iterations is:",
        count=SHOWN,
    )
    costs = network.fit(X, one_hot(y), SHOWN).cost_check
    page.table(["iteration", "cost"], [[i, f"{costs[i - 1]:.4f}"] for i in (1, 25, 50, 75, SHOWN)])
    page.figure("first_costs", [costs[0], costs[-1]])
    return network


def forpass_run(X: Array, y: Any, seed: int, iterations: int, dtype: str, l2: float = 0.0) -> Any:
    """The same network trained by forpass from the same first weights."""
    import forpass as fp

    decay = l2 / len(X) / RATE  # for forpass multiplies it by the rate
    training = fp.TrainingSpec(
        epochs=iterations,
        batch_size=None,
        optimizer=fp.OptimizerSpec(
            "gradient_descent", RATE, weight_decay=decay, by_role={"bias": fp.RoleFactors(decay=0.0)}
        ),
        dtype=dtype,
    )
    spec = fp.multilayer(64, [HIDDEN], 10, "softmax_cross_entropy", activation="sigmoid")
    return fp.train(spec, training, fp.Data(X, targets=y), parameters=FCNeuron(seed=seed).params)


def the_same_in_forpass(page: Page, network: FCNeuron, X: Array, y: Any) -> None:
    """Cost curve and weights, without and with L2."""
    page.part("In forpass")

    def compare(ours: FCNeuron) -> None:
        model = forpass_run(X, y, 0, len(ours.cost_check), "float64", ours.l2)
        theirs = [record.training_loss for record in model.history]
        page.same("cost of every iteration", theirs, ours.cost_check, digits=12)
        page.same("weights and biases at the end", flat(model.weights), flat(ours.params), digits=12)

    compare(network)
    page.say(
        "update_grad also knows L2: besides the step the weights, not the biases, lose (l2 / m) W. In "
        "forpass that is weight_decay = l2 / (m * learning rate), and 0 for biases. With l2 = 2 and "
        "50 iterations:"
    )
    with_l2 = FCNeuron(l2=2.0).fit(X, one_hot(y), 50)
    compare(with_l2)
    without = FCNeuron().fit(X, one_hot(y), 50)
    lengths = [float(np.linalg.norm(ours.W1)) for ours in (without, with_l2)]
    page.say(
        "It shortens W1 (the root of the sum of its squares) from {without:.3f} to {with_l2:.3f}.",
        without=lengths[0],
        with_l2=lengths[1],
    )
    page.figure("length_of_W1", lengths)


def flat(params: Any) -> Array:
    """All parameters in one row."""
    return np.concatenate([W.ravel() for W in params.values()])


def ten_splits(page: Page) -> tuple[list[float], int]:
    """The accuracy is as good as the luck of the split."""
    page.part("Ten splits")
    page.say(
        "The tutorial reports a test accuracy of 0.9444, that is 170 of 180 images. forpass does all "
        "{iterations} iterations, for ten ways to hold 180 images back:",
        iterations=ITERATIONS,
    )

    def run(seed: int) -> tuple[float, list[float]]:
        X_train, X_test, y_train, y_test = split(seed)
        model = forpass_run(X_train, y_train, seed, ITERATIONS, "float32")
        costs = [record.training_loss for record in model.history]
        return float(np.mean(model.predict(X_test) == y_test)), costs

    accuracies, costs = zip(*map(run, range(10)), strict=True)
    page.table(["split", "cost at the end", "test accuracy"], [
        [seed, f"{costs[seed][-1]:.4f}", f"{accuracies[seed]:.4f}"] for seed in range(10)
    ])  # fmt: skip
    mean = float(np.mean(accuracies))
    page.say(
        "On average {mean:.3f}, from {lowest:.3f} to {highest:.3f}. So 0.944 says less about the network "
        "than about the split, which was a lucky one: with 180 images, chance alone scatters such an "
        "accuracy by {scatter:.3f}. And the cost is still falling at the end.",
        mean=mean,
        lowest=min(accuracies),
        highest=max(accuracies),
        scatter=float(np.sqrt(mean * (1 - mean) / 180)),
    )
    page.figure("accuracies", accuracies)
    page.figure("final_costs", [curve[-1] for curve in costs])
    page.plot("cost", draw_costs(costs[0]))
    page.plot("splits", draw_splits(accuracies))
    return costs[0], int(np.argmax(accuracies))


def beside_scikit_learn(page: Page, costs: Sequence[float], luckiest: int) -> None:
    """MLPClassifier with the tutorial's settings, from scikit-learn and from forpass."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.neural_network import MLPClassifier

    import forpass as fp

    page.part("scikit-learn beside it")
    page.say("The tutorial compares with scikit-learn, 700 iterations of the same descent:")
    page.formula('MLPClassifier(100, "logistic", solver="sgd", learning_rate_init=0.1, momentum=0,')
    page.formula("              alpha=0, batch_size=1617, max_iter=700, random_state=10)")
    settings: dict[str, Any] = {"solver": "sgd", "learning_rate_init": 0.1, "momentum": 0, "alpha": 0}
    settings |= {"batch_size": 1617, "random_state": 10}
    runs = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # so many iterations are meant
        for seed in (0, luckiest):
            X_train, X_test, y_train, y_test = split(seed)
            run = fp.MLPClassifier(100, "logistic", max_iter=700, **settings).fit(X_train, y_train)
            runs[seed] = run, float(run.score(X_test, y_test))
        X_train, _, y_train, _ = split(0)
        theirs = MLPClassifier(100, "logistic", max_iter=50, **settings).fit(X_train, y_train)
    page.say(
        "forpass has a class of that name that begins with the same weights. Of scikit-learn's run the first "
        "50 iterations are made here, of forpass's all:"
    )
    page.same("scikit-learn's first 50 losses", runs[0][0].loss_curve_[:50], theirs.loss_curve_, digits=12)
    page.table(["split", "loss at the end", "test accuracy"], [
        [seed, f"{run.loss_:.4f}", f"{score:.4f}"] for seed, (run, score) in runs.items()
    ])  # fmt: skip
    page.say(
        "Split {luckiest} was FCNeuron's best. The tutorial has 0.9444 here, too; for that these "
        "settings need a still luckier split. FCNeuron's cost after 700 iterations is {cost:.4f} on "
        "split 0, so the two go about equally fast, and neither is near its end.",
        luckiest=luckiest,
        cost=costs[699],
    )
    page.say(
        "Today one line does more, {command}: its optimiser fits the size of the steps, and images set apart "
        "for validation say when to stop.",
        command="forpass train digits",
    )
    page.figure("scikit_learn", {seed: score for seed, (_, score) in runs.items()})
