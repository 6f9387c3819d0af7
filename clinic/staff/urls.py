"""The addresses of the staff."""

from django.urls import path

from clinic.staff import views

urlpatterns = [
    path("staff/", views.staff_list, name="staff_list"),
    path("staff/new/", views.staff_new, name="staff_new"),
    path("staff/<int:pk>/", views.staff_person, name="staff_person"),
    path("staff/<int:pk>/end/", views.staff_end, name="staff_end"),
    path("staff/<int:pk>/password/", views.staff_password, name="staff_password"),
    path("staff/<int:pk>/link/", views.staff_link, name="staff_link"),
    path("welcome/<str:uid>/<str:token>/", views.first_password, name="first_password"),
]
