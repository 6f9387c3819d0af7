"""Addresses of the consent, under /patients/."""

from django.urls import path

from patients.consents import paper_views, views

urlpatterns = [
    path("<int:patient_id>/consent/", views.consent_new, name="consent_new"),
    path("consents/<int:pk>/", views.consent, name="consent"),
    path("consents/<int:pk>/drawing/", views.consent_drawing, name="consent_drawing"),
    path("paper/<str:code>/consent/", paper_views.consent_from_paper, name="consent_from_paper"),
]
