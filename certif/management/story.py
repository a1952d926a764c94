"""The demonstration's data: a story told by the ordinary actions, at the hours it would happen."""

from datetime import date, time, timedelta

from django.db import transaction
from django.utils import timezone

from certif.accounts.models import Centre, CentreKind, Membership, Role, User
from certif.management.gestures import (
    Gestures,
    clock,
    fresh,
    keep_seed_secrets,
    new_account,
    number_with,
    quarter,
)
from certif.management.pupils import register_file
from exam import actions as exam_actions
from exam.enums import AttemptState, GrantReason, ResumeState
from exam.models import Attempt
from finalisation import actions as finalisation_actions
from invigilation import actions as invigilation_actions
from sessions import actions as session_actions
from sessions.actions import imports as session_imports
from sessions.actions.session import edit_version
from sessions.enums import ImportKind, SessionState
from sessions.models import ExamSession

CENTRE_ACCOUNT = "centre@exemple.test"
INVIGILATOR_ACCOUNT = "surveillant@exemple.test"
OFFICER_ACCOUNT = "pix@exemple.test"
CANDIDATE_ACCOUNTS = [f"candidat{n}@exemple.test" for n in range(1, 5)]

# Seed 002: the four candidates of the invigilator's guide, in the order of candidat1 … candidat4.
GUIDE_CANDIDATES = [
    ("DELARUE", "Sophie", date(2001, 7, 4)),
    ("DUPONT", "Martine", date(1994, 6, 21)),
    ("DUPONT", "Paul", date(1997, 5, 21)),
    ("DURAND", "Simon", date(1988, 3, 9)),
]
RUNNING_CANDIDATES = [
    ("BELKACEM", "Yanis", date(2009, 2, 14)),
    ("ÉTIENNE-LÉRY", "Inès", date(2008, 12, 8)),
    ("FAURE", "Noé", date(2009, 3, 17)),
    ("GIRAUD", "Lina", date(2009, 8, 25)),
    ("NGUYỄN", "Thi Lan", date(2009, 6, 6)),
    ("ŒUVRARD", "Maël", date(2009, 2, 28)),
    ("PETIT", "Chloé", date(2009, 5, 13)),
    ("ŞAHİN", "Elif", date(2009, 7, 7)),
]
# Seed 003: the names of the finalisation guide.
UNFINISHED_CANDIDATES = [
    ("Cotillon", "Marion", date(2007, 7, 22)),
    ("Marteau", "Sophie", date(2007, 10, 19)),
]
FINISHED_CANDIDATES = [
    ("Bernier", "Faye", date(2007, 2, 14)),
    ("Clounet", "Georges", date(2007, 11, 3)),
    ("DOE", "Jane", date(2007, 9, 11)),
    ("Lovelace", "Ada", date(2007, 12, 10)),
]


def exists():
    return User.objects.filter(email=CENTRE_ACCOUNT).exists()


@transaction.atomic
def tell():
    """Everything or nothing. Needs the question bank."""
    story = Story()
    story.people()
    story.register()
    story.to_prepare()
    story.ready_today()
    story.running()
    story.to_finalise()
    story.finalised()
    story.published()
    story.overseas()


def bring_up_to_date():
    """The session « ready today » stays ready today, as long as nobody touched it."""
    today = timezone.localdate()
    for session in ExamSession.objects.filter(
        access_code="XGDZ45", first_started_at=None, date__lt=today
    ):
        session_actions.edit_session(
            session, by=session.created_by, version=edit_version(session), date=today
        )


class Story(Gestures):
    def go_on(self):
        """The pages of the running session's pupils: they beat, and answer now and then."""
        running = Attempt.objects.filter(
            state=AttemptState.RUNNING,
            candidate__user__email__startswith="eleve",
            candidate__session__state=SessionState.CREATED,
        ).exclude(resume_requests__state=ResumeState.PENDING)
        for attempt in running.select_related("candidate__session"):
            exam_actions.beat(attempt, seat_key=attempt.seat_key)
            if self.random.random() < 0.2:
                self._answer_next(attempt)

    def people(self):
        self.manager = new_account(CENTRE_ACCOUNT, "Claire", "Fontaine")
        self.invigilator = new_account(INVIGILATOR_ACCOUNT, "Ariete", "Bordeauxchesnel")
        self.officer = new_account(
            OFFICER_ACCOUNT, "Inès", "Moreau", is_staff=True, is_superuser=True
        )
        self.candidates = [
            new_account(email, first_name, birth_name)
            for email, (birth_name, first_name, _) in zip(
                CANDIDATE_ACCOUNTS, GUIDE_CANDIDATES, strict=True
            )
        ]
        self.school = Centre.objects.create(
            name="Collège Anne Frank",
            kind=CentreKind.SCO,
            external_id="0751234Z",
            address="12 rue des Tilleuls",
            postcode="75013",
            city="Paris",
        )
        self.overseas_school = Centre.objects.create(
            name="Lycée de la Baie des Citrons",
            kind=CentreKind.SCO,
            external_id="9830123A",
            address="4 promenade des Flamboyants",
            postcode="98800",
            city="Nouméa",
            time_zone="Pacific/Noumea",
        )
        Membership.objects.create(user=self.manager, centre=self.school, role=Role.MANAGER)
        Membership.objects.create(user=self.manager, centre=self.overseas_school, role=Role.MEMBER)

    def register(self):
        """The pupils of the school, of whom one enrols by class."""
        prepared = session_imports.receive_import(
            ImportKind.REGISTER,
            centre=self.school,
            filename="eleves-3e.csv",
            data=register_file(),
            by=self.manager,
        )
        session_imports.confirm_import(prepared, remove_absent=None, by=self.manager)

    def to_prepare(self):
        """Seed 000: everything is ready but the list of candidates."""
        session = self._session(
            days=6,
            at=time(14, 30),
            site="22b Baker Street",
            room="28D",
            invigilators="Ariete Bordeauxchesnel",
        )
        keep_seed_secrets(session, "C-12344", "WB64K2")

    def ready_today(self):
        """Seed 002: four candidates, nobody ticked yet."""
        session = self._session(
            days=0,
            at=quarter(self.now),
            site="Centre de Testix",
            room="Salle 3",
            invigilators="Surveillant Test",
        )
        keep_seed_secrets(session, "C-12345", "XGDZ45")
        for identity in GUIDE_CANDIDATES:
            self._enrol(session, identity)

    def running(self):
        start = self.now - timedelta(minutes=48)
        with clock(start - timedelta(days=3)):
            session = self._session(
                days=3,
                at=quarter(start),
                room="Salle informatique 1",
                invigilators="Paul Éluard, Ariete Bordeauxchesnel",
            )
            candidates = [self._enrol(session, identity) for identity in RUNNING_CANDIDATES]
            session_actions.edit_candidate(
                candidates[1],
                by=self.manager,
                version=candidates[1].row_version,
                extra_time_percent=33,
            )
        self._invigilate(session, start - timedelta(minutes=10))
        with clock(start - timedelta(minutes=1)):
            invigilation_actions.note_code_given(session, by=self.invigilator)
        attempts = []
        for minute, candidate in enumerate(candidates[:6]):
            with clock(start + timedelta(minutes=minute // 3)):
                attempts.append(self._start(candidate))
        with clock(start + timedelta(minutes=minute)):
            self._tick(candidates[6])
        self._answer(attempts[0], 22, self.now - timedelta(seconds=50))
        self._answer(attempts[1], 12, self.now - timedelta(seconds=30))
        self._answer(attempts[2], 48, self.now - timedelta(minutes=4))
        self._answer(attempts[3], 31, self.now - timedelta(seconds=10))
        self._answer(attempts[4], 18, self.now - timedelta(minutes=4))
        self._answer(attempts[5], 26, self.now - timedelta(seconds=20))
        exam_actions.ask_to_resume(attempts[4].candidate, by=attempts[4].candidate.user)
        for attempt in (attempts[0], attempts[1], attempts[3], attempts[5]):
            exam_actions.beat(attempt, seat_key=attempt.seat_key)
        self._report(attempts[3].candidate, "E1", question_number=number_with(attempts[3], "image"))
        with clock(start + timedelta(minutes=25)):
            exam_actions.grant_minutes(
                session,
                [attempts[5].candidate_id],
                minutes=5,
                reason=GrantReason.ROOM,
                detail="poste changé",
                by=self.invigilator,
            )

    def to_finalise(self):
        """Seed 003: two unfinished tests, four finished ones, held yesterday."""
        session, start = self._past_session(
            days_ago=1, at=time(12, 0), room="Salle 208", invigilators="Paul Éluard"
        )
        keep_seed_secrets(session, "C-7KD4R", "VRRJ30")
        for identity in FINISHED_CANDIDATES:
            self._sit(session, identity, start, minutes=90)
        for identity, reached in zip(UNFINISHED_CANDIDATES, (18, 40), strict=True):
            attempt = self._sit(session, identity, start, minutes=100, reached=reached)
            with clock(start + timedelta(minutes=107)):
                invigilation_actions.end_test(attempt.candidate, by=self.invigilator)
        with clock(start + timedelta(minutes=60)):
            self._report(
                attempt.candidate, "E3", question_number=number_with(attempt, "attachment")
            )

    def finalised(self):
        session, start = self._past_session(
            days_ago=5, at=time(9, 0), room="CDI", invigilators="Paul Éluard et Jeanne Villepreux"
        )
        names = [
            ("BERNARD", "Malo"),
            ("CHEVALIER", "Jade"),
            ("D’ALMEIDA", "Théo"),
            ("KIRKOVE", "Manuel"),
        ]
        attempts = [
            self._sit(session, (*name, date(2008, 4, 2 + n)), start, minutes=80 + n)
            for n, name in enumerate(names)
        ]
        with clock(start + timedelta(minutes=40)):
            self._report(
                attempts[3].candidate,
                "C1",
                description="Erreur sur l’orthographe du nom du candidat : c’est Kirkov et non Kirkove.",
            )
            self._report(
                attempts[0].candidate, "E1", question_number=number_with(attempts[0], "image")
            )
            self._report(
                attempts[1].candidate,
                "A2",
                description="Alarme incendie à 9 h 40, salle évacuée pendant quatre minutes.",
            )
        self._finalise(session, start, comment="Exercice d’évacuation non prévu à 9 h 40.")

    def published(self):
        session, start = self._past_session(
            days_ago=23, at=time(14, 0), room="Salle 208", invigilators="Paul Éluard"
        )
        for owner, identity in zip(self.candidates[:2], GUIDE_CANDIDATES[:2], strict=True):
            self._sit(session, identity, start, minutes=88, account=owner)
        self._finalise(session, start)
        with clock(start + timedelta(days=4)):
            finalisation_actions.assign_officer(fresh(session), by=self.officer)
            finalisation_actions.publish(fresh(session), by=self.officer)

    def overseas(self):
        session = self._session(
            days=9,
            at=time(8, 0),
            centre=self.overseas_school,
            site="Bâtiment Kagu",
            room="Salle 12",
            invigilators="Hnalaine Wamytan",
        )
        for identity in [
            ("POADJA", "Manuella", date(2008, 1, 9)),
            ("WASSINGALU", "Théodore", date(2008, 10, 30)),
        ]:
            self._enrol(session, identity)
