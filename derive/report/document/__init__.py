"""Document: what the narrative says and the exhibits show, as one tree between them and the writers."""
