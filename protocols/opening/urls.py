"""Addresses of opening a site."""

from django.urls import path

from protocols.opening import views

urlpatterns = [
    path("opening/", views.opening, name="opening"),
    path("opening/<slug:arrangement>/new/", views.set_up_new, name="set_up_new"),
    path("opening/<int:pk>/end/", views.set_up_end, name="set_up_end"),
]
