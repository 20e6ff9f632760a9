"""The mathematics, written once: pure functions, each beside its derivative.

Each module opens with its conventions and ends with a registry of what it offers.
"""
