"""Content of the demo: pairs to judge, prompts with responses, and guidelines."""
