"""The numbers that formulas are made of, by name.

A bare ``0.5`` inside a formula would turn a float32 scalar into a float64 one in a compiled engine,
so formulas name their constants, and binding gives each name the engine's working type. Integers
appear in formulas only where they are compared (``z > 0``).
"""

import math

ZERO = 0.0
HALF = 0.5
ONE = 1.0
TWO = 2.0

SQRT_HALF = math.sqrt(0.5)
INVERSE_SQRT_TWO_PI = 1.0 / math.sqrt(2.0 * math.pi)

EXACT = 2**53
"""Up to here float64 holds every whole number."""
