"""Who may move a session: asked by the worker before it publishes in somebody's name."""


def may_review(user):
    return user.is_active and user.is_staff
