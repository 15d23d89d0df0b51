"""Files in, records or problems out: one reader per format, no Django, memory flat whatever the file."""
