"""Philox against its authors' test vectors, and the numbers made of it."""

from fractions import Fraction

import numpy as np
import pytest
from later import later

from forpass.maths import philox as module
from forpass.maths.philox import philox, scaled, uniforms, words

stats = later("scipy.stats")

ONES = 0xFFFFFFFF
# Random123 1.14, tests/kat_vectors, lines "philox4x32 10": counter, key, output
KNOWN = [
    ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
    ((ONES,) * 4, (ONES,) * 2, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
    (
        (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
        (0xA4093822, 0x299F31D0),
        (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
    ),
]


@pytest.mark.parametrize(("counter", "key", "output"), KNOWN)
@pytest.mark.parametrize("kind", [int, np.uint32, lambda w: np.array([w], dtype=np.uint32)])
def test_published_vectors(counter, key, output, kind):
    got = philox(*(kind(word) for word in counter + key))
    assert tuple(int(word if np.ndim(word) == 0 else word[0]) for word in got) == output


def test_scalars_give_uint32_scalars():
    assert all(type(word) is np.uint32 for word in philox(*[np.uint32(5)] * 6))


def test_arrays_equal_scalars(rng):
    arguments = rng.integers(0, 2**32, size=(6, 50), dtype=np.uint32)
    together = np.array(philox(*arguments))
    apart = np.array([philox(*arguments[:, i]) for i in range(50)]).T
    assert together.dtype == np.uint32
    np.testing.assert_array_equal(together, apart)


def test_arguments_broadcast(rng):
    counter = rng.integers(0, 2**32, size=7, dtype=np.uint32)
    wide = philox(counter, 1, 2, 3, 4, 5)
    np.testing.assert_array_equal(wide[2][3], philox(counter[3], 1, 2, 3, 4, 5)[2])


def test_every_argument_matters():
    base = philox(1, 2, 3, 4, 5, 6)
    for i in range(6):
        changed = [1, 2, 3, 4, 5, 6]
        changed[i] ^= 1 << 31
        other = philox(*changed)
        flipped = sum(int(a ^ b).bit_count() for a, b in zip(base, other, strict=True))
        assert 40 < flipped < 88  # of 128 bits; 64 expected, standard deviation 5.7


def test_words_are_laid_out_in_blocks_of_four():
    got = words(11, key=(7, 8), counter=(9, 10, 11))
    assert got.shape == (11,)
    for i in range(11):
        assert got[i] == philox(i // 4, 9, 10, 11, 7, 8)[i % 4]
    assert words(4, (0, 0), (0, 0, 0)).tolist() == list(KNOWN[0][2])


@pytest.mark.parametrize("count", [0, 1, 3, 4, 5, 100])
def test_a_shorter_request_is_a_prefix(count):
    np.testing.assert_array_equal(words(count, (1, 2), (3, 4, 5)), words(101, (1, 2), (3, 4, 5))[:count])
    np.testing.assert_array_equal(
        uniforms(count, (1, 2), (3, 4, 5)), uniforms(101, (1, 2), (3, 4, 5))[:count]
    )


def test_words_of_different_streams_have_nothing_in_common():
    streams = [words(1000, (seed, 0), (0, 0, step)) for seed in range(3) for step in range(3)]
    streams += [
        words(1000, (0, 1), (0, 0, 0)),
        words(1000, (0, 0), (1, 0, 0)),
        words(1000, (0, 0), (0, 1, 0)),
    ]
    for i, first in enumerate(streams):
        for second in streams[:i]:
            assert not (first == second).any()


def test_uniforms_from_published_words():
    # the first two published words, cut to 26 bits each, put together by hand
    expected = Fraction((0x6627E8D5 // 64) * 2**26 + 0xE169C58D // 64, 2**52) + Fraction(1, 2**53)
    assert Fraction(uniforms(1, (0, 0), (0, 0, 0))[0]) == expected


@pytest.mark.parametrize(("word", "expected"), [(0, 2.0**-53), (ONES, 1.0 - 2.0**-53)])
def test_uniforms_stay_inside_the_open_interval(word, expected, monkeypatch):
    monkeypatch.setattr(module, "words", lambda count, key, counter: np.full(count, word, dtype=np.uint32))
    assert uniforms(1, (0, 0), (0, 0, 0)).tolist() == [expected]
    assert 0.0 < expected < 1.0


def test_uniforms_are_uniform():
    U = uniforms(100_000, (12345, 6), (0, 0, 0))
    assert stats.kstest(U, "uniform").pvalue > 0.01
    # and so are the last bits
    assert stats.kstest(U * 2.0**26 % 1.0, "uniform").pvalue > 0.01


def test_words_have_fair_bits():
    bits = np.unpackbits(words(100_000, (3, 1), (0, 0, 0)).view(np.uint8).reshape(-1, 4), axis=1)
    share = bits.mean(axis=0)
    assert np.abs(share - 0.5).max() < 4.5 * 0.5 / np.sqrt(100_000)


@pytest.mark.parametrize("n", [1, 2, 3, 10, 1000, 2**31, 2**32 - 1])
def test_scaled_ends(n):
    assert scaled(0, n) == 0
    assert scaled(ONES, n) == n - 1


def test_scaled_is_exactly_floor(rng):
    word = rng.integers(0, 2**32, size=1000, dtype=np.uint32)
    n = rng.integers(1, 2**32, size=1000, dtype=np.uint32)
    expected = [int(a) * int(b) // 2**32 for a, b in zip(word, n, strict=True)]
    assert scaled(word, n).tolist() == expected


def test_scaled_is_fair():
    counts = np.bincount(scaled(words(70_000, (1, 1), (0, 0, 0)), 7), minlength=7)
    assert stats.chisquare(counts).pvalue > 0.01
