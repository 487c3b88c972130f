"""Report: a derivation as a document tree, and the tree as PDF, LaTeX and Markdown."""
