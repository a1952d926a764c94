"""Factories describe the commonest valid thing: a session of today, open, in a Paris school.

What actions do (a tick, a start, a finalisation) is done by the actions, in `tests/situations.py`.
"""

from datetime import date, time, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import factory
from django.contrib.auth.hashers import make_password
from django.utils import timezone

from certif.accounts import tokens
from certif.accounts.models import Centre, Invitation, Membership, Role, User
from exam.enums import Competence, QuestionKind
from exam.models import QUESTIONS_PER_COMPETENCE, Question
from sessions.codes import draw_access_code
from sessions.models import Candidate, ExamSession, InvigilatorAccess, Pupil

PASSWORD = "certif-demo"


class UserFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = User

    email = factory.Sequence(lambda n: f"personne{n}@exemple.test")
    first_name = "Camille"
    last_name = factory.Sequence(lambda n: f"Martin{n}")

    class Params:
        officer = factory.Trait(is_staff=True)

    @factory.lazy_attribute
    def password(self):
        return make_password(PASSWORD)


class CentreFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Centre

    name = factory.Sequence(lambda n: f"Collège n° {n}")


class MembershipFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Membership

    user = factory.SubFactory(UserFactory)
    centre = factory.SubFactory(CentreFactory)
    role = Role.MANAGER


class InvitationFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Invitation

    centre = factory.SubFactory(CentreFactory)
    email = factory.Sequence(lambda n: f"invite{n}@exemple.test")
    seed = factory.LazyFunction(uuid4)
    token_hash = factory.LazyAttribute(lambda row: tokens.digest(tokens.token_of(row.seed)))
    invited_by = factory.SubFactory(UserFactory)
    expires_at = factory.LazyFunction(lambda: timezone.now() + timedelta(days=7))


class ExamSessionFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = ExamSession

    centre = factory.SubFactory(CentreFactory)
    site = "Collège Anne Frank"
    room = "Salle 208"
    invigilators = "Paul Éluard"
    # Today where the centre is: in Nouméa tomorrow begins at two in the afternoon of Paris.
    date = factory.LazyAttribute(
        lambda session: timezone.localdate(timezone=ZoneInfo(session.centre.time_zone))
    )
    start_time = time(9, 0)
    end_time = None
    password = "C-4KXQ7"
    access_code = factory.LazyFunction(draw_access_code)
    created_by = factory.SubFactory(UserFactory)

    @classmethod
    def _build(cls, model_class, *args, **kwargs):
        session = model_class(*args, **kwargs)
        session.set_schedule(session.date, session.start_time, session.end_time)
        return session

    @classmethod
    def _create(cls, model_class, *args, **kwargs):
        session = cls._build(model_class, *args, **kwargs)
        session.save()
        return session


class CandidateFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Candidate

    session = factory.SubFactory(ExamSessionFactory)
    birth_name = factory.Sequence(lambda n: f"Lovelace{n}")
    first_name = "Ada"
    birth_date = date(2012, 12, 10)

    class Params:
        joined = factory.Trait(
            user=factory.SubFactory(UserFactory), linked_at=factory.LazyFunction(timezone.now)
        )


class PupilFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Pupil

    centre = factory.SubFactory(CentreFactory)
    birth_name = factory.Sequence(lambda n: f"Lovelace{n}")
    first_name = "Ada"
    birth_date = date(2012, 12, 10)
    school_class = "3e A"


class InvigilatorAccessFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = InvigilatorAccess

    session = factory.SubFactory(ExamSessionFactory)
    user = factory.SubFactory(UserFactory)


class QuestionFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Question

    key = factory.Sequence(lambda n: f"essai-{n}")
    competence = Competence.SEARCH
    kind = QuestionKind.SINGLE
    statement = factory.Sequence(lambda n: f"Question d’essai n° {n} : laquelle est juste ?")
    choices = ["La première", "La deuxième", "La troisième"]
    answers = [1]

    @classmethod
    def create_bank(cls):
        return Question.objects.bulk_create(
            cls.build(competence=competence)
            for competence in Competence.values
            for _ in range(QUESTIONS_PER_COMPETENCE)
        )


def days_ago(days):
    return timezone.localdate() - timedelta(days=days)
