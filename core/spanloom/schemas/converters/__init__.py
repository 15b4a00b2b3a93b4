"""Pure functions between the standard schemas, one module per direction."""
