"""What Django and htmx need to live together (style.md § 4)."""

from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.utils.cache import add_never_cache_headers, patch_vary_headers
from django_htmx.http import HttpResponseClientRefresh


class HtmxLoginRequiredMiddleware(LoginRequiredMiddleware):
    """An expired login reloads the page, instead of swapping the login form into a row."""

    def handle_no_permission(self, request, view_func):
        if request.htmx:
            return HttpResponseClientRefresh()
        return super().handle_no_permission(request, view_func)


class PrivatePagesMiddleware:
    """What is not said to be kept is stored nowhere; a fragment is never taken for a page."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        patch_vary_headers(response, ["HX-Request"])
        if not response.has_header("Cache-Control"):
            add_never_cache_headers(response)
        return response
