"""The addresses of preparations and vials."""

from django.urls import path

from sessions.preparation import vial_views, views

urlpatterns = [
    path("preparation/", views.preparation_list, name="preparation_list"),
    path("preparation/new/", views.preparation_new, name="preparation_new"),
    path("preparation/<int:pk>/", views.preparation, name="preparation"),
    path("preparation/<int:pk>/save/", views.preparation_save, name="preparation_save"),
    path("preparation/<int:pk>/state/", views.preparation_state, name="preparation_state"),
    path("preparation/<int:pk>/sign/", views.preparation_sign, name="preparation_sign"),
    path("preparation/<int:pk>/reject/", views.preparation_reject, name="preparation_reject"),
    path("vials/", vial_views.vial_find, name="vial_find"),
    path("vials/<str:code>/", vial_views.vial, name="vial"),
    path("vials/<str:code>/destroy/", vial_views.vial_destroy, name="vial_destroy"),
]
