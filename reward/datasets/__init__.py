"""Datasets: which pairs become rows, and the manifest of a file. The formats themselves are ``annotation.formats``. No Django."""
