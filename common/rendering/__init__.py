"""Text from models and people as HTML, made safe in one place."""
