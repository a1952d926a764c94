"""The polls answered in front of Django: what Django would say, or nothing.

Django's live test server builds its own handler: the last tests start the real one.
"""

import logging
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from http.cookies import SimpleCookie

import pytest
import time_machine
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import Error, OperationalError, connections
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from certif.lib import compiled, fast_path
from certif.wsgi import application
from exam import actions as exam_actions
from exam.models import Attempt, Beat
from invigilation import actions as invigilation_actions
from invigilation.fast_path import SILENCES_EVERY, VERSION
from invigilation.models import IncidentCode, Screen, Watch
from invigilation.watching import WRITTEN_EVERY
from sessions import actions as session_actions
from sessions.models import InvigilatorAccess
from tests import situations
from tests.factories import CandidateFactory, ExamSessionFactory, UserFactory
from tests.in_front import cookies_of, environ, in_front, plain
from tests.invigilation.pages import element, normal

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("no_connection_is_left"),
]

NOT_SILENT = 0
SILENT = SILENCES_EVERY - 1


@pytest.fixture
def session(db):
    return ExamSessionFactory()


class Tablet:
    """A browser that opened the board: its cookies, and the version it holds."""

    def __init__(self, session, user):
        self.session, self.user, self.browser = session, user, Client()
        self.browser.force_login(user)
        page = self.browser.get(reverse("invigilation:board", args=[session.pk]))
        self.roster = element(page, "#rows")["data-roster"]
        group = element(page, "#asks")
        self.asks, self.shown = group["data-key"], group["data-shown"]
        self.session.refresh_from_db()
        self.version = self.session.version

    @property
    def cookies(self):
        return cookies_of(self.browser)

    def address(self, session=None, *, version=None, n=NOT_SILENT):
        live = reverse("invigilation:board_live", args=[(session or self.session).pk])
        held = self.version if version is None else version
        return f"{live}?v={held}&n={n}&r={self.roster}&a={self.asks}&s={self.shown}"

    def in_front(self, address=None, **changes):
        """What the fast path says by itself: None leaves it to Django."""
        return in_front(address or self.address(), {**self.cookies, **changes})

    def of_django(self, address=None):
        return self.browser.get(address or self.address(), headers={"HX-Request": "true"})


@pytest.fixture
def tablet(session):
    return Tablet(session, situations.invigilator_of(session))


def end_access(tablet):
    InvigilatorAccess.objects.end_all(tablet.session)


def renew_password(tablet):
    session_actions.renew_password(tablet.session, by=UserFactory())


def leave(tablet):
    session_actions.leave_invigilation(tablet.session, by=tablet.user)


def close_account(tablet):
    type(tablet.user).objects.filter(pk=tablet.user.pk).update(is_active=False)


def change_password(tablet):
    tablet.user.set_password("un autre mot de passe")
    tablet.user.save()


def log_out_elsewhere(tablet):
    Session.objects.all().delete()


def let_the_login_expire(tablet):
    Session.objects.update(expire_date=timezone.now() - timedelta(hours=1))


def finalise(tablet):
    for attempt in Attempt.objects.all():
        invigilation_actions.end_test(attempt.candidate, by=tablet.user)
    for attempt in Attempt.objects.all():
        situations.give_reason(attempt)
    situations.finalised(tablet.session)


def waiting(tablet):
    return tablet.session.candidates.get(birth_name="Zola")


def tick(tablet):
    situations.present(waiting(tablet))


def add(tablet):
    CandidateFactory(session=tablet.session)
    move(tablet)


def move(tablet):
    tablet.session.candidates.all().update(row_version=tablet.version + 1)
    type(tablet.session).objects.update(version=tablet.version + 1)


def start(tablet):
    situations.started(waiting(tablet))


def ask(tablet):
    situations.started(waiting(tablet))
    for attempt in Attempt.objects.all():
        exam_actions.ask_to_resume(attempt.candidate, by=attempt.candidate.user)


def finish(tablet):
    situations.finished(waiting(tablet))


def report(tablet):
    code = IncidentCode.objects.get(code="C5")
    for candidate in tablet.session.candidates.all():
        invigilation_actions.write_report(candidate, code=code, by=tablet.user, screen=Screen.BOARD)


def give_minutes(tablet):
    start(tablet)
    Attempt.objects.update(granted_minutes=7)


def join(tablet):
    session_actions.join_as_invigilator(
        tablet.session.pk, tablet.session.password, by=UserFactory(last_name="<Noir>")
    )


# --- It says what Django says ---------------------------------------------------------------------


def test_an_unchanged_board_is_answered_in_front(tablet):
    answer = tablet.in_front()

    assert (answer.status, answer.content) == ("204 No Content", b"")
    assert tablet.of_django().status_code == 204


@pytest.mark.parametrize("n", [NOT_SILENT, SILENT])
def test_every_poll_of_a_quiet_room_is_answered_in_front(tablet, n):
    assert tablet.in_front(tablet.address(n=n))


@pytest.mark.parametrize(
    "happens",
    [
        end_access,
        renew_password,
        leave,
        close_account,
        change_password,
        log_out_elsewhere,
        let_the_login_expire,
    ],
    ids=lambda happens: happens.__name__,
)
def test_what_ends_a_right_is_for_django(tablet, bank, happens):
    happens(tablet)

    assert tablet.in_front() is None
    assert tablet.of_django().status_code != 204


def test_an_access_that_ended_stays_ended_when_the_version_did_not_move(tablet):
    InvigilatorAccess.objects.update(ended_at=timezone.now())

    assert tablet.in_front() is None
    assert tablet.of_django().status_code == 404


@pytest.mark.parametrize("n", [NOT_SILENT, SILENT])
@pytest.mark.parametrize(
    "happens",
    [tick, add, move, start, ask, finish, report, give_minutes, join, finalise],
    ids=lambda happens: happens.__name__,
)
def test_what_moved_is_told_as_django_tells_it(session, bank, happens, n):
    CandidateFactory(session=session, birth_name="Zola", first_name="Éloïse {0} <b>", joined=True)
    CandidateFactory(session=session, birth_name="ZOLA", extra_time_percent=33)
    situations.answer_all(situations.started(session=session), upto=3)
    tablet = Tablet(session, situations.invigilator_of(session))
    happens(tablet)

    with time_machine.travel(timezone.now(), tick=False):
        front, django = tablet.in_front(tablet.address(n=n)), tablet.of_django(tablet.address(n=n))

    assert front.status == "200 OK"
    assert normal(front.content.decode()) == normal(django.content.decode())
    assert dict(front.headers)[VERSION] == django[VERSION]
    assert dict(front.headers)["Content-Length"] == str(len(front.content))


@pytest.mark.parametrize("minutes", [0, 7])
def test_a_card_of_the_group_is_told_when_django_tells_it(session, bank, minutes):
    candidate = situations.started(session=session).candidate
    exam_actions.ask_to_resume(candidate, by=candidate.user)
    tablet = Tablet(session, situations.invigilator_of(session))
    Attempt.objects.update(granted_minutes=minutes)
    move(tablet)

    with time_machine.travel(timezone.now(), tick=False):
        front, django = tablet.in_front(), tablet.of_django()

    assert (b'id="asks"' in front.content) == bool(minutes)
    assert normal(front.content.decode()) == normal(django.content.decode())


@pytest.mark.parametrize("behind", [0, 1])
def test_who_watches_is_told_as_django_tells_it(tablet, behind):
    join(tablet)
    tablet.session.refresh_from_db()
    address = f"{tablet.address(version=tablet.session.version - behind)}&seen=1"

    with time_machine.travel(timezone.now(), tick=False):
        front, django = tablet.in_front(address), tablet.of_django(address)

    assert "&lt;NOIR&gt;" in front.content.decode()
    assert normal(front.content.decode()) == normal(django.content.decode())


def test_that_the_list_is_on_screen_is_written_in_front_at_most_once_a_minute(tablet):
    mine = Watch.objects.filter(access__user=tablet.user)
    opened = mine.get().last_seen_at

    tablet.in_front(f"{tablet.address()}&seen=1")
    at_once = mine.get().last_seen_at
    with time_machine.travel(opened + 2 * WRITTEN_EVERY):
        tablet.in_front(tablet.address())
        without_a_word = mine.get().last_seen_at
        tablet.in_front(f"{tablet.address()}&seen=1")

    assert (at_once, without_a_word) == (opened, opened)
    assert mine.get().last_seen_at >= opened + 2 * WRITTEN_EVERY


def test_the_token_told_in_front_is_one_that_django_takes(tablet, bank):
    candidate = CandidateFactory(session=tablet.session)
    tablet.roster = "another"
    move(tablet)
    row = element(tablet.in_front(), f"#candidate-{candidate.pk}")
    browser = Client(enforce_csrf_checks=True)
    browser.cookies = tablet.browser.cookies

    fields = {field["name"]: field["value"] for field in row.select("input")}
    response = browser.post(row.form["action"], fields)

    assert response.status_code == 302
    assert tablet.session.candidates.get().is_present


def test_each_row_told_in_front_has_its_own_operation(tablet):
    CandidateFactory.create_batch(2, session=tablet.session)
    tablet.roster = "another"
    move(tablet)

    rows = element(tablet.in_front(), "#rows")

    operations = [field["value"] for field in rows.select("[name=operation]")]
    assert len(set(operations)) == 2


def test_what_moved_is_asked_without_the_connection_of_django(tablet, django_assert_num_queries):
    CandidateFactory(session=tablet.session)
    move(tablet)

    with django_assert_num_queries(0):
        assert tablet.in_front().status == "200 OK"


def test_a_thread_that_only_answers_in_front_opens_no_connection_of_django(tablet):
    move(tablet)

    def answer():
        return tablet.in_front(), connections["default"].connection

    with ThreadPoolExecutor() as threads:
        told, opened = threads.submit(answer).result()

    assert told.status == "200 OK"
    assert opened is None


def test_a_browser_without_a_token_of_its_own_is_for_django(tablet):
    move(tablet)

    assert tablet.in_front(csrftoken="") is None
    assert tablet.in_front()


def test_after_a_logout_the_cookies_of_before_open_nothing(tablet):
    kept = tablet.cookies
    tablet.browser.post(reverse("account_logout"))

    assert in_front(tablet.address(), kept) is None


def test_a_finalised_session_where_nothing_moves_is_answered_in_front(session, bank):
    watching = situations.invigilator_of(session)
    situations.finalised(session)

    assert Tablet(session, watching).in_front()


def test_another_session_of_the_same_invigilator_asks_for_its_own_pass(tablet):
    other = ExamSessionFactory()
    session_actions.join_as_invigilator(other.pk, other.password, by=tablet.user)
    other.refresh_from_db()

    assert tablet.in_front(tablet.address(other, version=other.version)) is None


def test_the_pass_of_somebody_else_is_no_pass(tablet, session):
    theirs = Tablet(session, situations.invigilator_of(session))

    assert theirs.in_front(board=tablet.cookies["board"]) is None


@pytest.mark.parametrize("place", [0, -1])
def test_a_pass_that_was_touched_is_no_pass(tablet, place):
    parts = tablet.cookies["board"].split(".")
    parts[place] = "1" + parts[place][1:] + "0"

    assert tablet.in_front(board=".".join(parts)) is None


def test_a_pass_given_before_the_key_was_changed_is_answered(tablet, settings):
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another-secret-key"
    assert tablet.in_front()

    settings.SECRET_KEY_FALLBACKS = []

    assert tablet.in_front() is None


@pytest.mark.parametrize("value", ["", "....", "a.b.c.d.e", "é", "1.1"])
def test_junk_is_no_pass(tablet, value):
    assert tablet.in_front(board=value) is None


def test_a_pass_lasts_ten_minutes_and_django_gives_another(tablet):
    old = tablet.cookies["board"]
    with time_machine.travel(time.time() + fast_path.LASTS + 1):
        assert tablet.in_front() is None
        assert tablet.of_django().status_code == 204
        assert tablet.cookies["board"] != old
        assert tablet.in_front()


def test_a_pass_that_is_young_is_not_given_again(tablet):
    assert "board" not in tablet.of_django().cookies


@pytest.mark.parametrize("query", ["", "v=", "v=²&n=0", "v=1&n=x", "v=-1&n=0", "n=0"])
def test_a_poll_that_is_not_plain_is_for_django(tablet, query):
    live = reverse("invigilation:board_live", args=[tablet.session.pk])

    assert tablet.in_front(f"{live}?{query}") is None


def demands(tablet, version):
    return f"{reverse('invigilation:code_asks', args=[tablet.session.pk])}?v={version}&k="


def test_the_screen_of_the_code_is_told_in_front_that_nothing_moved(tablet):
    assert tablet.in_front(demands(tablet, tablet.version)).status.startswith("204")


@pytest.mark.parametrize(
    "ends", [leave, close_account, change_password, let_the_login_expire, move]
)
def test_whatever_else_that_screen_asks_is_for_django(tablet, ends):
    ends(tablet)

    assert tablet.in_front(demands(tablet, tablet.version)) is None


def test_nothing_else_than_a_get_is_answered(tablet):
    assert in_front(tablet.address(), tablet.cookies, REQUEST_METHOD="POST") is None


def test_another_host_is_for_django_to_refuse(tablet):
    assert in_front(tablet.address(), tablet.cookies, HTTP_HOST="elsewhere.example") is None


def test_bare_http_is_for_django_to_send_to_https(tablet, settings):
    settings.SECURE_SSL_REDIRECT = True

    assert tablet.in_front() is None


# --- Silences -------------------------------------------------------------------------------------


def test_a_silence_that_nobody_noted_yet_is_for_django(tablet, bank):
    situations.started(session=tablet.session)
    tablet.session.refresh_from_db()
    tablet.version = tablet.session.version
    assert tablet.in_front(tablet.address(n=SILENT))
    Beat.objects.update(last_seen_at=timezone.now() - timezone.timedelta(minutes=5))

    assert tablet.in_front(tablet.address(n=NOT_SILENT))
    assert tablet.in_front(tablet.address(n=SILENT)) is None
    assert tablet.of_django(tablet.address(n=SILENT)).status_code == 200


def test_an_authorisation_that_lapsed_is_for_django(tablet, bank):
    attempt = situations.started(session=tablet.session)
    invigilation_actions.authorise_resume(attempt.candidate, by=tablet.user)
    Attempt.objects.update(right_granted_at=timezone.now() - timezone.timedelta(hours=1))
    tablet.session.refresh_from_db()
    tablet.version = tablet.session.version

    assert tablet.in_front(tablet.address(n=SILENT)) is None


# --- The database ---------------------------------------------------------------------------------


class Away(compiled.DjangoLink):
    """A connection that breaks."""

    closed = False

    def execute(self, sql, parameters, *, gives_rows=True):
        raise OperationalError

    def close(self):
        self.closed = True


def test_a_connection_is_used_again(tablet):
    tablet.in_front()
    (used,) = compiled.SHELF.at_rest
    tablet.in_front()

    assert list(compiled.SHELF.at_rest) == [used]


@pytest.mark.parametrize("kind", [compiled.Compiled, compiled.Here, compiled.Rows])
def test_a_value_that_has_no_place_in_its_statement_is_refused(db, kind):
    logins = kind(lambda user: Session.objects.values_list("pk"), user=compiled.Mark.whole)

    with pytest.raises(LookupError, match="user"):
        logins.ask(user=1)


def test_what_a_connection_raises_is_an_error_of_django(db):
    with pytest.raises(Error), compiled.link() as held:
        held.execute("SELECT nothing FROM nowhere", [])


def test_a_broken_connection_is_closed_and_django_answers(tablet, caplog):
    broken = Away()
    compiled.SHELF.close()
    compiled.SHELF.at_rest.append(broken)

    with caplog.at_level(logging.CRITICAL):
        assert tablet.in_front() is None
    assert broken.closed
    assert not compiled.SHELF.at_rest


def test_the_others_at_rest_are_closed_with_it(tablet, caplog):
    compiled.SHELF.close()
    both = [Away(), Away()]
    compiled.SHELF.at_rest.extend(both)

    with caplog.at_level(logging.CRITICAL):
        tablet.in_front()

    assert [each.closed for each in both] == [True, True]


def test_a_broken_connection_is_replaced(tablet):
    path = fast_path.FastPath(None, application.polls)
    compiled.SHELF.close()
    compiled.SHELF.at_rest.append(Away())
    asked = environ(tablet.address(), tablet.cookies)

    assert path.answer(asked) is None
    with time_machine.travel(time.time() + fast_path.RESTS_FOR + 1):
        path.rests_until = 0
        assert path.answer(asked) == fast_path.NOTHING_NEW


# --- The real server ------------------------------------------------------------------------------


def of(server, tablet, *names):
    cookies = "; ".join(f"{name}={tablet.cookies[name]}" for name in names)
    return server.ask("GET", tablet.address(), headers={"Cookie": cookies, "HX-Request": "true"})


def test_the_server_answers_in_front_with_the_headers_of_django(server, tablet):
    login = settings.SESSION_COOKIE_NAME

    status, headers = of(server, tablet, login, "board")
    status_of_django, headers_of_django = of(server, tablet, login)

    assert (status, status_of_django) == (204, 204)
    assert "Set-Cookie" not in headers
    assert SimpleCookie(headers_of_django["Set-Cookie"])["board"]["path"]
    assert plain(headers) == plain(headers_of_django)


def test_the_server_ends_an_access_at_the_next_poll(server, tablet):
    login = settings.SESSION_COOKIE_NAME
    assert of(server, tablet, login, "board")[0] == 204

    end_access(tablet)

    assert of(server, tablet, login, "board")[0] == 404
