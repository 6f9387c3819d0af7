"""The parts that every screen is made of, as template tags; `docs/components.md` lists them with examples."""
