"""Addresses of the paper path, under /patients/."""

from django.urls import path

from patients.paper import scan_views, views

urlpatterns = [
    path("<int:patient_id>/paper/", views.paper_new, name="paper_new"),
    path("paper/", views.paper_day, name="paper_day"),
    path("paper/scans/new/", scan_views.paper_scan_new, name="paper_scan_new"),
    path("paper/scans/<int:pk>/", scan_views.paper_scan, name="paper_scan"),
    path("paper/forms/<str:code>/filings/<int:filing_id>/take-back/", views.paper_take_back, name="paper_take_back"),
    path("paper/scans/<int:pk>/filing/", scan_views.paper_scan_filing, name="paper_scan_filing"),
    path("paper/scans/<int:pk>/aside/", scan_views.paper_scan_aside, name="paper_scan_aside"),
    path("paper/scans/<int:pk>/file/", scan_views.paper_scan_file, name="paper_scan_file"),
    path("paper/pages/<int:pk>/", scan_views.paper_page, name="paper_page"),
    path("paper/<str:code>/", views.paper_form, name="paper_form"),
    path("paper/<str:code>/not-used/", views.paper_not_used, name="paper_not_used"),
    path("paper/<str:code>/enter/", views.paper_enter, name="paper_enter"),
]
