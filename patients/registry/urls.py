"""The addresses of the registry."""

from django.urls import path

from patients.registry import patient_views, trail_views, views

urlpatterns = [
    path("", views.patient_list, name="patient_list"),
    path("search/", views.patient_search, name="patient_search"),
    path("new/", views.patient_new, name="patient_new"),
    path("<int:pk>/", patient_views.patient, name="patient"),
    path("<int:pk>/history/", patient_views.patient_history, name="patient_history"),
    path("<int:pk>/edit/", views.patient_edit, name="patient_edit"),
    path("<int:pk>/trail/", trail_views.patient_trail, name="patient_trail"),
]
