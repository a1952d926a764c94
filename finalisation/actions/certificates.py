from django.db import transaction

from certif.accounts.models import Centre
from certif.audit.models import record, replayed
from finalisation.certificates import CERTIFICATES, NoCertificateYet, obtained
from sessions.actions.printing import print_sessions


@transaction.atomic
def ask_certificates(session, *, by, operation=None):
    """The print run that draws the certificates of a session, noted in its history.

    Raises NoCertificateYet, and what `print_sessions` does.
    """
    Centre.objects.locked().get(pk=session.centre_id)
    is_replay = replayed(operation, by=by)
    count = obtained().filter(candidate__session=session).count()
    if not count:
        raise NoCertificateYet
    run = print_sessions(
        session.centre,
        sessions=[session],
        documents=[CERTIFICATES.key],
        by=by,
        operation=operation,
    )
    if not is_replay:
        record("certificates.asked", by=by, session=session, count=count)
    return run
