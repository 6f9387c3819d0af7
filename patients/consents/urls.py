"""Addresses of the consent, under /patients/."""

from django.urls import path

from patients.consents import views

urlpatterns = [
    path("<int:patient_id>/consent/", views.consent_new, name="consent_new"),
    path("consents/<int:pk>/", views.consent, name="consent"),
    path("consents/<int:pk>/drawing/", views.consent_drawing, name="consent_drawing"),
]
