"""The paths of the agent server; each module adds its own to the application."""
