"""From LLVM's text to an address: optimised, compiled, kept on disk, loaded.

A kernel is compiled once on a machine and loaded in a millisecond ever after. It is kept under a key
that says everything machine code depends on: the kernel's name and choices, its formulas, the sources of
this engine, what compiled it, and for which processor. So nothing outdated can be found.
"""

from __future__ import annotations

import functools
import hashlib
import logging
import threading
from collections.abc import Callable
from typing import Any

import llvmlite
import llvmlite.binding as llvm

from forpass.engines.compiled.runtime import store
from forpass.engines.compiled.runtime.identity import engine_digest
from forpass.engines.compiled.runtime.uninterrupted import uninterrupted
from forpass.forks import let_forks_wait_for

__all__ = ["address_of", "compiled_here", "seconds_to_begin"]

COMPILATION = 2.0
"""Seconds that a machine without any kernels needs for those of a first network: 1.5 on a good one."""
OF_A_NETWORK = 20
"""Kernels that tell of a network that was trained: it needs some 30, a linear model that predicts 4."""

_lock = threading.RLock()
"""Held by whoever asks LLVM, which has locks of its own: none of them may be another thread's in a child."""
let_forks_wait_for(_lock)
_loaded: dict[tuple[str, tuple[str, ...]], int] = {}
"""Addresses, by name and processor."""
_in_memory: list[Any] = []
"""What keeps machine code in memory, for ever: with one of them would go the machine that all share."""
compiled_here: list[str] = []
"""Keys of what this process had to compile itself, in order."""


def address_of(name: str, write: Callable[[], str]) -> int:
    """Return the address of a kernel: already loaded, found on disk, or compiled now.

    Parameters
    ----------
    name : str
        Tells this kernel from all others: what it is, and of which formulas.
    write : callable
        Writes the kernel in LLVM's text, as the function ``kernel``; called only if there is no machine
        code for it yet. It is what takes longest: a process that finds its kernels on disk starts a third
        of a second sooner for not writing them.
    """
    with _lock:
        key = name, _target_words()
        if key not in _loaded:
            digest = hashlib.sha256("\n".join((name, engine_digest(), *_target_words())).encode()).hexdigest()
            _loaded[key] = uninterrupted(lambda: _found_or_made(digest, write))
        return _loaded[key]


def seconds_to_begin() -> float:
    """Return how long the first network will wait for machine code; 0 where one was trained before.

    In this process or with what is kept on disk: what a network of another kind still lacks then is little.
    """
    found = max(len(_loaded), store.number_of_kept(engine_digest()))
    return 0.0 if found >= OF_A_NETWORK else COMPILATION


def _found_or_made(digest: str, write: Callable[[], str]) -> int:
    """Return the address of a kernel."""
    code = store.read(engine_digest(), digest)
    if code is not None:
        if address := _load(code):
            return address
        store.refuse("a file holds no kernel")
    code = _compile(write())
    _tell_once()
    compiled_here.append(digest)
    store.write(engine_digest(), digest, code)
    address = _load(code)
    assert address, "what was just compiled has an address"
    return address


def _tell_once() -> None:
    if not compiled_here:
        logging.getLogger("forpass").info(
            "compiling for this processor, a second or so; it is kept in %s", store.folder() or "memory only"
        )


@functools.cache
def _target_words() -> tuple[str, ...]:
    """What machine code depends on beside the text."""
    return (
        llvm.get_process_triple(),
        llvm.get_host_cpu_name(),
        _features(),
        ".".join(map(str, llvm.llvm_version_info)),
        llvmlite.__version__,
    )


@functools.cache
def _features() -> str:
    return str(llvm.get_host_cpu_features().flatten())


@functools.cache
def _machine() -> Any:
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    target = llvm.Target.from_triple(llvm.get_process_triple())
    return target.create_target_machine(
        cpu=llvm.get_host_cpu_name(),
        features=_features(),
        opt=2,
        reloc="pic",
        codemodel="jitdefault",
        jit=True,
    )


def _compile(text: str) -> bytes:
    machine = _machine()
    module = llvm.parse_assembly(text)
    module.triple, module.data_layout = llvm.get_process_triple(), str(machine.target_data)
    module.verify()
    options = llvm.create_pipeline_tuning_options(speed_level=2)
    # kernels are written in lines already, so that there is nothing to vectorise
    options.loop_vectorization = options.slp_vectorization = False
    # and unrolling loops that the tiles have unrolled already doubled the time to compile and gained nothing
    options.loop_unrolling = False
    builder = llvm.create_pass_builder(machine, options)
    builder.getModulePassManager().run(module, builder)
    return bytes(machine.emit_object(module))


def _load(code: bytes) -> int:
    """Put machine code into memory; return the kernel's address, 0 where there is none."""
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), _machine())
    _in_memory.append(engine)
    engine.add_object_file(llvm.ObjectFileRef.from_data(code))
    engine.finalize_object()
    return int(engine.get_function_address("kernel"))
