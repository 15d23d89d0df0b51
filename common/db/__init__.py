"""Database helpers: rows and columns as SQL and Python see them."""
