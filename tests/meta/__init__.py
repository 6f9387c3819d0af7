"""Rules of the whole project."""
