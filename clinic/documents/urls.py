"""Addresses of sealed documents."""

from django.urls import path

from clinic.documents import views

urlpatterns = [
    path("d/<str:code>/", views.check_document, name="check_document"),
    path("documents/", views.document_list, name="document_list"),
    path("documents/<str:code>/", views.document, name="document"),
    path("documents/<str:code>/state/", views.document_state, name="document_state"),
    path("documents/<str:code>/pdf/", views.document_pdf, name="document_pdf"),
    path("documents/<str:code>/content/", views.document_content, name="document_content"),
]
