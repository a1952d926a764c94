from django.urls import include, path

from sessions.views import candidates, documents, history, imports, printing, register, sessions

app_name = "sessions"

candidate_pages = [
    path("", candidates.candidate_list, name="candidate_list"),
    path("ajouter/", candidates.candidate_add, name="candidate_add"),
    path("modele.xlsx", imports.candidate_template, name="candidate_template"),
    path("classes/", register.enrol, name="enrol"),
    path("importer/", imports.candidate_import, name="candidate_import"),
    path("<int:candidate_id>/modifier/", candidates.candidate_edit, name="candidate_edit"),
    path("<int:candidate_id>/retirer/", candidates.candidate_remove, name="candidate_remove"),
]

import_pages = [
    path("", imports.import_page, name="import"),
    path("confirmer/", imports.import_confirm, name="import_confirm"),
    path("reprendre/", imports.import_resume, name="import_resume"),
    path("abandonner/", imports.import_abandon, name="import_abandon"),
]

print_pages = [
    path("", printing.print_run, name="print_run"),
    path("fichier/", printing.print_run_file, name="print_run_file"),
    path("reprendre/", printing.print_run_resume, name="print_run_resume"),
    path("abandonner/", printing.print_run_abandon, name="print_run_abandon"),
]

history_pages = [
    path("", history.session_history, name="session_history"),
    path("consultations/", history.session_openings, name="session_openings"),
    path("historique.csv", history.history_file, {"extension": "csv"}, name="history_csv"),
    path("historique.xlsx", history.history_file, {"extension": "xlsx"}, name="history_xlsx"),
    path("consultations.csv", history.openings_file, {"extension": "csv"}, name="openings_csv"),
    path("consultations.xlsx", history.openings_file, {"extension": "xlsx"}, name="openings_xlsx"),
]

urlpatterns = [
    path("centre/<int:centre_id>/", sessions.session_list, name="session_list"),
    path("centre/<int:centre_id>/historique/", history.centre_history, name="centre_history"),
    path("centre/<int:centre_id>/nouvelle/", sessions.session_create, name="session_create"),
    path("centre/<int:centre_id>/imports/", imports.import_desk, name="import_desk"),
    path(
        "centre/<int:centre_id>/imports/<slug:import_kind>/", imports.import_new, name="import_new"
    ),
    path(
        "centre/<int:centre_id>/imports/<slug:import_kind>/modele.xlsx",
        imports.import_template,
        name="import_template",
    ),
    path("imports/<uuid:import_id>/", include(import_pages)),
    path("centre/<int:centre_id>/eleves/", register.register, name="register"),
    path(
        "centre/<int:centre_id>/eleves/effacer/", register.register_delete, name="register_delete"
    ),
    path("centre/<int:centre_id>/imprimer/", printing.print_day, name="print_day"),
    path("impressions/<uuid:run_id>/", include(print_pages)),
    path("<int:pk>/", sessions.session_detail, name="session_detail"),
    path("<int:pk>/modifier/", sessions.session_edit, name="session_edit"),
    path("<int:pk>/supprimer/", sessions.session_delete, name="session_delete"),
    path("<int:pk>/mot-de-passe/", sessions.password_renew, name="password_renew"),
    path("<int:pk>/code-d-acces/", sessions.access_code_renew, name="access_code_renew"),
    path("<int:pk>/historique/", include(history_pages)),
    path(
        "<int:pk>/surveillants/<int:access_id>/retirer/",
        sessions.access_revoke,
        name="access_revoke",
    ),
    path("<int:pk>/documents/", documents.documents, name="documents"),
    path("<int:pk>/documents/<slug:document_key>/", documents.document, name="document"),
    path("<int:pk>/candidats/", include(candidate_pages)),
]
