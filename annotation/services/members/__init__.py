"""Members of a project: joining, roles, states, authorship of prompts."""
