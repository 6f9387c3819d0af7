"""Gathers the component tags and filters into one library, built in to every template."""

from django.template import Library

from clinic.components import amounts, flow, forms, icons, layout, records, status, tables, unchanging

register = Library()

for part in (amounts, flow, forms, icons, layout, records, status, tables, unchanging):
    for name, tag in part.register.tags.items():
        if name in register.tags:
            raise RuntimeError(f"two components are called {name}")
        register.tags[name] = tag
    register.filters.update(part.register.filters)
