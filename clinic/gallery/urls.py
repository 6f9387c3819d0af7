"""The gallery's addresses."""

from django.urls import path

from clinic.gallery import views

urlpatterns = [
    path("", views.gallery, name="gallery"),
    path("form/", views.gallery_form, name="gallery_form"),
    path("autosave/", views.gallery_autosave, name="gallery_autosave"),
    path("search/", views.gallery_search, name="gallery_search"),
]
