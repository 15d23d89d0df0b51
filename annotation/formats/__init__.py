"""File formats: one reader each, from a file to records and problems. No Django; memory does not grow with the file."""
