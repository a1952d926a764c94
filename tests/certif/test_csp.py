from csp.constants import HEADER
from csp.decorators import csp_exempt
from csp.middleware import CSPMiddleware
from django.http import HttpResponse

from certif.lib.csp import PolicyMiddleware


def answered(middleware, rf, view=lambda request: HttpResponse()):
    return middleware(view)(rf.get("/"))


def test_the_policy_is_that_of_django_csp(rf):
    ours, theirs = answered(PolicyMiddleware, rf), answered(CSPMiddleware, rf)

    assert ours[HEADER] == theirs[HEADER]
    assert "default-src 'none'" in ours[HEADER]


def test_a_view_may_say_its_own_policy(rf):
    response = answered(
        PolicyMiddleware, rf, lambda request: HttpResponse(headers={HEADER: "sandbox"})
    )

    assert response[HEADER] == "sandbox"


def test_a_view_that_asks_django_csp_for_more_gets_it(rf):
    response = answered(PolicyMiddleware, rf, csp_exempt()(lambda request: HttpResponse()))

    assert not response.has_header(HEADER)
