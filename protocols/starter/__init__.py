"""The first drafts of a new site: examples from the field's common practice, which a physician must approve."""
