"""A program as instructions: where numbers lie, which kernels work on them, in which order."""
