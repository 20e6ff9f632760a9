"""Products are the sums they say, in order, whatever tiles and processor they are computed with."""

import llvmlite.binding as llvm
import numpy as np
import pytest
from running_kernels import run_kernel

from forpass.engines.compiled.kernels import products
from forpass.engines.compiled.kernels.products import NARROW, WIDE, Tile, product
from forpass.engines.compiled.language.code import Code
from forpass.engines.compiled.runtime import compiler

ROWS, TERMS, LINES = 29, 11, 5  # every remainder of rows and lines by the tiles below


def product_of(A, B, start, unit=4, halves=None):
    """Run the kernel on whole lines, or so many halves; return A B + start."""
    code, reals = Code(A.dtype.name), (0, 3, 5, 11)
    given = [code.array(code.words[i], code.real) if i in reals else code.words[i] for i in range(12)]
    product(code, *given, numbered="no")
    C = np.full((len(A), B.shape[1]), np.nan, A.dtype)
    shape = [len(A), A.shape[1], unit, halves or B.shape[1] * B.itemsize // 32]
    operands = [A, A.shape[1], 1, B, B.shape[1], C, C.shape[1], *shape, start]
    run_kernel(code, operands, end=-(-len(A) // unit))
    return C


def factors(dtype):
    rng, width = np.random.default_rng(0), LINES * 64 // np.dtype(dtype).itemsize
    shapes = (ROWS, TERMS), (TERMS, width), (1, width)
    return [rng.standard_normal(shape).astype(dtype) for shape in shapes]


@pytest.mark.slow
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    "tile",
    [
        WIDE,
        NARROW,
        *(Tile((h, 4, 2, 1), n, (4, 2, 1)) for h in (5, 6, 8) for n in (1, 2)),
        Tile((2, 1), 3, (3, 2, 1)),
    ],
)
def test_the_shape_of_tiles_changes_no_bit(tile, dtype, monkeypatch):
    A, B, start = factors(dtype)
    right = product_of(A, B, start)
    assert np.allclose(right, A @ B + start, rtol=0, atol=64 * np.finfo(dtype).eps)
    monkeypatch.setattr(products, "tile", lambda: tile)
    assert product_of(A, B, start).tobytes() == right.tobytes()
    for halves in range(1, 2 * LINES + 1):
        computed = halves * 32 // A.itemsize
        C = product_of(A, B, start, halves=halves)
        assert C[:, :computed].tobytes() == right[:, :computed].tobytes()
        beyond = computed + halves % 2 * 32 // A.itemsize
        assert np.all(C[:, computed:beyond] == 0.0) and np.all(np.isnan(C[:, beyond:]))


def without_avx512():
    """The processor at hand, or what it would be with vectors half as long."""
    found = llvm.get_host_cpu_features()
    features = ",".join(
        f"{'+' if has and not name.startswith('avx512') else '-'}{name}" for name, has in found.items()
    )
    target = llvm.Target.from_triple(llvm.get_process_triple())
    options = {"reloc": "pic", "codemodel": "jitdefault", "jit": True}
    return target.create_target_machine(cpu="", features=features, opt=2, **options)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_shorter_vectors_change_no_bit(dtype, monkeypatch):
    A, B, start = factors(dtype)
    right = product_of(A, B, start)
    machine = without_avx512()
    monkeypatch.setattr(compiler, "_machine", lambda: machine)
    monkeypatch.setattr(compiler, "_target_words", lambda: ("shorter vectors",))
    assert product_of(A, B, start).tobytes() == right.tobytes()


def test_largest_tiles_fit_into_the_registers():
    # sums, a line of terms, a factor; in registers of 64 bytes, 32 and 16
    for tile, registers, per_line in ((WIDE, 32, 1), (NARROW, 16, 2), (NARROW, 32, 4)):
        assert (tile.rows[0] * tile.lines + tile.lines) * per_line + 1 <= registers
        per_row = tile.lines * per_line + max(per_line // 2, 1)
        assert (tile.rows_beside_half[0] + 1) * per_row + 1 <= registers
