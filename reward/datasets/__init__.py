"""Dataset files: one writer per format, records in and lines of bytes out, one at a time. No Django."""
