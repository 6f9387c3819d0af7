"""The pages of the stock: the list, receiving, one lot, and its movements."""

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from clinic import clock
from clinic.accounts.access import ClinicRequest, access
from clinic.accounts.permissions import Permission
from clinic.web.paging import keyset_page
from protocols.formulations.models import Ingredient
from sessions.preparation.tabs import tabs
from sessions.stock.forms import MoveLotForm, ReceiveLotForm, StockFilterForm
from sessions.stock.models import LotMovementKind, StockLot
from sessions.stock.queries import Show, Standing, lots_shown, standing, with_standing
from sessions.stock.screens import LotRow, may_record
from sessions.stock.services import move_lot, receive_lot

FOLDER = "sessions/stock"

#: What a movement's page is called and what it says.
PAGES: dict[LotMovementKind, tuple[Promise, Promise]] = {
    LotMovementKind.RECEIVED: (
        _("Receive more of this lot"),
        _("A further delivery of the same lot. Another lot number is another lot."),
    ),
    LotMovementKind.OPENED: (
        _("Open this lot"),
        _("The days that it may be used once opened are counted from now."),
    ),
    LotMovementKind.DISCARDED: (_("Discard"), _("What you throw away leaves the stock for good.")),
    LotMovementKind.ADJUSTED: (
        _("Count again"),
        _("Type what is really there. The difference is recorded with your reason."),
    ),
    LotMovementKind.QUARANTINED: (
        _("Put in quarantine"),
        _("Nobody can use the lot until it is released. Put the sticker on the container, too."),
    ),
    LotMovementKind.RELEASED: (
        _("Release from quarantine"),
        _("Say who decided that the lot may be used again, and on what ground."),
    ),
}


@access(Permission.VIEW_PREPARATIONS)
@require_safe
def stock_list(request: ClinicRequest) -> HttpResponse:
    """The site's lots, nearest expiry first."""
    site = request.actor.site
    today = clock.today(site)
    ingredients = list(Ingredient.objects.for_site(site))
    filters = StockFilterForm(request.GET, ingredients=ingredients)
    chosen = filters.cleaned_data if filters.is_valid() else {}
    lots = lots_shown(site, on=today, show=chosen.get("show") or Show.IN_STOCK, ingredient_id=chosen.get("ingredient"))
    page = keyset_page(lots, request, order=("expires_on", "id"))
    context = {
        "page": page,
        "rows": [LotRow(lot, standing(lot, on=today, site=site), today) for lot in page.rows],
        "filters": filters,
        "filtered": bool(chosen.get("show") or chosen.get("ingredient")),
        "may_receive": request.actor.may(Permission.RECEIVE_STOCK),
        "tabs": tabs("stock"),
    }
    return render(request, f"{FOLDER}/list.html", context)


@access(Permission.RECEIVE_STOCK)
@require_http_methods(["GET", "HEAD", "POST"])
def stock_new(request: ClinicRequest) -> HttpResponse:
    """Receive a lot."""
    ingredients = list(Ingredient.objects.for_site(request.actor.site))
    initial = {"ingredient": request.GET.get("ingredient", "")}
    form = ReceiveLotForm(request.POST or None, ingredients=ingredients, initial=initial)
    if request.method == "POST":
        lot = form.carry_out(lambda: _receive(request, form))
        if lot is not None:
            return redirect("lot", lot.pk)
    return render(request, f"{FOLDER}/new.html", {"form": form, "ingredients": ingredients}, status=form.status)


def _receive(request: ClinicRequest, form: ReceiveLotForm) -> StockLot:
    values = {name: value for name, value in form.cleaned_data.items() if name != "submission_key"}
    values["ingredient"] = form.ingredients[values["ingredient"]]
    return receive_lot(by=request.actor, submission_key=form.key, at=clock.now(), **values)


def _lot(request: ClinicRequest, pk: int) -> tuple[Any, Standing]:
    site = request.actor.site
    lots = with_standing(StockLot.objects.for_site(site).select_related("ingredient", "received_by"))
    found = get_object_or_404(lots, pk=pk)
    return found, standing(found, on=clock.today(site), site=site)


@access(Permission.VIEW_PREPARATIONS)
@require_safe
def lot(request: ClinicRequest, pk: int) -> HttpResponse:
    """One lot: where it stands, what may be done, and everything that happened to it."""
    found, where = _lot(request, pk)
    context = {
        "lot": found,
        "standing": where,
        "row": LotRow(found, where, clock.today(request.actor.site)),
        "page": keyset_page(found.movements.select_related("moved_by", "preparation"), request, order=("-id",)),
        "moves": [(kind, PAGES[kind][0]) for kind in where.moves if may_record(request.actor, kind)],
    }
    return render(request, f"{FOLDER}/lot.html", context)


@access(Permission.RECEIVE_STOCK, Permission.PREPARE)
@require_http_methods(["GET", "HEAD", "POST"])
def lot_move(request: ClinicRequest, pk: int, kind: str) -> HttpResponse:
    """Record a movement of a lot."""
    found, where = _lot(request, pk)
    if kind not in PAGES:
        raise Http404("no movement is called that")
    move = LotMovementKind(kind)
    form = MoveLotForm(request.POST or None, kind=move)
    if request.method == "POST":
        moved = form.carry_out(
            lambda: move_lot(
                by=request.actor,
                lot=found,
                kind=move,
                volume_ul=form.cleaned_data.get("volume_ul") or 0,
                reason=form.cleaned_data.get("reason", ""),
                submission_key=form.key,
                at=clock.now(),
            )
        )
        if moved is not None:
            return redirect("lot", found.pk)
    title, text = PAGES[move]
    context = {"form": form, "lot": found, "standing": where, "title": title, "text": text}
    return render(request, f"{FOLDER}/move.html", context, status=form.status)
