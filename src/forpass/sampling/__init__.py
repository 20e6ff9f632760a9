"""Chance as a function: what is drawn depends on seed, purpose and counter, never on what was drawn before."""
