"""The first values of parameters: made once, in float64, from seed and layout alone."""

import math
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
            uniforms(math.prod(block.drawn_shape), stream_key(seed, "parameters"), (number, 0, 0))
            if initializer.random
            else np.full(math.prod(block.drawn_shape), 0.5)
        )
        settings = block.initializer.settings.values()
        drawn = initializer.function(U, float(block.fan_in), float(block.fan_out), *settings)
        vector[block.slice] = block.spread(drawn.reshape(block.drawn_shape)).ravel()
        if block.zero_first:
            vector[block.slice].reshape(block.shape)[0] = 0.0
    return vector
