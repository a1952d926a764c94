"""What an answer allows the browser to do with it, worked out once: django-csp does it again at each."""

from functools import cached_property

from csp.constants import HEADER
from csp.middleware import CSPMiddleware
from csp.utils import build_policy
from django.conf import settings

NEVER_USED = ["camera", "display-capture", "geolocation", "microphone", "payment", "usb"]
SAID_EVERYWHERE = {
    "Permissions-Policy": ", ".join(f"{feature}=()" for feature in NEVER_USED),
    "Cross-Origin-Resource-Policy": "same-origin",
}


class PolicyMiddleware(CSPMiddleware):
    """Ours uses no nonce. A view that says more (csp_update…) is answered as django-csp does."""

    def process_request(self, request):
        pass

    def process_response(self, request, response):
        for name, value in SAID_EVERYWHERE.items():
            response.headers.setdefault(name, value)
        if settings.DEBUG or any(name.startswith("_csp") for name in vars(response)):
            return super().process_response(request, response)
        response.headers.setdefault(HEADER, self.policy)
        return response

    @cached_property
    def policy(self):
        return build_policy()
