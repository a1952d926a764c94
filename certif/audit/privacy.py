from certif.audit.models import AuditEvent
from certif.lib.privacy import Category, personal, rows_deleted

# Ids of people, and what was typed as a reason. Never changed: erased with its line.
PERSONAL = {AuditEvent: personal(Category.TRACE, "audit", "data")}
OURS = {AuditEvent: "kind operation_fingerprint"}
WITH_ROW = {
    AuditEvent: "at actor_id centre_id session_id candidate_id operation_id",
}

RULES = [
    rows_deleted(
        "audit",
        "lignes de l’historique",
        lambda limit: AuditEvent.objects.filter(at__lt=limit),
    )
]
