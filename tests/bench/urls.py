from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.urls import path

from certif import urls


def empty(request):
    return HttpResponse(status=204)


urlpatterns = [
    path("bench/empty", empty),
    path("bench/open", login_not_required(empty)),
    *urls.urlpatterns,
]
handler400, handler403, handler404, handler500 = (
    urls.handler400,
    urls.handler403,
    urls.handler404,
    urls.handler500,
)
