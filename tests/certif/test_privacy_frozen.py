"""What is kept whatever its age: a session in dispute, and the accounts that are still needed."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from certif.accounts.models import Role, User
from certif.audit.models import AuditEvent
from certif.privacy.gathered import RULES
from certif.privacy.purge import due
from invigilation.models import IncidentReport
from sessions.models import ExamSession
from sessions.privacy import way_to_session
from tests import situations
from tests.factories import InvigilatorAccessFactory, MembershipFactory, UserFactory

OF_NO_SESSION = {
    "comptes inutilisés",
    "invitations",
    "compteurs d’essais",
    "connexions expirées",
    "journal de l’administration",
    "tâches terminées ou interrompues",
    "élèves du registre",
    "impressions groupées",
}
OF_A_SESSION = [rule for rule in RULES if rule.what not in OF_NO_SESSION]
(HISTORY,) = [rule for rule in RULES if rule.what == "lignes de l’historique"]
(ACCOUNTS,) = [rule for rule in RULES if rule.what == "comptes inutilisés"]

pytestmark = pytest.mark.django_db


@pytest.fixture
def at(people):
    return people.now + timedelta(days=12 * 366)


def test_each_rule_of_a_session_says_where_its_session_is():
    assert {rule.what for rule in RULES if not way_to_session(rule.model)} == OF_NO_SESSION


@pytest.mark.parametrize("rule", OF_A_SESSION, ids=lambda rule: rule.what)
def test_a_session_in_dispute_is_left_whole(people, at, settings, rule):
    settled = due(rule, at).count()
    frozen = list(ExamSession.objects.values_list("pk", flat=True))
    settings.RETENTION_FROZEN_SESSIONS = frozen

    assert settled > 0
    assert not due(rule, at).filter(**{f"{way_to_session(rule.model)}__in": frozen}).exists()


def test_a_dispute_holds_nothing_of_the_other_sessions(people, at, settings):
    settings.RETENTION_FROZEN_SESSIONS = [people.empty.pk]
    (rule,) = [rule for rule in RULES if rule.what == "candidats sans certificat"]

    assert due(rule, at).filter(session=people.session).exists()


def test_a_dispute_holds_no_line_of_the_history_that_has_no_session(people, at, settings):
    line = AuditEvent.objects.create(kind="import.confirmed", session_id=None)
    settings.RETENTION_FROZEN_SESSIONS = [people.session.pk]

    assert due(HISTORY, at).filter(pk=line.pk).exists()


# --- Accounts -------------------------------------------------------------------------------------


def in_the_session(people):
    return {
        "candidate": people.other.user,
        "who published": people.session.published_by,
        "who wrote a report": IncidentReport.objects.filter(candidate=people.other)[0].written_by,
        "invigilator": people.session.accesses.first().user,
    }


@pytest.mark.parametrize("who", ["candidate", "who published", "who wrote a report", "invigilator"])
def test_who_was_in_a_session_in_dispute_keeps_his_account(people, at, settings, who):
    User.objects.update(is_superuser=False)
    account = in_the_session(people)[who]
    settled = due(ACCOUNTS, at).filter(pk=account.pk).exists()
    settings.RETENTION_FROZEN_SESSIONS = [people.session.pk]

    assert settled
    assert not due(ACCOUNTS, at).filter(pk=account.pk).exists()


def test_who_acted_in_a_session_in_dispute_keeps_his_account(people, at, settings):
    actor = UserFactory()
    AuditEvent.objects.create(
        kind="session.edited", actor_id=actor.pk, session_id=people.session.pk
    )
    settings.RETENTION_FROZEN_SESSIONS = [people.session.pk]

    assert not due(ACCOUNTS, at).filter(pk=actor.pk).exists()


def test_who_was_not_in_it_loses_his(people, at, settings):
    other = UserFactory()
    settings.RETENTION_FROZEN_SESSIONS = [people.session.pk]

    assert due(ACCOUNTS, at).filter(pk=other.pk).exists()


def test_the_account_of_a_session_in_dispute_is_not_erased_on_request(people, settings):
    settings.RETENTION_FROZEN_SESSIONS = [people.session.pk]

    with pytest.raises(CommandError, match="en litige"):
        erase(people, people.session.accesses.first().user)


NEEDED = {
    "waits for a result": (
        lambda: situations.finalised().candidates.get().user,
        "session non publiée",
    ),
    "invigilates": (
        lambda: InvigilatorAccessFactory().user,
        "surveille une session ouverte",
    ),
    "manages alone": (
        lambda: MembershipFactory(role=Role.MANAGER).user,
        "seul administrateur",
    ),
}


@pytest.mark.parametrize(("made_so", "said"), NEEDED.values(), ids=NEEDED)
def test_an_account_that_is_needed_is_kept_by_the_purge_and_on_request(people, at, made_so, said):
    account = made_so()

    assert not due(ACCOUNTS, at).filter(pk=account.pk).exists()
    with pytest.raises(CommandError, match=said):
        erase(people, account)


def test_one_of_two_managers_may_go(people, at):
    one, _other = MembershipFactory.create_batch(2, centre=people.session.centre)

    erase(people, one.user)

    assert User.objects.get(pk=one.user_id).is_erased


def erase(people, account):
    call_command(
        "erase_person", account=account.pk, by=people.officer.pk, apply=True, stdout=StringIO()
    )
