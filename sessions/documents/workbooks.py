"""The lists of a session as workbooks: what the imports take back."""

from django.utils.translation import gettext_lazy as _

from sessions.documents.registry import Audience, Document
from sessions.imports.templates import candidate_workbook, equipment_workbook

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

WORKBOOKS = [
    Document(
        key="liste-candidats",
        title=_("Liste des candidats"),
        description=_("Classeur .xlsx : toutes les informations des inscriptions."),
        audience=Audience.CENTRE,
        render=candidate_workbook,
        needs_candidates=True,
        content_type=XLSX,
        extension="xlsx",
    ),
    Document(
        key="materiel-certification",
        title=_("Matériel certification"),
        description=_(
            "Classeur .xlsx : le code d’accès et la feuille d’émargement numérique de la session."
        ),
        audience=Audience.CENTRE,
        render=lambda session: equipment_workbook([session]),
        content_type=XLSX,
        extension="xlsx",
    ),
]
