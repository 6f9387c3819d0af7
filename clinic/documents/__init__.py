"""Sealed documents: a snapshot with its hash, and the one PDF that was rendered from it."""
