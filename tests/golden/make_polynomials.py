"""Make the polynomials behind the compiled engine's exp, log, sin, cos and erfc. Run it to write them anew.

Each interpolates its function at the Chebyshev nodes of an interval, which is within a bit of the
best polynomial of its degree, in 60 digits. The logarithms to base 2 of the errors stand beside the
coefficients.
"""

from pathlib import Path

from mpmath import mp, mpf

TARGET = Path(__file__).parents[2] / "src/forpass/engines/compiled/functions/polynomials.py"

HALF_LOG_2 = "0.35"  # a little more than log(2) / 2, so that rounding does not lead outside
LARGEST_SQUARE = "0.0297"  # of s = f / (2 + f) for f from sqrt(1/2) - 1 to sqrt(2) - 1
LARGEST_ANGLE = "0.8"  # a little more than pi / 4, likewise


def exponential_rest(r):
    """(e^r - 1 - r) / r^2."""
    return sum(r**k / mp.factorial(k + 2) for k in range(40))


def logarithm_rest(z):
    """(log(1 + f) / s - 2) / z with s = f / (2 + f) and z = s^2: a series in z."""
    return sum(2 * z**k / (2 * k + 3) for k in range(60))


def sine_rest(z):
    """(sin(r) / r - 1) / z with z = r^2."""
    return sum((-1) ** (k + 1) * z**k / mp.factorial(2 * k + 3) for k in range(30))


def cosine_rest(z):
    """(cos(r) - 1 + z / 2) / z^2 with z = r^2."""
    return sum((-1) ** k * z**k / mp.factorial(2 * k + 4) for k in range(30))


def scaled_erfc(u):
    """e^(x^2) erfc(x) / t with t = (u + 1) / 2 = 2 / (2 + x): nearly straight for all x >= 0."""
    t = (u + 1) / 2
    x = 2 / t - 2
    return mp.exp(x * x) * mp.erfc(x) / t


def least_u(largest_x):
    """Where scaled_erfc begins if x goes up to largest_x, beyond which erfc is 0."""
    return 4 / (2 + mpf(largest_x)) - 1


POLYNOMIALS = [
    # name, function, interval, how an error in it shows in the result, degree for float32 and float64
    ("EXPONENTIAL", exponential_rest, lambda d: (-mpf(HALF_LOG_2), mpf(HALF_LOG_2)), abs, (5, 11)),
    ("LOGARITHM", logarithm_rest, lambda d: (mpf(0), mpf(LARGEST_SQUARE)), lambda z: z / 2, (3, 7)),
    ("SINE", sine_rest, lambda d: (mpf(0), mpf(LARGEST_ANGLE) ** 2), lambda z: z, (2, 6)),
    ("COSINE", cosine_rest, lambda d: (mpf(0), mpf(LARGEST_ANGLE) ** 2), lambda z: z * z, (2, 6)),
    ("ERFC", scaled_erfc, lambda d: (least_u({13: "10.5", 28: "27.5"}[d]), mpf(1)), None, (13, 28)),
]


def interpolate(function, low, high, degree):
    """Coefficients, lowest power first, of the polynomial through the values at the Chebyshev nodes."""
    n = degree + 1
    nodes = [(low + high + (high - low) * mp.cos(mp.pi * (2 * i + 1) / (2 * n))) / 2 for i in range(n)]
    powers = mp.matrix(n, n)
    for i, x in enumerate(nodes):
        for j in range(n):
            powers[i, j] = x**j
    return list(mp.lu_solve(powers, mp.matrix([function(x) for x in nodes])))


def error(function, coefficients, low, high, weight):
    """Logarithm to base 2 of the largest error in the result."""
    points = [low + (high - low) * i / 1000 for i in range(1001)]
    errors = []
    for x in points:
        value = function(x)
        share = 1 / value if weight is None else weight(x)
        fitted = mp.fsum(c * x**j for j, c in enumerate(coefficients))
        errors.append(abs((fitted - value) * share))
    return float(mp.log(max(errors), 2))


def text():
    """The module."""
    mp.dps = 60
    lines = [
        '"""Coefficients, lowest power first, by working type; made by tests/golden/make_polynomials.py."""',
        "",
        '__all__ = ["COSINE", "ERFC", "EXPONENTIAL", "LOGARITHM", "SINE"]',
    ]
    for name, function, interval, weight, degrees in POLYNOMIALS:
        lines += ["", f"{name}: dict[str, tuple[float, ...]] = {{"]
        for dtype, degree in zip(("float32", "float64"), degrees, strict=True):
            low, high = interval(degree)
            coefficients = interpolate(function, low, high, degree)
            worst = error(function, coefficients, low, high, weight)
            lines.append(f'    "{dtype}": (  # error 2^{worst:.1f}')
            lines += [f"        {float(c)!r}," for c in coefficients]
            lines.append("    ),")
        lines.append("}")
        lines.append(f'"""{function.__doc__}"""')
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    TARGET.write_text(text())
