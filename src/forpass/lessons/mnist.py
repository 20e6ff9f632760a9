"""TwoLayerNet on MNIST: 784 pixels, 50 hidden neurons, 10 digits.

The chain of layers of the lesson layers, written out in matrices: four lines forward, six lines backward.
NumPy goes the first 600 of 10,000 iterations; forpass goes all of them, and is compared where both were.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forpass.lessons.compare import network_of
from forpass.lessons.page import Page

Array = NDArray[np.float64]
Params = dict[str, Array]

RATE, BATCH, ITERATIONS = 0.1, 100, 10_000
REPORT = 600  # iterations; they draw as many images as there are: an epoch
EPOCHS = 17  # the last ends early, after 10,000 iterations in all
STEP = 1e-4  # h of the numerical gradient
SHADES = " .:-=+*#%@"


def images_and_labels() -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """The 70,000 images (70000, 784) with pixels from 0 to 1, and which digit each shows."""
    from forpass import load_dataset

    frame = load_dataset("mnist").frame
    pixels = np.array([column for name, column in frame.items() if name != "digit"])
    images = np.divide(pixels.T, 255, dtype=np.float32, order="C")
    return images, frame["digit"].astype(np.int64)


def first_params(seed: int = 0) -> Params:
    """Small weights by chance, biases of 0."""
    rng = np.random.default_rng(seed)
    return {
        "W1": 0.01 * rng.normal(size=(784, 50)),
        "b1": np.zeros(50),
        "W2": 0.01 * rng.normal(size=(50, 10)),
        "b2": np.zeros(10),
    }


def predict(params: Params, x: Any) -> Array:
    """Raw scores (n, 10) of images x (n, 784)."""
    h = np.maximum(x @ params["W1"] + params["b1"], 0)
    scores: Array = h @ params["W2"] + params["b2"]
    return scores


def log_softmax(scores: Array) -> Array:
    """The logarithm of each share, from shifted scores: nothing overflows, nothing becomes log(0)."""
    shifted = scores - scores.max(axis=1, keepdims=True)
    log_p: Array = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return log_p


def loss(params: Params, x: Any, t: Any) -> float:
    """Mean cross-entropy; t holds labels."""
    return float(-log_softmax(predict(params, x))[np.arange(len(t)), t].mean())


def accuracy(params: Params, x: Any, t: Any) -> float:
    """Share of images whose largest score is that of their digit."""
    return float(np.mean(predict(params, x).argmax(axis=1) == t))


def gradient(params: Params, x: Any, t: Any) -> Params:
    """Backpropagation, one line a layer."""
    h = np.maximum(x @ params["W1"] + params["b1"], 0)  # Affine, ReLU
    p = np.exp(log_softmax(h @ params["W2"] + params["b2"]))  # Affine, softmax
    p[np.arange(len(t)), t] -= 1  # p - t, where a one-hot t has its 1
    dscores = p / len(t)  # SoftmaxWithLoss: (p - t) / n
    dh = dscores @ params["W2"].T  # Affine
    dz = dh * (h > 0)  # ReLU
    return {"W1": x.T @ dz, "b1": dz.sum(axis=0), "W2": h.T @ dscores, "b2": dscores.sum(axis=0)}


def train(params: Params, images: Any, labels: Any, batches: Any) -> Params:
    """One iteration for each batch, which is a row of row numbers."""
    for rows in batches:
        x, t = images[rows], labels[rows]
        slopes = gradient(params, x, t)
        params = {name: W - RATE * slopes[name] for name, W in params.items()}
    return params


def numerical_gap(params: Params, x: Any, t: Any) -> dict[str, tuple[int, float, float]]:
    """Compare with central differences: all of b1, W2 and b2, and of W1 the rows of 20 pixels in the middle.

    Returns for each block how many entries were compared, and their mean and largest difference.
    """
    backpropagated = gradient(params, x, t)
    found = {}
    for name, W in params.items():
        rows = range(400, 420) if name == "W1" else range(len(W))
        # (row, column) of W1 and W2, (row,) of b1 and b2
        places = [(row, *rest) for row in rows for rest in np.ndindex(W.shape[1:])]
        gaps = [abs(central(params, W, place, x, t) - backpropagated[name][place]) for place in places]
        found[name] = (len(places), float(np.mean(gaps)), float(max(gaps)))
    return found


def central(params: Params, W: Array, place: tuple[int, ...], x: Any, t: Any) -> float:
    """The derivative of the loss by one entry, from a little above and a little below."""
    kept = W[place]
    W[place] = kept + STEP
    above = loss(params, x, t)
    W[place] = kept - STEP
    below = loss(params, x, t)
    W[place] = kept
    return (above - below) / (2 * STEP)


def draw_accuracies(history: list[dict[str, Any]]) -> Callable[[Any], None]:
    """Return what draws both accuracies."""

    def lines(axes: Any) -> None:
        steps = [record["step"] for record in history]
        axes.plot(steps, [record["training_metric"] for record in history], marker="o", ms=3, label="train")
        axes.plot(steps, [record["validation_metric"] for record in history], "--", marker="s", ms=3,
                  label="test")  # fmt: skip
        axes.set(xlabel="iteration", ylabel="accuracy", ylim=(0.85, 1.0), title="784 - 50 - 10 on MNIST")
        axes.grid(alpha=0.3)
        axes.legend(loc="lower right")

    return lines


def draw_weights(W1: Array) -> Callable[[Any], None]:
    """Return what draws the weights of 32 hidden neurons as images."""

    def mosaic(axes: Any) -> None:
        tiles = [weights.reshape(28, 28) for weights in W1.T[:32]]
        picture = np.vstack([np.hstack(tiles[first : first + 8]) for first in (0, 8, 16, 24)])
        limit = float(np.abs(picture).max())
        axes.imshow(picture, cmap="RdBu_r", vmin=-limit, vmax=limit)
        axes.set(xticks=[], yticks=[], title="What 32 hidden neurons look for (W1: red above 0, blue below)")

    return mosaic


def lesson(page: Page) -> None:
    """The images, the network, the check, 600 iterations, and all of them."""
    images, labels = images_and_labels()
    x_train, t_train, x_test, t_test = images[:60_000], labels[:60_000], images[60_000:], labels[60_000:]
    # for each epoch 600 batches of 100 row numbers, drawn with replacement: an image may come twice
    batches = np.random.default_rng(1).integers(0, 60_000, (EPOCHS, REPORT, BATCH))

    the_images(page, images, labels)
    the_network(page, x_train, t_train)
    params = first_iterations(page, x_train, t_train, x_test, t_test, batches[0])
    the_same_in_forpass(page, params, x_train, t_train, x_test, t_test, batches)


def the_images(page: Page, images: Any, labels: Any) -> None:
    """What an example is."""
    page.part("The images")
    page.say(
        "MNIST has 60,000 handwritten digits for training and 10,000 for testing, each of 28 x 28 pixels "
        "from 0 to 255, here divided by 255. For a network of this kind an image is a row of 784 numbers. "
        "The first shows a {digit}:",
        digit=labels[0],
    )
    for row in images[0].reshape(28, 28)[4:26]:
        page.formula("".join(SHADES[min(int(pixel * 10), 9)] for pixel in row))
    page.figure("first_label", labels[0])


def the_network(page: Page, x: Any, t: Any) -> None:
    """Its size, its first loss, and its gradient checked."""
    page.part("The network: TwoLayerNet(784, 50, 10)")
    params = first_params()
    page.table(
        ["block", "shape", "parameters"],
        [[name, str(W.shape), f"{W.size:,}"] for name, W in params.items()],
    )
    count = sum(W.size for W in params.values())
    page.say(
        "{count:,} parameters. The weights begin as 0.01 times normal numbers, so all scores are near 0, all "
        "digits have the share 1/10, and the loss is near ln 10 = 2.3026: here {loss:.4f}.",
        count=count,
        loss=loss(params, x[:BATCH], t[:BATCH]),
    )
    page.figure("parameters", count)
    page.figure("first_loss", loss(params, x[:BATCH], t[:BATCH]))

    page.say(
        "First the check. On three images, backpropagation and the numerical gradient (h = 0.0001) differ by "
        "so much; of W1 only the weights of 20 pixels are tried:"
    )
    gaps = numerical_gap(params, x[:3], t[:3])
    page.table(
        ["block", "compared", "on average", "at most"],
        [[name, n, f"{mean:.0e}", f"{largest:.0e}"] for name, (n, mean, largest) in gaps.items()],
    )
    page.figure("gaps", {name: largest for name, (_, _, largest) in gaps.items()})
    page.say(
        "(The tutorial has up to 1e-07. A constant of 0.0000001 in the logarithm, as textbooks have it, "
        "makes the gap of b2 as large here: see the lesson errata, 8.)"
    )


def first_iterations(page: Page, x: Any, t: Any, x_test: Any, t_test: Any, batches: Any) -> Params:
    """NumPy's share of the run."""
    page.part("The first 600 iterations")
    page.say(
        "An iteration draws 100 images, takes their gradient, and moves every parameter by -0.1 times it. "
        "600 iterations draw as many images as there are: an epoch. NumPy's accuracy before and after them:"
    )
    before = first_params()
    params = train(before, x, t, batches)
    rows = {0: before, REPORT: params}
    page.table(["iteration", "train", "test"], [
        [number, f"{accuracy(p, x[:10_000], t[:10_000]):.4f}", f"{accuracy(p, x_test, t_test):.4f}"]
        for number, p in rows.items()
    ])  # fmt: skip
    page.say("(Train is measured on the first 10,000 training images here, on all of them below.)")
    page.figure("numpy_test_accuracy", accuracy(params, x_test, t_test))
    return params


def the_same_in_forpass(
    page: Page, params: Params, x_train: Any, t_train: Any, x_test: Any, t_test: Any, batches: Any
) -> None:
    """The same 600 iterations to many digits, and all 10,000 with the accuracy of every 600."""
    import forpass as fp

    page.part("10,000 iterations in forpass")
    spec = fp.multilayer(784, [50], 10, "softmax_cross_entropy", activation="relu")
    train_data, test_data = fp.Data(x_train, targets=t_train), fp.Data(x_test, targets=t_test)

    def run(iterations: int, dtype: str, test: fp.Data | None) -> fp.TrainedModel:
        training = fp.TrainingSpec(
            epochs=EPOCHS,
            batch_size=BATCH,
            optimizer=fp.OptimizerSpec("gradient_descent", RATE),
            stopping=fp.StoppingSpec(max_steps=iterations, restore_best=False),
            training_metrics=test is not None,
            dtype=dtype,
        )
        return fp.train(
            spec,
            training,
            train_data,
            validation=test,
            parameters=first_params(),
            order=lambda epoch: batches[epoch].ravel(),
        )

    page.say("forpass is given the same first weights and the same batches.")
    same = run(REPORT, "float64", None)
    page.same("all parameters after 600 iterations", same.parameters,
              network_of(spec, params).parameters, digits=10)  # fmt: skip

    model = run(ITERATIONS, "float32", test_data)
    seconds = model.history[-1].seconds
    page.say(
        "Then all 10,000, in float32, with the accuracy on all images every 600; it took {seconds:.1f} s:",
        seconds=seconds,
    )
    records = [
        {name: getattr(record, name) for name in ("step", "training_metric", "validation_metric")}
        for record in model.history
    ]
    page.table(["iteration", "train", "test"], [
        [record["step"], f"{record['training_metric']:.4f}", f"{record['validation_metric']:.4f}"]
        for record in records
    ])  # fmt: skip
    page.say(
        "The tutorial ends at 0.97, and so does this. Train and test rise together and end {gap:.3f} apart: "
        "so small a network has hardly begun to learn its 60,000 images by heart.",
        gap=records[-1]["training_metric"] - records[-1]["validation_metric"],
    )
    page.figure("accuracy", records)
    page.plot("accuracy", draw_accuracies(records))
    page.plot("weights", draw_weights(model.weights["W1"]))
