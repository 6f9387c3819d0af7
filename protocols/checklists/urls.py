"""Addresses of contraindication checklists."""

from django.urls import path

from protocols.checklists import views

urlpatterns = [
    path("checklists/new/", views.checklist_version_new, name="checklist_version_new"),
    path("checklists/<int:pk>/", views.checklist_version, name="checklist_version"),
    path("checklists/<int:pk>/edit/", views.checklist_version_edit, name="checklist_version_edit"),
]
