"""Addresses of ingredients and formulations."""

from django.urls import path

from protocols.formulations import ingredient_views, views

urlpatterns = [
    path("ingredients/", ingredient_views.ingredient_list, name="ingredient_list"),
    path("ingredients/new/", ingredient_views.ingredient_new, name="ingredient_new"),
    path("ingredients/<int:pk>/", ingredient_views.ingredient_edit, name="ingredient_edit"),
    path("formulations/new/", views.formulation_new, name="formulation_new"),
    path("formulations/<int:pk>/", views.formulation, name="formulation"),
    path("formulations/<int:pk>/edit/", views.formulation_edit, name="formulation_edit"),
    path("formulations/<int:pk>/next/", views.formulation_next, name="formulation_next"),
]
