"""Addresses of treatment protocols."""

from django.urls import path

from protocols.treatment import views

urlpatterns = [
    path("treatment/new/", views.treatment_protocol_new, name="treatment_protocol_new"),
    path("treatment/<int:pk>/", views.treatment_protocol, name="treatment_protocol"),
    path("treatment/<int:pk>/edit/", views.treatment_protocol_edit, name="treatment_protocol_edit"),
]
