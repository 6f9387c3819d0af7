"""Addresses of one's own signature."""

from django.urls import path

from clinic.certifying import views

urlpatterns = [path("signature/", views.certify_signature, name="certify_signature")]
