"""Prove what holds for every household, or show one for which it doesn't. It needs the extra `verify` (z3)."""
