"""Deferred work: rows in Postgres that a worker turns into effects, each once, whatever stops in between."""
