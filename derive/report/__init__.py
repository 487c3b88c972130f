"""Report: a derivation becomes a handout, as options ask for it: one document, and that as PDF, LaTeX and Markdown."""
