"""What happens after the day. Every write of this app is here."""

from finalisation.actions.certificates import ask_certificates
from finalisation.actions.closing import (
    close_not_held,
    finalise,
)
from finalisation.actions.documents import add_document, remove_document
from finalisation.actions.draft import save_closing_file
from finalisation.actions.filled import fill_from_sheet
from finalisation.actions.jury import (
    correct_identity,
    decide_certification,
    mark_of,
    rule_on_question,
)
from finalisation.actions.notes import copy_notes
from finalisation.actions.publications import (
    NothingChosen,
    TooManySessions,
    ask_publication,
    give_up_publications,
    last_due,
    next_try,
    publish_in_worker,
)
from finalisation.actions.refusals import (
    AlreadyFinalised,
    CannotBeNotHeld,
    ChangedMeanwhile,
    EditedMeanwhile,
    FinalisationBlocked,
    NothingStarted,
    NotPublishable,
    NotSealedYet,
    Undecided,
)
from finalisation.actions.review import (
    assign_officer,
    hand_over,
    publish,
    reopen,
    resolve_report,
    unpublish,
)

__all__ = [
    "AlreadyFinalised",
    "CannotBeNotHeld",
    "ChangedMeanwhile",
    "EditedMeanwhile",
    "FinalisationBlocked",
    "NotPublishable",
    "NotSealedYet",
    "NothingChosen",
    "NothingStarted",
    "TooManySessions",
    "Undecided",
    "add_document",
    "ask_certificates",
    "ask_publication",
    "assign_officer",
    "close_not_held",
    "copy_notes",
    "correct_identity",
    "decide_certification",
    "fill_from_sheet",
    "finalise",
    "give_up_publications",
    "hand_over",
    "last_due",
    "mark_of",
    "next_try",
    "publish",
    "publish_in_worker",
    "remove_document",
    "reopen",
    "resolve_report",
    "rule_on_question",
    "save_closing_file",
    "unpublish",
]
