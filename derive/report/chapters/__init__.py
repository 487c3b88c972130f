"""Chapters: what a handout can tell of a subject beyond the derivation, one module per chapter, imported when it is told."""

from derive.report.chapters.contents import ALL, CHAPTERS, LazyChapter, chapter_named, chosen, offered_names

__all__ = ["ALL", "CHAPTERS", "LazyChapter", "chapter_named", "chosen", "offered_names"]
