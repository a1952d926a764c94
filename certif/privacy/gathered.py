"""What the applications say of their tables, together (certif.lib.privacy)."""

from certif.accounts import privacy as accounts
from certif.audit import privacy as audit
from certif.privacy import accounts as erasable
from exam import privacy as exam
from finalisation import privacy as finalisation
from invigilation import privacy as invigilation
from sessions import privacy as sessions

APPLICATIONS = [accounts, sessions, exam, invigilation, finalisation, audit]
PERSONAL = {model: tags for each in APPLICATIONS for model, tags in each.PERSONAL.items()}
OURS = {model: names.split() for each in APPLICATIONS for model, names in each.OURS.items()}
WITH_ROW = {model: names.split() for each in APPLICATIONS for model, names in each.WITH_ROW.items()}
# An account once what holds it is gone; the history last: it tells what the others did.
RULES = [rule for each in [*APPLICATIONS[:-1], erasable, APPLICATIONS[-1]] for rule in each.RULES]
