"""Addresses of passkeys."""

from django.urls import path

from clinic.passkeys import views

urlpatterns = [
    path("signature/passkey/", views.passkey_options, name="passkey_options"),
    path("signature/passkeys/new/", views.passkey_new_options, name="passkey_new_options"),
    path("signature/passkeys/", views.passkey_add, name="passkey_add"),
    path("signature/passkeys/remove/", views.passkey_remove, name="passkey_remove"),
]
