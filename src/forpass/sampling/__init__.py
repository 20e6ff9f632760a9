"""Chance as a function of seed, purpose and counter, never of what was drawn before."""
