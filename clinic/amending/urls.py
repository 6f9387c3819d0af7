"""Addresses of amendments."""

from django.urls import path

from clinic.amending import views

urlpatterns = [
    path("documents/<str:code>/amend/", views.amend_document, name="amend_document"),
    path("documents/<str:code>/second-signature/", views.co_sign_document, name="co_sign_document"),
]
