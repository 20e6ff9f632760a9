"""A table of every kind of column, for tests of tables that are read in portions."""

import numpy as np
from later import later

pl = later("polars")


def rows(n: int, seed: int = 0):
    rng = np.random.default_rng(seed)
    x, z = rng.standard_normal((2, n)).round(2)
    town = rng.choice(["Ulm", "Bonn", "Kiel", "?"], n)
    score = x + (town == "Ulm") - 0.5 * z + 0.3 * rng.standard_normal(n)
    return pl.DataFrame(
        {
            "x": np.where(rng.random(n) < 0.1, np.nan, x),
            "z": z,
            "town": town,
            "who": rng.integers(0, n // 4, n),
            "when": np.arange(n)[::-1],
            "counts": rng.integers(0, 3, n),
            "y": np.where(score > 0.5, "yes", "no"),
        }
    )
