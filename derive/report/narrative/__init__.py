"""Narrative: a story template of one language, rendered in a sandbox, becomes a document."""
