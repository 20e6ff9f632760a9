"""The few functions that a C file has of its own, of which it holds those that it uses."""

from __future__ import annotations

from forpass.exports.c.names import C_TYPES
from forpass.exports.graph import Kind

__all__ = ["HELPERS", "LEVEL_OF_NUMBER", "NUMBER_OF_WORD", "helper_name", "helper_source"]

HELPERS = {
    "larger": """\
/* The larger of two numbers; NaN if one is, unlike fmax. */
static REAL NAME(REAL a, REAL b)
{
    return a >= b || isnan(a) ? a : b;
}
""",
    "smaller": """\
/* The smaller of two numbers; NaN if one is, unlike fmin. */
static REAL NAME(REAL a, REAL b)
{
    return a <= b || isnan(a) ? a : b;
}
""",
    "sign_of": """\
/* -1, 0 or 1; NaN of NaN. */
static REAL NAME(REAL a)
{
    return a > 0 ? 1 : a < 0 ? -1 : a == 0 ? 0 : a;
}
""",
    "product": """\
/* z = x W for a row x of d_in numbers and a matrix W (d_in, d_out), row by row. Eight sums at a time
   stay in registers; each is added up in the order of the rows. */
static void NAME(int d_in, int d_out, const REAL *restrict x, const REAL *restrict W, REAL *restrict z)
{
    int j = 0;
    for (; j + 8 <= d_out; j += 8) {
        REAL a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0;
        const REAL *w = W + j;
        for (int i = 0; i < d_in; i++, w += d_out) {
            const REAL s = x[i];
            a += s * w[0];
            b += s * w[1];
            c += s * w[2];
            d += s * w[3];
            e += s * w[4];
            f += s * w[5];
            g += s * w[6];
            h += s * w[7];
        }
        z[j] = a;
        z[j + 1] = b;
        z[j + 2] = c;
        z[j + 3] = d;
        z[j + 4] = e;
        z[j + 5] = f;
        z[j + 6] = g;
        z[j + 7] = h;
    }
    for (; j < d_out; j++) {
        REAL sum = 0;
        for (int i = 0; i < d_in; i++)
            sum += x[i] * W[i * d_out + j];
        z[j] = sum;
    }
}
""",
    "row_sum": """\
/* The sum of n numbers, from the first to the last. */
static REAL NAME(int n, const REAL *z)
{
    REAL sum = 0;
    for (int i = 0; i < n; i++)
        sum += z[i];
    return sum;
}
""",
    "row_max": """\
/* The largest of n numbers; NaN if one is. */
static REAL NAME(int n, const REAL *z)
{
    REAL largest = z[0];
    for (int i = 1; i < n; i++)
        if (z[i] > largest || isnan(z[i]))
            largest = z[i];
    return largest;
}
""",
    "member_sum": """\
/* The sums of n rows of d numbers, from the first row to the last. */
static void NAME(int n, int d, const REAL *z, REAL *sum)
{
    for (int j = 0; j < d; j++) {
        sum[j] = z[j];
        for (int i = 1; i < n; i++)
            sum[j] += z[d * i + j];
    }
}
""",
    "member_max": """\
/* The largest of each column of n rows of d numbers; NaN if one is. */
static void NAME(int n, int d, const REAL *z, REAL *largest)
{
    for (int j = 0; j < d; j++) {
        largest[j] = z[j];
        for (int i = 1; i < n; i++)
            if (z[d * i + j] > largest[j] || isnan(z[d * i + j]))
                largest[j] = z[d * i + j];
    }
}
""",
    "place_of_largest": """\
/* Where the largest of n numbers stands, of several the first; NaN counts as the largest. */
static int32_t NAME(int n, const REAL *z)
{
    int place = 0;
    for (int i = 1; i < n; i++)
        if (!isnan(z[place]) && (z[i] > z[place] || isnan(z[i])))
            place = i;
    return place;
}
""",
}
"""Source by name; REAL is the type of the numbers, NAME what the function is called for that type."""

LEVEL_OF_NUMBER = """\
/* The level of a number among n in ascending order. */
static int32_t level_of_number(double x, const double *numbers, const int32_t *levels, int n,
                               int32_t missing, int32_t other)
{
    int low = 0;
    if (isnan(x))
        return missing;
    while (n > 0) { /* the first number that is not smaller is the low-th or one of n behind it */
        const int half = n / 2;
        if (numbers[low + half] < x) {
            low += half + 1;
            n -= half + 1;
        } else if (numbers[low + half] > x) {
            n = half;
        } else {
            return levels[low + half];
        }
    }
    return other;
}
"""

NUMBER_OF_WORD = """\
/* Whether two words are the same; with `small` also where letters from A to Z are small in b. */
static bool same_word(const char *a, const char *b, bool small)
{
    for (;; a++, b++) {
        const char letter = small && *a >= 'A' && *a <= 'Z' ? (char)(*a - 'A' + 'a') : *a;
        if (letter != *b)
            return false;
        if (letter == 0)
            return true;
    }
}

/* The place of a word among n, from 0; -1 where it is none of them. */
static int32_t number_of_word(const char *word, const char *const *words, int n, bool small)
{
    for (int i = 0; i < n; i++)
        if (same_word(word, words[i], small))
            return i;
    return -1;
}
"""


def helper_name(name: str, kind: Kind) -> str:
    """Return what a function is called for numbers of a type: as in math.h, with an f for float."""
    return f"{name}f" if kind == "float32" else name if kind == "float64" else f"{name}_of_{kind}"


def helper_source(name: str, kind: Kind) -> str:
    """Return the source of a function for numbers of a type."""
    return HELPERS[name].replace("NAME", helper_name(name, kind)).replace("REAL", C_TYPES[kind])
