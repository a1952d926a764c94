from django.urls import include, path

from finalisation.views import (
    calendar,
    certificates,
    closing,
    documents,
    filled,
    moves,
    notes,
    results,
)

app_name = "finalisation"

closing_urls = [
    path("", closing.closing_file, name="closing_file"),
    path("live", closing.live, name="live"),
    path("echeance.ics", calendar.deadline, name="deadline"),
    path("valider/", closing.confirm, name="confirm"),
    path("feuille/", filled.filled_sheet, name="filled_sheet"),
    path("feuille/confirmer/", filled.filled_confirm, name="filled_confirm"),
    path("notes/", closing.copy_notes, name="copy_notes"),
    path("notes/<int:note_id>/corriger/", notes.note_correct, name="note_correct"),
    path("notes/<int:note_id>/retirer/", notes.note_discard, name="note_discard"),
    path("non-tenue/", closing.not_held, name="not_held"),
    path("candidats/<int:candidate_id>/signaler/", moves.report, name="report"),
    path("candidats/<int:candidate_id>/question", moves.question, name="question"),
    path("candidats/<int:candidate_id>/terminer/", moves.end_test, name="end_test"),
    path("signalements/<int:report_id>/modifier/", moves.report_correct, name="report_correct"),
    path("signalements/<int:report_id>/retirer/", moves.report_discard, name="report_discard"),
    path("pv-scelle", documents.sealed, name="sealed"),
    path("pv-scelle.pdf", documents.sealed_record, name="sealed_record"),
    path("documents/", documents.document_add, name="document_add"),
    path("documents/<int:document_id>/", documents.document, name="document"),
    path(
        "documents/<int:document_id>/retirer/",
        documents.document_remove,
        name="document_remove",
    ),
]

results_urls = [
    path("", results.session_results, name="session_results"),
    *(
        path(
            f"resultats.{extension}",
            results.session_results_file,
            {"extension": extension},
            name=f"session_results_{extension}",
        )
        for extension in results.FILES
    ),
    path("certificats/", certificates.session_certificates, name="session_certificates"),
]

urlpatterns = [
    path("<int:pk>/finaliser/", include(closing_urls)),
    path("<int:pk>/resultats/", include(results_urls)),
]
