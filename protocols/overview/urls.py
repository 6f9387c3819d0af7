"""Addresses of the first page of the protocols."""

from django.urls import path

from protocols.overview import views

urlpatterns = [
    path("", views.protocol_list, name="protocol_list"),
    path("starter/", views.starter_drafts, name="starter_drafts"),
]
