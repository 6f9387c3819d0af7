"""Forms: the whole of one, its error summary, a checklist question, an upload tile, signing."""

from collections.abc import Iterable, Sequence
from copy import copy
from typing import Any, NamedTuple, cast

from crispy_forms.helper import FormHelper
from crispy_forms.templatetags.crispy_forms_filters import as_crispy_field
from crispy_forms.templatetags.crispy_forms_tags import do_uni_form
from django.forms import BaseForm, BoundField, FileField, Form
from django.forms.formsets import BaseFormSet
from django.template import Context, Library
from django.template.base import Parser, Token
from django.template.defaulttags import CsrfTokenNode
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from clinic.accounts.entries import ENTRY_FIELD, SITE_FIELD
from clinic.components.layout import checked_button
from clinic.components.rendering import ContextLike, is_blank, marks_of, render
from clinic.passkeys.identify import asks_for_passkey

register = Library()
# Every template may render a form or a field by crispy without loading its library.
register.tag("crispy", do_uni_form)
register.filter("crispy_field", as_crispy_field)


class EntryNode(CsrfTokenNode):
    """The token that every form bears, and beside it whom the form was shown to, and at which site."""

    def render(self, context: Context) -> SafeString:
        """Return the hidden fields."""
        token = SafeString(super().render(context))
        mark = context.get("entry_mark")
        if not mark:
            return token
        marked = format_html('{}<input type="hidden" name="{}" value="{}">', token, ENTRY_FIELD, mark)
        opened = context.get("opened_site")
        if not opened:
            return marked
        return format_html('{}<input type="hidden" name="{}" value="{}">', marked, SITE_FIELD, opened)


@register.tag("csrf_token")
def entry_token(parser: Parser, token: Token) -> EntryNode:
    """Stand in for Django's tag of this name, so that no form can be without the marks."""
    return EntryNode()


SIZES = ((1024 * 1024, "MB"), (1024, "kB"))


def bare_helper(form: BaseForm) -> FormHelper:
    """Return the form's crispy helper without the form element and the token, and with every field in it."""
    helper = copy(getattr(form, "helper", None) or FormHelper())
    helper.form_tag = False
    helper.disable_csrf = True
    helper.render_hidden_fields = True
    helper.inputs = []
    return helper


def anchor(field: BoundField) -> str:
    """Return the id of the element that an error about `field` leads to: the input, or a group's first choice.

    A widget whose value is filled by something else on the page names that by `data-anchor`.
    """
    if named := field.field.widget.attrs.get("data-anchor"):
        return str(named)
    group = field.field.widget.__class__.__name__ in {"RadioSelect", "CheckboxSelectMultiple"}
    return f"{field.auto_id}_0" if group else field.auto_id


@register.simple_block_tag(takes_context=True)
def clinic_form(
    context: ContextLike, content: str, form: Form, submit: str = "", *, action: str = "", cancel_url: str = "",
    id: str = "", kind: str = "primary", autosave_url: str = "", name: str = "", value: str = "",
    first_text: str = "", first_url: str = "",
) -> SafeString:  # fmt: skip
    """Render a whole form to be posted: summary of errors, fields by crispy, the button, a way back.

    The slot is put between the fields and the button. `submit` is the button's word, else the form's
    `submit_label`, which sends `value` as `name`; `autosave_url` saves each change by itself. `first_url` is where
    somebody had better go instead, which stands before the button.
    """
    word = submit or getattr(form, "submit_label", "")
    if not word:
        raise ValueError("say what the form's button says: `submit`, or the form's `submit_label`")
    return render(
        "clinic_form", form=form, helper=bare_helper(form),
        **marks_of(context), request=context.get("request"), between=content, submit=word, action=action,
        cancel_url=cancel_url, id=id, kind=checked_button(kind), autosave_url=autosave_url,
        name=name, value=value, first_text=first_text, first_url=first_url,
        multipart=any(isinstance(field, FileField) for field in form.fields.values()),
    )  # fmt: skip


@register.simple_tag
def error_summary(form: "BaseForm | BaseFormSet[Any] | None") -> SafeString:
    """List what has to be put right, each line leading to its field; focus goes here when the page opens."""
    forms = list(form) if isinstance(form, BaseFormSet) else [form] if form is not None else []
    loose: list[dict[str, Any]] = (
        [{"text": str(e)} for e in form.non_form_errors()] if isinstance(form, BaseFormSet) else []
    )
    lines: list[dict[str, str]] = []
    for one in forms:
        ways = getattr(one, "ways", {})
        loose += [{"text": str(error), "way": ways.get(str(error))} for error in one.non_field_errors()]
        for field in one:
            if field.is_hidden and "data-anchor" not in field.field.widget.attrs:
                loose += [{"text": str(error)} for error in field.errors]
            else:
                label = getattr(one, "summary_labels", {}).get(field.name, field.label)
                lines += [
                    {"target": anchor(field), "label": str(label).rstrip(".:? "), "text": str(error)}
                    for error in field.errors
                ]
    if not loose and not lines:
        return SafeString("")
    titles = [title for one in forms if (title := getattr(one, "summary_title", ""))]
    title = titles[0] if titles else _("Please put this right. Nothing was saved yet.")
    return render("error_summary", title=title, loose=loose, lines=lines)


class ReadAloud(NamedTuple):
    """A list that is read out with a question: each part with what is said of it, "" for nothing."""

    title: str
    parts: Sequence[tuple[str, str]]
    open: bool


@register.simple_block_tag
def question(
    content: str, field: BoundField, number: str | int = "", *, hint: str = "", reported: Sequence[str] = (),
    last: str = "", changed: bool = False, read_aloud: Sequence[ReadAloud] = (),
) -> SafeString:  # fmt: skip
    """Ask one item of a checklist: a radio group with large targets, ticked only by what was answered.

    `reported` is what others report about it, which answers nothing, `last` the answer of the last time, `changed`
    whether it differs; `read_aloud` are the lists read out with it, those not open folded; the slot holds the verdict
    on the answer. ValueError when the field comes with an answer nobody
    gave.
    """
    if field.field.initial is not None:
        raise ValueError(f"{field.name}: a safety question never comes with an answer of its own")
    options = [
        {"id": f"{field.auto_id}_{i}", "value": value, "label": label, "on": str(field.value()) == str(value)}
        for i, (value, label) in enumerate((v, text) for v, text in _choices(field) if v not in ("", None))
    ]
    return render(
        "question", field=field, options=options, number=number, hint=hint, reported=list(reported), last=last,
        read_aloud=list(read_aloud), changed=changed, verdict="" if is_blank(content) else content,
    )  # fmt: skip


def _choices(field: BoundField) -> Iterable[tuple[Any, Any]]:
    return cast("Iterable[tuple[Any, Any]]", field.field.choices)  # type: ignore[attr-defined]


@register.simple_block_tag
def upload_tile(
    content: str,
    field: BoundField,
    hint: str = "",
    max_bytes: int = 0,
    accept: str = "image/*",
    *,
    camera: bool = False,
) -> SafeString:
    """Take a file by choosing, dropping or photographing, with a preview; the slot may show an example."""
    return render(
        "upload_tile", field=field, hint=hint, max_bytes=max_bytes, max_size=size(max_bytes), accept=accept,
        camera=camera, example="" if is_blank(content) else content,
    )  # fmt: skip


def size(number_bytes: int) -> str:
    """Say a number of bytes as `40 MB`."""
    for unit_bytes, unit in SIZES:
        if number_bytes >= unit_bytes:
            return f"{number_bytes / unit_bytes:.3g} {unit}"
    return f"{number_bytes} bytes"


@register.simple_block_tag(takes_context=True)
def sign_form(
    context: ContextLike, content: str, form: Form, meaning: str, button: str, *, action: str = "", id: str = "sign",
    certifying: bool = False, second: bool = False, cancel_url: str = "", kind: str = "primary",
) -> SafeString:  # fmt: skip
    """Ask for a signature: the sentence that is signed, the password again, one button, and the way back.

    The slot may say what the signature covers. `form` is a `SignatureForm`. Who hasn't certified their signature yet
    is led to where that is done; `certifying` is that page. `second` is for another person than who is signed in.
    """
    request = context.get("request")
    actor = getattr(request, "actor", None)
    own = not (certifying or second)
    uncertified = own and actor is not None and actor.user.signature_certified_at is None
    certify_url = reverse("certify_signature", query={"next": request.get_full_path()}) if uncertified else ""
    passkey = own and not uncertified and asks_for_passkey(request)
    if passkey and "password" in form.fields:
        cast("Any", form).ask_for_passkey()
    return render(
        "sign_form", form=form, passkey=passkey, helper=bare_helper(form), **marks_of(context), uncertified=uncertified,
        certify_url=certify_url, second=second, request=request, actor=actor, meaning=meaning, button=button,
        action=action, id=id, cancel_url=cancel_url, kind=checked_button(kind),
        covers="" if is_blank(content) else content,
    )  # fmt: skip


@register.simple_tag
def signature_pad(
    label: str, *, name: str = "signature_image", strokes: str = "signature_strokes", required: bool = True,
    errors: Iterable[str] = (), drawn: str = "",
) -> SafeString:  # fmt: skip
    """Take a drawn signature inside a form: `name` gets a PNG data URL, `strokes` the pad's size and points as JSON.

    A blank one is refused in the browser, and must be refused again on the server; `errors` are shown at the pad,
    whose id is the `name` and `-pad`. `drawn` is what `strokes` held: on a page that came back for another reason the
    signature stands in the pad again, as if it had just been drawn, and can be cleared.
    """
    return render(
        "signature_pad", label=label, name=name, strokes=strokes, required=required, errors=list(errors), drawn=drawn
    )


@register.simple_tag
def unit_of(field: BoundField) -> str:
    """Return the unit that the widget of `field` names by `data-unit`, else nothing."""
    return str(field.field.widget.attrs.get("data-unit", ""))
