"""Settings, URLs, Celery, the embedded servers and `make run`: what wires the apps together."""
