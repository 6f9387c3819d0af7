"""Addresses of changes that bear on risk."""

from django.urls import path

from protocols.risk import views

urlpatterns = [
    path("changes/", views.unread_changes, name="unread_changes"),
    path("changes/<int:pk>/", views.risk_change, name="risk_change"),
]
