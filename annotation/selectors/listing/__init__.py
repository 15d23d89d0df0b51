"""What the API lists, a page at a time, in an order in which a reader can resume where they stopped."""
