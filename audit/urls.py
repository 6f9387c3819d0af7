"""The addresses of this room."""

from django.urls import path

from audit.month6 import views as month6
from audit.weekly import views as weekly

urlpatterns = [
    path("", weekly.audit_home, name="audit_home"),
    path("week/<int:year>/<int:number>/", weekly.week, name="week"),
    path("week/<int:year>/<int:number>/rows/", weekly.week_rows, name="week_rows"),
    path("week/<int:year>/<int:number>/sessions/", weekly.week_sessions, name="week_sessions"),
    path("week/<int:year>/<int:number>/deviations/", weekly.week_deviations, name="week_deviations"),
    path("week/<int:year>/<int:number>/decide/", weekly.deviation_decide, name="deviation_decide"),
    path("week/<int:year>/<int:number>/sign/", weekly.week_sign, name="week_sign"),
    path("photos/", month6.photo_audit_list, name="photo_audit_list"),
    path("photos/<int:pk>/", month6.photo_audit, name="photo_audit"),
    path("photos/<int:pk>/grade/", month6.photo_audit_grade, name="photo_audit_grade"),
    path("photos/<int:pk>/newer/", month6.photo_audit_newer, name="photo_audit_newer"),
    path("photos/<int:pk>/sign/", month6.photo_audit_sign, name="photo_audit_sign"),
]
