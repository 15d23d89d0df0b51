"""The demo's own content: pairs to judge, prompts with responses, and the guidelines beside them."""
