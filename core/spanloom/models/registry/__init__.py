"""The registry: models by name, in numbered versions that never change."""
