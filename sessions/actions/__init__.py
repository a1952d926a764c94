"""What the centre does before the day, and who may enter. Every write of this app is here."""

from sessions.actions.access import (
    join_as_invigilator,
    leave_invigilation,
    link_candidate,
    revoke_invigilator,
    unlink_candidate,
)
from sessions.actions.candidates import add_candidate, edit_candidate, remove_candidate
from sessions.actions.day import OtherDay, ask_other_day
from sessions.actions.documents import issue_document
from sessions.actions.enrolment import RegisterMoved, delete_register, enrol_pupils
from sessions.actions.refusals import (
    CountedOtherwise,
    SessionClosed,
    StaleForm,
)
from sessions.actions.session import (
    create_session,
    delete_session,
    edit_session,
    refuse_deletion,
    renew_access_code,
    renew_password,
)
from sessions.actions.warnings import ToConfirm

__all__ = [
    "CountedOtherwise",
    "OtherDay",
    "RegisterMoved",
    "SessionClosed",
    "StaleForm",
    "ToConfirm",
    "add_candidate",
    "ask_other_day",
    "create_session",
    "delete_register",
    "delete_session",
    "edit_candidate",
    "edit_session",
    "enrol_pupils",
    "issue_document",
    "join_as_invigilator",
    "leave_invigilation",
    "link_candidate",
    "refuse_deletion",
    "remove_candidate",
    "renew_access_code",
    "renew_password",
    "revoke_invigilator",
    "unlink_candidate",
]
