"""Addresses of what happens to a version, whatever its kind."""

from django.urls import path

from protocols.decisions import reading, views

urlpatterns = [
    path("versions/<slug:kind>/", views.version_list, name="version_list"),
    path("versions/<slug:kind>/<int:pk>/compare/", reading.compare, name="version_compare"),
    path("versions/<slug:kind>/<int:pk>/uses/", reading.uses, name="version_uses"),
    path("versions/<slug:kind>/<int:pk>/submit/", views.submit, name="version_submit"),
    path("versions/<slug:kind>/<int:pk>/send-back/", views.send_back, name="version_send_back"),
    path("versions/<slug:kind>/<int:pk>/approve/", views.approve, name="version_approve"),
    path("versions/<slug:kind>/<int:pk>/retire/", views.retire, name="version_retire"),
    path("versions/<slug:kind>/<int:pk>/discard/", views.discard, name="version_discard"),
]
