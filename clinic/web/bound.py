"""How every form of the clinic puts a field on the page."""

from typing import Any

from django.forms.boundfield import BoundField
from django.forms.renderers import TemplatesSetting
from django.forms.widgets import Widget


class WholeTextField(BoundField):
    """A field that takes a text as it was typed or pasted, however long.

    A browser that is told the greatest length cuts the rest off without a word. Here the server counts, says so, and
    gives everything back to be shortened by who wrote it.
    """

    def build_widget_attrs(self, attrs: dict[str, Any], widget: Widget | None = None) -> dict[str, Any]:
        """Leave out the attributes by which a browser cuts; False isn't rendered."""
        limits = (widget or self.field.widget).attrs.keys() & {"maxlength", "minlength"}
        return super().build_widget_attrs(attrs, widget) | dict.fromkeys(limits, False)


class ClinicRenderer(TemplatesSetting):
    """Renders the templates that the settings name, for our forms and those of the packages alike."""

    bound_field_class = WholeTextField
