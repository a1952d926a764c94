"""`manage.py replay_erasures`: what a backup brings back is erased again."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.utils import timezone

from certif.accounts.models import User
from certif.audit.models import AuditEvent
from finalisation.models import Certificate
from sessions.enums import SessionState
from sessions.models import Candidate, ExamSession
from tests.certif.marked import MARK, dump
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


def erase(people, **whom):
    options = {"by": people.officer.pk, "apply": True, "stdout": StringIO(), **whom}
    call_command("erase_person", **options)


def replay(people, *, apply=True):
    written = StringIO()
    call_command("replay_erasures", by=people.officer.pk, apply=apply, stdout=written)
    return written.getvalue()


def lose(*facts):
    """What a restore makes of what was done since the backup: the database never saw it."""
    with transaction.atomic():
        made = [fact() for fact in facts]
        transaction.set_rollback(True)
    return made


@pytest.fixture
def restored(people):
    """Backed up, erased, restored."""
    account = people.certified.user_id
    lose(
        lambda: erase(people, candidate=people.other.pk),
        lambda: erase(people, candidate=people.certified.pk, certificate=True),
        lambda: erase(people, account=account),
    )
    return people


def test_a_backup_brings_back_who_was_erased(restored):
    assert not Candidate.objects.get(pk=restored.other.pk).is_erased
    assert not User.objects.get(pk=restored.certified.user_id).is_erased


def test_who_was_erased_since_the_backup_is_erased_again(restored):
    told = replay(restored)

    assert told.count("rejoué") == 3
    assert Candidate.objects.get(pk=restored.other.pk).is_erased
    assert Candidate.objects.get(pk=restored.certified.pk).is_erased
    assert not Certificate.objects.exists()
    assert User.objects.get(pk=restored.certified.user_id).is_erased
    assert f"{MARK}{restored.other.pk}ofcandidate" not in "\n".join(dump().values())


def test_who_has_a_number_that_was_drawn_again_is_left_alone(restored):
    later = timezone.now() + timedelta(hours=1)
    User.objects.filter(pk=restored.certified.user_id).update(date_joined=later)
    ExamSession.objects.update(created_at=later)
    told = replay(restored)

    assert told.count("n’est pas dans cette base") == 3
    assert not Candidate.objects.get(pk=restored.other.pk).is_erased
    assert not User.objects.get(pk=restored.certified.user_id).is_erased


def test_the_history_says_who_did_it_again(restored):
    replay(restored)

    lines = AuditEvent.objects.filter(kind__in=["person.erased", "account.erased"])
    assert set(lines.values_list("actor_id", flat=True)) == {restored.officer.pk}
    assert lines.count() == 3


def test_without_its_flag_it_only_tells(restored):
    before = dump()

    told = replay(restored, apply=False)

    assert told.count("rejoué") == 3
    assert "Rien n’a été changé" in told
    assert dump() == before
    assert not AuditEvent.objects.filter(kind="person.erased").exists()


def test_replayed_twice_it_finds_nothing_to_do(restored):
    replay(restored)
    before = AuditEvent.objects.count()

    assert replay(restored) == "Terminé.\n"
    assert AuditEvent.objects.count() == before


def test_restored_twice_it_is_replayed_twice(restored):
    lose(lambda: replay(restored))

    assert replay(restored).count("rejoué") == 3


def test_a_database_that_was_not_restored_has_nothing_to_replay(people):
    erase(people, candidate=people.other.pk)

    assert replay(people) == "Terminé.\n"


def test_whoever_takes_the_number_of_what_was_lost_is_left(people):
    def erased():
        lost = UserFactory()
        erase(people, account=lost.pk)
        return lost.pk

    (number,) = lose(erased)
    told = replay(people)
    newcomer = UserFactory(pk=number)

    assert "n’est pas dans cette base" in told
    assert replay(people) == "Terminé.\n"
    assert not User.objects.get(pk=newcomer.pk).is_erased


def test_what_is_refused_is_told_and_the_others_are_done(people):
    """The backup is of before the publication: it is published anew, then replayed again."""
    bystander = UserFactory()
    lose(
        lambda: erase(people, candidate=people.other.pk),
        lambda: erase(people, account=bystander.pk),
    )
    sessions = ExamSession.objects.filter(pk=people.session.pk)
    published = sessions.values("state", "published_at", "published_by").get()
    sessions.update(state=SessionState.FINALISED, published_at=None, published_by=None)

    with pytest.raises(CommandError, match="1 effacement"):
        replay(people)
    sessions.update(**published)
    told = replay(people)

    assert User.objects.get(pk=bystander.pk).is_erased
    assert told.count("rejoué") == 1
    assert Candidate.objects.get(pk=people.other.pk).is_erased


def test_the_journal_names_nobody(restored, settings):
    path = settings.ERASURES_JOURNAL

    assert MARK not in path.read_text().lower()
    assert "@" not in path.read_text()
    assert path.stat().st_mode & 0o777 == 0o600


def test_nothing_is_erased_that_is_not_noted(people, settings, tmp_path):
    settings.ERASURES_JOURNAL = tmp_path

    with pytest.raises(CommandError, match="ne s’écrit pas"):
        erase(people, candidate=people.other.pk)
    assert not Candidate.objects.get(pk=people.other.pk).is_erased


def test_what_was_only_told_is_not_noted(people, settings):
    erase(people, candidate=people.other.pk, apply=False)

    assert not settings.ERASURES_JOURNAL.exists()


def test_a_line_that_was_cut_short_hides_no_other(people, settings):
    settings.ERASURES_JOURNAL.write_text('{"candidate": 8')
    lose(lambda: erase(people, candidate=people.other.pk))

    assert replay(people).count("rejoué") == 1


def test_a_missing_journal_is_told(people):
    with pytest.raises(CommandError, match="Aucun journal"):
        replay(people)
