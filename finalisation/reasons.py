from finalisation.models import UnfinishedTest


def reasons_of(session):
    """Why each unfinished test was left, as far as the closing file knows it."""
    told = UnfinishedTest.objects.filter(attempt__candidate__session=session)
    return dict(told.values_list("attempt", "reason"))
