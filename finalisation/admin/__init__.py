"""The review by Pix officers: one list in piles, one page a session, no field to edit."""

from finalisation.admin.mailings import MailingAdmin
from finalisation.admin.publications import PublicationRunAdmin
from finalisation.admin.sessions import ExamSessionAdmin

__all__ = ["ExamSessionAdmin", "MailingAdmin", "PublicationRunAdmin"]
