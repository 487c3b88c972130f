"""Printers: statements in a language, one small class each."""
