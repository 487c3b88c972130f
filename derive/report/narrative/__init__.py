"""Narrative: a template of a language, rendered in a sandbox with what it may say and call, becomes a document."""
