"""What a kernel is written with: numbers, code under construction, operands, rows and columns."""
