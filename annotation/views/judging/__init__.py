"""The judging page, and what its forms and its script send."""
