"""The addresses of checklists and clearances."""

from django.urls import path

from patients.screening import clearance_views, views

urlpatterns = [
    path("<int:pk>/checklist/", views.checklist_start, name="checklist_start"),
    path("checklists/<int:pk>/", views.checklist, name="checklist"),
    path("checklists/<int:pk>/save/", views.checklist_save, name="checklist_save"),
    path("checklists/<int:pk>/state/", views.checklist_state, name="checklist_state"),
    path("checklists/<int:pk>/formulation/", views.checklist_formulation, name="checklist_formulation"),
    path("checklists/<int:pk>/sign/", views.checklist_sign, name="checklist_sign"),
    path("<int:pk>/clearances/<slug:rule>/", clearance_views.clearance_new, name="clearance_new"),
    path("clearances/<int:pk>/", clearance_views.clearance, name="clearance"),
    path("clearances/<int:pk>/withdraw/", clearance_views.clearance_withdraw, name="clearance_withdraw"),
]
