"""The content policy of a page, worked out once: django-csp does it again at each answer."""

from functools import cached_property

from csp.constants import HEADER
from csp.middleware import CSPMiddleware
from csp.utils import build_policy
from django.conf import settings


class PolicyMiddleware(CSPMiddleware):
    """Ours uses no nonce. A view that says more (csp_update…) is answered as django-csp does."""

    def process_request(self, request):
        pass

    def process_response(self, request, response):
        if settings.DEBUG or any(name.startswith("_csp") for name in vars(response)):
            return super().process_response(request, response)
        response.headers.setdefault(HEADER, self.policy)
        return response

    @cached_property
    def policy(self):
        return build_policy()
