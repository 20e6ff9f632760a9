"""From LLVM's text to an address: optimised, compiled, kept on disk, loaded.

A kernel is compiled once on a machine and loaded in a millisecond ever after. It is kept under a key
that says everything machine code depends on: the kernel's name and choices, the sources of all formulas
and of this engine, what compiled it, and for which processor. So nothing outdated can be found.
"""

from __future__ import annotations

import functools
import hashlib
import logging
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import llvmlite
import llvmlite.binding as llvm

from forpass.engines.compiled import store

__all__ = ["address_of", "compiled_here"]

_lock = threading.RLock()
_loaded: dict[str, Any] = {}  # keeps the memory of the machine code alive
compiled_here: list[str] = []
"""Keys of what this process had to compile itself, in order."""


def address_of(name: str, write: Callable[[], str]) -> int:
    """Return the address of the function ``kernel`` in LLVM's text.

    Parameters
    ----------
    name : str
        Tells this kernel from all others that the sources can write.
    write : callable
        Writes the text; called only if there is no machine code for it yet. It is what takes longest:
        a process that finds its kernels on disk starts a third of a second sooner for not writing them.
    """
    digest = hashlib.sha256("\n".join((name, _sources(), *_target_words())).encode()).hexdigest()
    with _lock:
        if digest not in _loaded:
            code = store.read(_sources(), digest)
            if code is None or (loaded := _load(code)) is None:
                code = _compile(write())
                _tell_once()
                compiled_here.append(digest)
                store.write(_sources(), digest, code)
                loaded = _load(code)
            _loaded[digest] = loaded
        return int(_loaded[digest].get_function_address("kernel"))


def _tell_once() -> None:
    if not compiled_here:
        logging.getLogger("forpass").info(
            "compiling for this processor, a second or so; next time it is found in %s", store.folder()
        )


@functools.cache
def _sources() -> str:
    """Digest of every file that has a part in writing kernels."""
    package, digest = Path(__file__).parents[2], hashlib.sha256()
    for folder in ("maths", "engines"):
        for path in sorted((package / folder).rglob("*.py")):
            content = path.read_bytes()
            digest.update(f"{path.relative_to(package).as_posix()} {len(content)} ".encode() + content)
    return digest.hexdigest()


@functools.cache
def _target_words() -> tuple[str, ...]:
    """What machine code depends on beside the text."""
    return (
        llvm.get_process_triple(),
        llvm.get_host_cpu_name(),
        _features(),
        ".".join(map(str, llvm.llvm_version_info)),
        llvmlite.__version__,
        str(OPTIONS),
    )


OPTIONS = {"speed_level": 2, "loop_unrolling": False, "loop_vectorization": False, "slp_vectorization": False}
"""Kernels are written in lines already, so that there is nothing to vectorise; and unrolling loops
that the tiles have unrolled already doubled the time to compile and gained nothing."""


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
    options = llvm.create_pipeline_tuning_options(speed_level=OPTIONS["speed_level"])
    options.loop_unrolling = OPTIONS["loop_unrolling"]
    options.loop_vectorization = OPTIONS["loop_vectorization"]
    options.slp_vectorization = OPTIONS["slp_vectorization"]
    builder = llvm.create_pass_builder(machine, options)
    builder.getModulePassManager().run(module, builder)
    return bytes(machine.emit_object(module))


def _load(code: bytes) -> Any:
    """Put machine code into memory; None where it cannot be read."""
    _machine()
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), _new_machine())
    engine.add_object_file(llvm.ObjectFileRef.from_data(code))
    engine.finalize_object()
    return engine


def _new_machine() -> Any:
    return _machine()
