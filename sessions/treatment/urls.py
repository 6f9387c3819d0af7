"""Addresses of treatment sessions."""

from django.urls import path

from sessions.treatment import views

urlpatterns = [
    path("sessions/", views.session_list, name="session_list"),
    path("sessions/start/<int:pk>/", views.session_start, name="session_start"),
    path("sessions/<int:pk>/", views.treatment_session, name="treatment_session"),
    path("sessions/<int:pk>/gate/", views.session_gate, name="session_gate"),
    path("sessions/<int:pk>/take-over/", views.session_take_over, name="session_take_over"),
    path("sessions/<int:pk>/vial/", views.session_vial, name="session_vial"),
    path("sessions/<int:pk>/zone/", views.session_zone, name="session_zone"),
    path("sessions/<int:pk>/zone/late/", views.session_zone_late, name="session_zone_late"),
    path("sessions/<int:pk>/zone/remove/", views.session_zone_remove, name="session_zone_remove"),
    path("sessions/<int:pk>/zone/change/", views.session_zone_change, name="session_zone_change"),
    path("sessions/<int:pk>/zone/why/", views.session_zone_explain, name="session_zone_explain"),
    path("sessions/<int:pk>/rest/", views.session_rest, name="session_rest"),
    path("sessions/<int:pk>/briefing/", views.session_briefing, name="session_briefing"),
    path("sessions/<int:pk>/sign/", views.session_sign, name="session_sign"),
    path("sessions/<int:pk>/did-not-proceed/", views.session_not_proceeded, name="session_not_proceeded"),
]
