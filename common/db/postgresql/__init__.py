"""Django's PostgreSQL backend, with limits of time that a pooler of sessions lets through."""
