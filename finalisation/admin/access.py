"""Who among the staff may read a session, and who may move it."""

from django.contrib.auth.decorators import user_passes_test
from django.core.exceptions import PermissionDenied

from finalisation.officers import may_review


def may_read(user):
    return may_review(user) or user.has_perm("exam_sessions.view_examsession")


def only(allowed):
    def test(user):
        if allowed(user):
            return True
        raise PermissionDenied

    return user_passes_test(test)
