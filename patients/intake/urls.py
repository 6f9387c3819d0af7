"""The addresses of the intake."""

from django.urls import path

from patients.intake import views

urlpatterns = [
    path("<int:pk>/intake/", views.intake_new, name="intake_new"),
    path("intakes/<int:pk>/correct/", views.intake_correct, name="intake_correct"),
]
