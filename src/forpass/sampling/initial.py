"""The first values of parameters: made once, in float64, from seed and layout alone."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from forpass.maths.initializers import INITIALIZERS
from forpass.maths.philox import uniforms
from forpass.sampling.streams import stream_key
from forpass.spec.layout import ParameterLayout

__all__ = ["initial_values"]


def initial_values(layout: ParameterLayout, seed: int) -> NDArray[np.float64]:
    """Draw the first values of every block of a layout, float64 (layout.size,).

    Each block has its own counter, so adding a layer on top leaves those below as they were.
    """
    vector = np.empty(layout.size, np.float64)
    for number, block in enumerate(layout.blocks):
        initializer = INITIALIZERS[block.initializer.name]
        U: Any = (
            uniforms(block.size, stream_key(seed, "parameters"), (number, 0, 0))
            if initializer.random
            else np.full(block.size, 0.5)
        )
        settings = block.initializer.settings.values()
        vector[block.slice] = initializer.function(U, float(block.fan_in), float(block.fan_out), *settings)
        if block.zero_first:
            vector[block.slice].reshape(block.shape)[0] = 0.0
    return vector
