"""Make maths.json: what the formulas of forpass.maths must give, computed with mpmath.

Every function is written here once more, as a textbook has it and without a thought for rounding,
and evaluated with 800 digits; derivatives are numerical ones taken with as many. Results are the
nearest float64. Nothing of forpass is imported. Run it in the folder of this file::

    python make_maths_golden.py
"""

import json
from pathlib import Path

import mpmath as mp

mp.mp.dps = 800  # 1 + exp(-745) must not be rounded to 1

TINY = [1e-300, 1e-20, 1e-8]
POINTS = [s * a for a in [*TINY, 0.1, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 100.0, 745.0, 1e4] for s in (1.0, -1.0)]
LEAST = mp.mpf(2) ** -1075  # half the smallest float64: what lies below is 0
MOST = mp.mpf(2) ** 1024


def nearest(value):
    """The float64 nearest to an exact number; None where it would overflow."""
    value = mp.mpf(value)
    if abs(value) <= LEAST:
        return 0.0
    return None if abs(value) >= MOST else float(value)


def derivative(function, z):
    return mp.diff(function, mp.mpf(z))


def log_1_plus_exp(z):
    return mp.log(1 + mp.exp(z))


def logistic(z):
    return 1 / (1 + mp.exp(-z))


SELU_ALPHA, SELU_SCALE = (
    -mp.sqrt(2 / mp.pi) / (mp.erfc(mp.sqrt(mp.mpf(1) / 2)) * mp.exp(mp.mpf(1) / 2) - 1),
    (1 - mp.erfc(1 / mp.sqrt(2)) * mp.sqrt(mp.e))
    * mp.sqrt(2 * mp.pi)
    / mp.sqrt(
        2 * mp.erfc(mp.sqrt(2)) * mp.e**2
        + mp.pi * mp.erfc(1 / mp.sqrt(2)) ** 2 * mp.e
        - 2 * (2 + mp.pi) * mp.erfc(1 / mp.sqrt(2)) * mp.sqrt(mp.e)
        + mp.pi
        + 2
    ),
)

CLIPPED = mp.mpf(19) / 8

ACTIVATIONS = {
    "step": lambda z: mp.mpf(1) if z > 0 else mp.mpf(0),
    "identity": lambda z: z,
    "relu": lambda z: max(z, 0),
    "leaky_relu": lambda z, slope: z if z > 0 else slope * z,
    "unclipped": lambda z: min(abs(z), CLIPPED) * mp.sign(z) / mp.sqrt(1 - (min(abs(z), CLIPPED) / 3) ** 2),
    "sigmoid": logistic,
    "tanh": lambda z: (mp.exp(z) - mp.exp(-z)) / (mp.exp(z) + mp.exp(-z)),
    "elu": lambda z, alpha: z if z > 0 else alpha * (mp.exp(z) - 1),
    "selu": lambda z: SELU_SCALE * (z if z > 0 else SELU_ALPHA * (mp.exp(z) - 1)),
    "softplus": log_1_plus_exp,
    "silu": lambda z: z * logistic(z),
    "gelu": lambda z: z * mp.erfc(-z / mp.sqrt(2)) / 2,
    "mish": lambda z: z * mp.tanh(log_1_plus_exp(z)),
}
ACTIVATION_SETTINGS = {"leaky_relu": [0.25], "elu": [1.5]}

COLUMNWISE = {
    "scale": lambda z, s: z * s,
    "shift": lambda z, b: z + b,
    "parametric_relu": lambda z, a: (1 - a) * z + a * ACTIVATIONS["relu"](z),
    "parametric_selu": lambda z, a: (1 - a) * z + a * ACTIVATIONS["selu"](z),
    "parametric_mish": lambda z, a: (1 - a) * z + a * ACTIVATIONS["mish"](z),
}
COLUMN_NUMBER = 0.75


def binary_cross_entropy(z, t):
    return -(t * mp.log(logistic(z)) if t else 0) - ((1 - t) * mp.log(logistic(-z)) if t != 1 else 0)


LOSSES = {
    "squared": lambda z, t: (z - t) ** 2 / 2,
    "absolute": lambda z, t: abs(z - t),
    "quantile": lambda z, t, level: max(level * (t - z), (1 - level) * (z - t)),
    "huber": lambda z, t, delta: (z - t) ** 2 / 2 if abs(z - t) < delta else delta * (abs(z - t) - delta / 2),
    "perceptron": lambda z, t: max(mp.mpf(0), -(2 * t - 1) * z),
    "hinge": lambda z, t: max(mp.mpf(0), 1 - (2 * t - 1) * z),
    "poisson": lambda z, t: mp.exp(z) - t * z + (t * mp.log(t) - t if t > 0 else 0),
    "sigmoid_cross_entropy": lambda z, t, smoothing: binary_cross_entropy(
        z, (1 - smoothing) * t + smoothing / 2
    ),
    "sigmoid_squared": lambda z, t: (logistic(z) - t) ** 2 / 2,
}
LOSS_SETTINGS = {"quantile": [0.75], "huber": [2.0], "sigmoid_cross_entropy": [0.0]}
LABELS = [0.0, 1.0]
TARGETS = {
    "squared": [0.0, 1.5],
    "absolute": [0.0, 1.5],
    "quantile": [0.0, 1.5],
    "huber": [0.0, 1.5],
    "perceptron": LABELS,
    "hinge": LABELS,
    "poisson": [0.0, 3.0],
    "sigmoid_cross_entropy": [0.0, 0.75, 1.0],
    "sigmoid_squared": [0.0, 0.75, 1.0],
}
KINKS = {"hinge": lambda z, t: (2 * t - 1) * z == 1}

ROWS = [
    [0.0, 0.0, 0.0],
    [1e-300, 0.0, -1e-300],
    [0.1, -0.2, 0.3],
    [5.0, 0.0, -5.0],
    [30.0, 0.0, -30.0],
    [1000.0, 0.0, -1000.0],
    [10000.0, 9999.0, 9998.0],
    [-10000.0, -10000.0, 10000.0],
]


def softmax(z):
    return [mp.exp(a) / sum(mp.exp(b) for b in z) for a in z]


def cross_entropy(z, t, smoothing):
    t = [(1 - smoothing) * a + smoothing / len(t) for a in t]
    return -sum(a * mp.log(p) for a, p in zip(t, softmax(z), strict=True) if a)


def partial(function, row, j):
    return derivative(lambda x: function([x if i == j else mp.mpf(a) for i, a in enumerate(row)]), row[j])


LINKS = {"identity": lambda z: z, "exponential": mp.exp, "logistic": logistic}

FANS = (3, 5)
UNIFORMS = [2.0**-53, 1e-10, 0.01, 0.02425, 0.25, 0.5, 0.625, 0.75, 0.97575, 0.99, 1 - 1e-10, 1 - 2.0**-53]


def quantile(u):
    return mp.sqrt(2) * mp.erfinv(2 * u - 1)


INITIALIZERS = {
    "zeros": lambda u, i, o: mp.mpf(0),
    "constant": lambda u, i, o, value: value,
    "uniform": lambda u, i, o, low, high: (1 - u) * low + u * high,
    "random_sign": lambda u, i, o: mp.mpf(-1 if 2 * u < 1 else 1),
    "normal": lambda u, i, o, std: std * quantile(u),
    "uniform_fan_in": lambda u, i, o: (2 * u - 1) / mp.sqrt(i),
    "lecun_uniform": lambda u, i, o: (2 * u - 1) * mp.sqrt(mp.mpf(3) / i),
    "lecun_normal": lambda u, i, o: quantile(u) / mp.sqrt(i),
    "he_uniform": lambda u, i, o: (2 * u - 1) * mp.sqrt(mp.mpf(6) / i),
    "he_normal": lambda u, i, o: quantile(u) * mp.sqrt(mp.mpf(2) / i),
    "glorot_uniform": lambda u, i, o: (2 * u - 1) * mp.sqrt(mp.mpf(6) / (i + o)),
    "glorot_normal": lambda u, i, o: quantile(u) * mp.sqrt(mp.mpf(2) / (i + o)),
    "unit_variance": lambda u, i, o: quantile(u),
    "through_rows": lambda u, i, o: mp.mpf(0),
}
INITIALIZER_SETTINGS = {"constant": [0.375], "uniform": [-0.5, 1.5], "normal": [2.0]}

TOTAL = 1000
COUNTERS = [0, 1, 2, 7, 99, 250, 299, 300, 301, 499, 500, 501, 750, 998, 999, 1000]


def cosine_between(a, b, p):
    return a * (1 + mp.cos(mp.pi * p)) / 2 + b * (1 - mp.cos(mp.pi * p)) / 2


SCHEDULES = {
    "constant": lambda k, n: mp.mpf(1),
    "step": lambda k, n, every, factor: factor ** mp.floor(k / every),
    "exponential": lambda k, n, decay: decay**k,
    "inverse_scaling": lambda k, n, power: (k + 1) ** -power,
    "linear_warmup": lambda k, n, length: min((k + 1) / length, mp.mpf(1)),
    "cosine": lambda k, n, final: cosine_between(1, final, k / n),
    "flat_cosine": lambda k, n: mp.mpf(1) if 2 * k < n else (1 + mp.cos(mp.pi * (2 * k / n - 1))) / 2,
    "warmup_cosine": lambda k, n, warmup: (
        k / n / warmup if k / n < warmup else (1 + mp.cos(mp.pi * (k / n - warmup) / (1 - warmup))) / 2
    ),
    "one_cycle": lambda k, n, warmup, start, final: (
        cosine_between(start, 1, k / n / warmup)
        if k / n < warmup
        else cosine_between(1, final, (k / n - warmup) / (1 - warmup))
    ),
    "coslog4": lambda k, n: (1 - mp.cos(2 * mp.pi * mp.log(1 + 15 * k / n, 2))) / 2,
}
SCHEDULE_SETTINGS = {
    "step": [100.0, 0.5],
    "exponential": [0.9],
    "inverse_scaling": [0.5],
    "linear_warmup": [300.0],
    "cosine": [0.125],
    "warmup_cosine": [0.25],
    "one_cycle": [0.25, 0.0625, 0.001],
}

STEPS = [1, 2, 10, 1000, 1_000_000]
ADAM_SETTINGS = [
    [0.9, 0.999, 1e-8, 0.0],
    [0.9, 0.999, 0.0, 1e-8],
    [0.0, 0.999999, 1e-8, 1e-7],
    [0.5, 0.0, 1.0, 1.0],
]


def adam_coefficients(t, beta1, beta2, epsilon, epsilon_hat):
    root = mp.sqrt(1 - beta2**t)
    return [beta1, 1 - beta1, beta2, 1 - beta2, root / (1 - beta1**t), epsilon * root + epsilon_hat]


COLUMN = [1e8 + 1.0, 1e8 + 2.0, 1e8 + 4.0, 1e8 - 7.0, 1e8]
NORMALISATION_EPSILON = 0.5


def exact(numbers):
    return [mp.mpf(a) for a in numbers]


def with_settings(function, settings):
    settings = exact(settings)
    return lambda z: function(z, *settings)


def main():
    kinds = "activations", "columnwise", "losses", "links", "initializers", "schedules"
    golden = {kind: {} for kind in kinds}
    for name, f in ACTIVATIONS.items():
        settings = ACTIVATION_SETTINGS.get(name, [])
        g = with_settings(f, settings)
        golden["activations"][name] = {
            "settings": settings,
            "z": POINTS,
            "value": [nearest(g(mp.mpf(z))) for z in POINTS],
            "derivative": [nearest(derivative(g, z)) for z in POINTS],
        }
    for name, f in COLUMNWISE.items():
        g, p = with_settings(f, [COLUMN_NUMBER]), mp.mpf(COLUMN_NUMBER)
        golden["columnwise"][name] = {
            "p": COLUMN_NUMBER,
            "z": POINTS,
            "value": [nearest(g(mp.mpf(z))) for z in POINTS],
            "derivative": [nearest(derivative(g, z)) for z in POINTS],
            "by_p": [nearest(mp.diff(lambda a, f=f, z=z: f(mp.mpf(z), a), p)) for z in POINTS],
        }
    for name, f in LOSSES.items():
        settings = LOSS_SETTINGS.get(name, [])
        rows = []
        for t in TARGETS[name]:
            g = with_settings(f, [t, *settings])
            smooth = [z for z in POINTS if name not in KINKS or not KINKS[name](z, t)]
            rows += [(z, t, nearest(g(mp.mpf(z))), nearest(derivative(g, z))) for z in smooth]
        rows = [row for row in rows if None not in row]
        z, t, value, slope = (list(column) for column in zip(*rows, strict=True))
        golden["losses"][name] = {"settings": settings, "z": z, "t": t, "value": value, "derivative": slope}
    cases = [(row, t, s) for row in ROWS for t, s in (([1.0, 0.0, 0.0], 0.0), ([0.0, 0.5, 0.5], 0.25))]
    golden["losses"]["softmax_cross_entropy"] = {
        "z": [row for row, _, _ in cases],
        "t": [t for _, t, _ in cases],
        "smoothing": [s for _, _, s in cases],
        "value": [nearest(cross_entropy(exact(row), exact(t), mp.mpf(s))) for row, t, s in cases],
        "derivative": [
            [
                nearest(partial(lambda z, t=t, s=s: cross_entropy(z, exact(t), mp.mpf(s)), row, j))
                for j in range(len(row))
            ]
            for row, t, s in cases
        ],
    }
    for name, f in LINKS.items():
        kept = [z for z in POINTS if nearest(f(mp.mpf(z))) is not None]
        golden["links"][name] = {
            "z": kept,
            "value": [nearest(f(mp.mpf(z))) for z in kept],
            "derivative": [nearest(derivative(f, z)) for z in kept],
        }
    golden["links"]["softmax"] = {
        "z": ROWS,
        "value": [[nearest(p) for p in softmax(exact(row))] for row in ROWS],
        "derivative": [[nearest(partial(lambda z: softmax(z)[0], row, j)) for j in range(3)] for row in ROWS],
    }
    for name, f in INITIALIZERS.items():
        settings = INITIALIZER_SETTINGS.get(name, [])
        golden["initializers"][name] = {
            "settings": settings,
            "fans": FANS,
            "u": UNIFORMS,
            "value": [nearest(f(mp.mpf(u), *FANS, *exact(settings))) for u in UNIFORMS],
        }
    for name, f in SCHEDULES.items():
        settings = SCHEDULE_SETTINGS.get(name, [])
        golden["schedules"][name] = {
            "settings": settings,
            "total": TOTAL,
            "k": COUNTERS,
            "value": [nearest(f(mp.mpf(k), mp.mpf(TOTAL), *exact(settings))) for k in COUNTERS],
        }
    golden["adam_coefficients"] = [
        {"t": t, "settings": s, "value": [nearest(c) for c in adam_coefficients(t, *exact(s))]}
        for s in ADAM_SETTINGS
        for t in STEPS
    ]
    column = exact(COLUMN)
    mean = sum(column) / len(column)
    variance = sum((x - mean) ** 2 for x in column) / len(column)
    golden["normalisation"] = {
        "x": COLUMN,
        "epsilon": NORMALISATION_EPSILON,
        "mean": nearest(mean),
        "variance": nearest(variance),
        "xhat": [nearest((x - mean) / mp.sqrt(variance + NORMALISATION_EPSILON)) for x in column],
    }
    lines = [
        f"{json.dumps(kind)}: "
        + (
            "{\n " + ",\n ".join(f"{json.dumps(k)}: {json.dumps(v)}" for k, v in part.items()) + "\n}"
            if isinstance(part, dict)
            else "[\n " + ",\n ".join(json.dumps(v) for v in part) + "\n]"
        )
        for kind, part in golden.items()
    ]
    Path(__file__).with_name("maths.json").write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
