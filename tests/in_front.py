"""What the fast path says by itself, beside what Django says (certif.lib.fast_path)."""

from collections import namedtuple
from urllib.parse import urlsplit

from certif.lib import fast_path
from certif.wsgi import application

Front = namedtuple("Front", "status headers content")


def environ(address, cookies, **values):
    parts = urlsplit(address)
    return {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": parts.path,
        "QUERY_STRING": parts.query,
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "HTTP_HOST": "127.0.0.1",
        "HTTP_HX_REQUEST": "true",
        "HTTP_COOKIE": "; ".join(f"{name}={value}" for name, value in cookies.items()),
        "wsgi.url_scheme": "http",
        **values,
    }


def in_front(address, cookies, **values):
    """None leaves it to Django."""
    answers = []

    def django(environ, start_response):
        answers.append(None)
        return []

    def start_response(status, headers):
        answers.append((status, headers))

    body = fast_path.FastPath(django, application.polls)(
        environ(address, cookies, **values), start_response
    )
    (answer,) = answers
    return answer and Front(*answer, b"".join(body))


def cookies_of(browser):
    return {name: morsel.value for name, morsel in browser.cookies.items()}


def plain(headers):
    """Without what tells the minute or the request, or gives a pass; the server itself counts a body or not."""
    apart = {"date", "set-cookie", "content-length", "x-request-id"}
    named = {name.lower(): value for name, value in headers.items() if name.lower() not in apart}
    return named | {"expires": bool(named["expires"])}
