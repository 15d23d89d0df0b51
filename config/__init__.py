"""The roof: wires annotation, quality and reward together."""
