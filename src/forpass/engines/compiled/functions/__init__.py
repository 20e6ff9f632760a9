"""What the formulas of `forpass.maths` mean on values of a kernel."""
