"""Adapters, one per framework."""
