"""Addresses of photo protocols."""

from django.urls import path

from protocols.photos import views

urlpatterns = [
    path("photos/new/", views.photo_protocol_new, name="photo_protocol_new"),
    path("photos/<int:pk>/", views.photo_protocol, name="photo_protocol"),
    path("photos/<int:pk>/edit/", views.photo_protocol_edit, name="photo_protocol_edit"),
]
