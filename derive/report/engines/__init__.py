"""Engines: the source of a document becomes PDF or SVG, by Typst or by the reader's own TeX."""
