from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="accounts:landing"), name="root"),
    path("", include("certif.accounts.urls")),
    path("sessions/", include("sessions.urls")),
    path("sessions/", include("finalisation.urls.centre")),
    path("surveillance/", include("invigilation.urls")),
    path("certifications/", include("finalisation.urls.candidate")),
    path("certifications/", include("exam.urls")),
    path("admin/", admin.site.urls),
]

handler400 = "certif.errors.bad_request"
handler403 = "certif.errors.forbidden"
handler404 = "certif.errors.not_found"
handler500 = "certif.errors.server_error"
