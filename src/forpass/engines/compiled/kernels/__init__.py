"""The kernels: what is done with matrices, written with formulas chosen beforehand."""
