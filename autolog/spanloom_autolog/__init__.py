"""Autolog plugins, one per framework."""
