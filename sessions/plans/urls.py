"""Addresses of treatment plans."""

from django.urls import path

from sessions.plans import views

urlpatterns = [
    path("sessions/plans/new/<int:patient_id>/", views.plan_new, name="plan_new"),
    path("sessions/plans/<int:pk>/", views.plan, name="plan"),
    path("sessions/plans/<int:pk>/move/", views.plan_move, name="plan_move"),
    path("sessions/plans/<int:pk>/end/", views.plan_end, name="plan_end"),
]
