"""The practice run: five fixed questions, of no bank and no test. Nothing of it is written anywhere."""

from dataclasses import dataclass

from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from exam.addresses import Addresses
from exam.enums import Competence, QuestionKind
from exam.models import Question
from exam.scoring import is_right

QUESTIONS = (
    Question(
        competence=Competence.SHARING,
        kind=QuestionKind.SINGLE,
        statement=_(
            "Vous envoyez un message à votre classe. Où écrire en quelques mots ce dont il parle ?"
        ),
        choices=[
            _("Dans l’objet"),
            _("Dans la pièce jointe"),
            _("Dans la signature"),
            _("Dans l’adresse du destinataire"),
        ],
        answers=[0],
    ),
    Question(
        competence=Competence.SECURITY,
        kind=QuestionKind.MULTIPLE,
        statement=_("Quels gestes protègent votre compte quand vous quittez un poste partagé ?"),
        choices=[
            _("Se déconnecter du site"),
            _("Fermer le navigateur"),
            _("Éteindre l’écran"),
            _("Enregistrer son mot de passe dans le navigateur"),
        ],
        answers=[0, 1],
    ),
    Question(
        competence=Competence.COLLABORATING,
        kind=QuestionKind.SINGLE,
        statement=_("D’après cette fenêtre, qui peut modifier le document ?"),
        choices=[_("Lina"), _("Oscar"), _("Inès")],
        answers=[0],
        image="practice/partage.svg",
        image_alt=_(
            "Fenêtre de partage du document « Sortie au lac.odt ». Lina peut modifier. "
            "Oscar peut lire. Inès peut commenter."
        ),
    ),
    Question(
        competence=Competence.DATA,
        kind=QuestionKind.NUMBER,
        statement=_(
            "Un dossier contient 3 photos de 4 Mo chacune. Combien de mégaoctets (Mo) occupent-elles "
            "en tout ?"
        ),
        answers=["12"],
    ),
    Question(
        competence=Competence.PROCESSING,
        kind=QuestionKind.TEXT,
        statement=_("Dans un tableur, écrivez le nom de la cellule de la colonne B, ligne 3."),
        answers=["B3"],
    ),
)


@dataclass(frozen=True)
class Result:
    is_right: bool
    passed: bool
    answers: list  # the right ones, as texts


def result_of(question, value, *, passed):
    answers = (
        [question.choices[rank] for rank in question.answers]
        if question.is_choice
        else question.answers
    )
    return Result(not passed and is_right(question, value), passed, answers)


def addresses_of(number, candidate_id=None):
    image = QUESTIONS[number - 1].image
    return Addresses(
        answer=address_of(number, candidate_id), image=static(image.name) if image else ""
    )


def address_of(number, candidate_id=None):
    """`candidate_id`: whose access-code page one comes from, and goes back to."""
    query = {"candidat": candidate_id} if candidate_id else None
    return reverse("exam:practice", args=[number], query=query)


def back_from(candidate_id=None):
    return reverse("exam:start", args=[candidate_id]) if candidate_id else reverse("exam:join")
