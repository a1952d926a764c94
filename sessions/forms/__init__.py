from certif.lib.forms import submit
from sessions.forms.candidate import CandidateForm
from sessions.forms.fields import typed_instead
from sessions.forms.filters import SessionFilters
from sessions.forms.session import SessionForm

__all__ = ["CandidateForm", "SessionFilters", "SessionForm", "submit", "typed_instead"]
