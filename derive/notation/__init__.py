"""Notation: expressions as formulas, and formulas as TeX, Typst and plain text."""
