"""The addresses of the stock."""

from django.urls import path

from sessions.stock import views

urlpatterns = [
    path("preparation/stock/", views.stock_list, name="stock_list"),
    path("preparation/stock/new/", views.stock_new, name="stock_new"),
    path("preparation/stock/<int:pk>/", views.lot, name="lot"),
    path("preparation/stock/<int:pk>/<str:kind>/", views.lot_move, name="lot_move"),
]
