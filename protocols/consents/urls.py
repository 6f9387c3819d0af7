"""Addresses of consent scripts."""

from django.urls import path

from protocols.consents import views

urlpatterns = [
    path("consents/new/", views.consent_script_new, name="consent_script_new"),
    path("consents/<int:pk>/", views.consent_script, name="consent_script"),
    path("consents/<int:pk>/edit/", views.consent_script_edit, name="consent_script_edit"),
]
