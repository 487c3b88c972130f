"""Printed: a finished document is read again, and every formula in it evaluated."""
