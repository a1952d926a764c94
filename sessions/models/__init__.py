from sessions.models.access import InvigilatorAccess
from sessions.models.candidate import Candidate
from sessions.models.jobs import PreparedImport, PrintRun
from sessions.models.person import identity_key, of_nobody
from sessions.models.pupil import Pupil
from sessions.models.session import (
    CANDIDATES_PER_INVIGILATOR,
    FINALISE_WITHIN,
    TEST_DURATION,
    ExamSession,
    search_key,
)

__all__ = [
    "CANDIDATES_PER_INVIGILATOR",
    "FINALISE_WITHIN",
    "TEST_DURATION",
    "Candidate",
    "ExamSession",
    "InvigilatorAccess",
    "PreparedImport",
    "PrintRun",
    "Pupil",
    "identity_key",
    "of_nobody",
    "search_key",
]
