"""Who among the staff may move a session: asked by the pages, and by the worker before it publishes."""


def may_review(user):
    return user.has_perm("exam_sessions.change_examsession")
