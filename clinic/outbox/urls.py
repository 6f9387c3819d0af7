"""Addresses of the alerts."""

from django.urls import path

from clinic.outbox import views

urlpatterns = [
    path("", views.alert_list, name="alert_list"),
    path("<int:pk>/acknowledge/", views.alert_acknowledge, name="alert_acknowledge"),
    path("work/<int:pk>/again/", views.work_again, name="work_again"),
]
