"""Addresses of the photo station, under /patients/."""

from django.urls import path

from patients.photos import views

urlpatterns = [
    path("<int:patient_id>/photos/new/", views.photo_set_new, name="photo_set_new"),
    path("photos/<int:pk>/", views.photo_set, name="photo_set"),
    path("photos/<int:pk>/views/<int:view_id>/", views.photo_add, name="photo_add"),
    path("photos/<int:pk>/day/", views.photo_set_day, name="photo_set_day"),
    path("photos/<int:pk>/preparation/", views.photo_set_preparation, name="photo_set_preparation"),
    path("photos/<int:pk>/complete/", views.photo_set_complete, name="photo_set_complete"),
    path("photos/<int:pk>/give-up/", views.photo_set_give_up, name="photo_set_give_up"),
    path("photos/<int:pk>/amend/", views.photo_set_amend, name="photo_set_amend"),
    path("photos/file/<int:pk>/<slug:kind>/", views.photo_file, name="photo_file"),
]
