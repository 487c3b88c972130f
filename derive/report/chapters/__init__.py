"""Chapters: what a handout can tell beyond the derivation, one module per chapter."""
