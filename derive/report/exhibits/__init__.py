"""Exhibits: the formulas, tables and pictures that a narrative calls for, made from a derivation."""
