"""How large reads reach their rows, in a database whose statistics are older than the project that is read."""
