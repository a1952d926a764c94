"""The link of a mail that opens results without a login: signed, for one recipient of one
publication, for a while."""

from datetime import timedelta

from django.core import signing
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from certif.lib.refusals import Refusal
from finalisation.models import Mailing, MailKind

LINK_LASTS = timedelta(days=30)
SALT = "finalisation.results"


class LinkUnknown(Refusal):
    message = _(
        "Ce lien n’ouvre rien. Vérifiez qu’il est entier\u00a0: copiez-le depuis l’e-mail, sans en "
        "oublier la fin."
    )


class LinkExpired(Refusal):
    message = _(
        "Ce lien a expiré\u00a0: il ouvrait les résultats pendant %(days)s jours. Demandez-les au "
        "centre de certification."
    ) % {"days": LINK_LASTS.days}


class ResultsWithdrawn(Refusal):
    message = _(
        "Pix a retiré ces résultats pour les vérifier. Vous recevrez un nouvel e-mail, avec un "
        "nouveau lien, quand ils seront publiés de nouveau."
    )


class ResultsReplaced(Refusal):
    message = _(
        "Ces résultats ont été publiés de nouveau depuis cet e-mail\u00a0: ouvrez le lien du plus "
        "récent."
    )


def address_of(mailing):
    """Signed at the time of sending: from then on the days are counted."""
    signed = signing.dumps(mailing.pk, salt=SALT)
    return reverse("results:by_link", args=[signed])


def mailing_of(signed):
    """The mail that carried this link. Raises one of the refusals above."""
    try:
        pk = signing.loads(signed, salt=SALT, max_age=LINK_LASTS)
    except signing.SignatureExpired as error:
        raise LinkExpired from error
    except signing.BadSignature as error:
        raise LinkUnknown from error
    sent = Mailing.objects.filter(pk=pk, kind=MailKind.RESULTS)
    mailing = sent.select_related("session__centre").first()
    if mailing is None:
        raise LinkUnknown
    if not mailing.session.is_published:
        raise ResultsWithdrawn
    if mailing.session.published_at != mailing.occasion:
        raise ResultsReplaced
    return mailing
