"""Products are the sums they say, in order, whatever tiles and processor they are computed with."""

import llvmlite.binding as llvm
import numpy as np
import pytest
from running_kernels import run_kernel

from forpass.engines.compiled.kernels import products, tiles
from forpass.engines.compiled.kernels.products import COPIES, copies, product, room
from forpass.engines.compiled.kernels.tiles import NARROW, WIDE, Tile, in_tiles
from forpass.engines.compiled.language.code import Code
from forpass.engines.compiled.language.places import Variable
from forpass.engines.compiled.language.types import I64
from forpass.engines.compiled.runtime import compiler

ROWS, TERMS, LINES = 29, 11, 5  # every remainder of rows and lines by the tiles below


def product_of(A, B, start, unit=4, halves=None, copied="nothing"):
    """Run the kernel on whole lines, or so many halves; return A B + start."""
    code, reals = Code(A.dtype.name), (0, 3, 5, 11)
    given = [code.array(code.words[i], code.real) if i in reals else code.words[i] for i in range(12)]
    product(code, *given, numbered="no", copied=copied)
    C = np.full((len(A), B.shape[1]), np.nan, A.dtype)
    shape = [len(A), A.shape[1], unit, halves or B.shape[1] * B.itemsize // 32]
    strides = [stride // A.itemsize for stride in A.strides]
    operands = [A, *strides, B, B.shape[1], C, C.shape[1], *shape, start]
    size = room(code.lanes)
    scratch = np.full(size + 1, np.nan, A.dtype)  # a number more, which must stay as it is
    run_kernel(code, operands, end=-(-len(A) // unit), scratch=scratch)
    assert np.isnan(scratch[size])
    return C


def heights(*rows):
    return {height: {} for height in rows}


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
        *(Tile(heights(h, 4, 2, 1), n, *2 * [heights(4, 2, 1)]) for h in (5, 6, 8) for n in (1, 2)),
        Tile(heights(2, 1), 3, *2 * [heights(3, 2, 1)]),
    ],
)
def test_the_shape_of_tiles_changes_no_bit(tile, dtype, monkeypatch):
    A, B, start = factors(dtype)
    right = product_of(A, B, start)
    assert np.allclose(right, A @ B + start, rtol=0, atol=64 * np.finfo(dtype).eps)
    use(tile, monkeypatch)
    assert product_of(A, B, start).tobytes() == right.tobytes()
    for halves in range(1, 2 * LINES + 1):
        computed = halves * 32 // A.itemsize
        C = product_of(A, B, start, halves=halves)
        assert C[:, :computed].tobytes() == right[:, :computed].tobytes()
        beyond = computed + halves % 2 * 32 // A.itemsize
        assert np.all(C[:, computed:beyond] == 0.0) and np.all(np.isnan(C[:, beyond:]))


def use(tile, monkeypatch):
    for module in (products, tiles):
        monkeypatch.setattr(module, "tile", lambda: tile)


@pytest.mark.slow
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("copied", COPIES)
def test_copies_and_blocks_change_no_bit(copied, dtype, monkeypatch):
    A, B, start = factors(dtype)
    right = product_of(A, B, start)
    transposed = np.ascontiguousarray(A.T).T
    for terms, rows in ((4, 9), (TERMS, 96)):  # blocks in the product and at its end; one block
        use(NARROW._replace(terms=terms, rows=rows), monkeypatch)
        for halves in (2 * LINES, 2 * LINES - 1, 1):
            computed = halves * 32 // A.itemsize
            for unit in (4, ROWS):
                C = product_of(transposed, B, start, unit, halves, copied)
                assert C[:, :computed].tobytes() == right[:, :computed].tobytes()


@pytest.mark.parametrize("heights", [NARROW.heights, NARROW.beside_half, NARROW.of_half])
def test_each_row_lies_in_one_tile(heights):
    for rows in range(40):
        marks, _ = marked(heights, rows)
        assert marks.tolist() == [1] * rows


def test_rows_are_divided_into_tiles_that_are_as_high_as_can_be():
    found = {rows: marked(NARROW.heights, rows)[1] for rows in (5, 7, 10, 13, 27, 32)}
    assert found == {
        5: [5],
        7: [4, 3],
        10: [6, 4],
        13: [4, 4, 5],
        27: [6, 6, 6, 4, 5],
        32: [6, 6, 6, 6, 4, 4],
    }


def marked(heights, rows):
    """How often each row lies in a tile, and how high the tiles are, in turn."""
    code = Code("float64")
    marks, made = (code.array(code.words[i], I64) for i in range(2))
    count = Variable(code.integer(0))

    def tile(i, height):
        made[count.value] = code.integer(height)
        count.value = count.value + 1
        for r in range(height):
            marks[i + r] = marks[i + r] + 1

    in_tiles(code, heights, code.integer(0), code.words[2], tile)
    given = np.zeros(rows + 1, np.int64), np.zeros(rows + 1, np.int64)
    run_kernel(code, [*given, rows])
    return given[0][:rows], [int(height) for height in given[1] if height]


def test_large_products_copy_where_vectors_are_short(monkeypatch):
    use(NARROW, monkeypatch)
    large, small = (256, 256, 256), (100, 784, 50)
    assert [copies(*large, transposed) for transposed in (False, True)] == ["B", "A and B"]
    assert copies(*small, False) == copies(*small, True) == "nothing"
    use(WIDE, monkeypatch)
    assert copies(*large, False) == copies(*large, True) == "nothing"


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
        assert (max(tile.heights) + 1) * tile.lines * per_line + 1 <= registers
        per_row = tile.lines * per_line + max(per_line // 2, 1)
        assert (max(tile.beside_half) + 1) * per_row + 1 <= registers
        assert (max(tile.of_half) + 1) * max(per_line // 2, 1) + 1 <= registers
