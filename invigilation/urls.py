from django.urls import include, path

from invigilation import views

app_name = "invigilation"

candidate_urls = [
    path("presence", views.presence, name="presence"),
    path("reprise/autoriser", views.resume_authorise, name="resume_authorise"),
    path("reprise/refuser", views.resume_refuse, name="resume_refuse"),
    path("reprise/annuler", views.resume_cancel, name="resume_cancel"),
    path("probleme/accepter", views.problem_accept, name="problem_accept"),
    path("probleme/ecarter", views.problem_reject, name="problem_reject"),
    path("terminer", views.end_test, name="end_test"),
    path("temps", views.add_time, name="add_time"),
    path("temps-majore", views.extra_time, name="extra_time"),
    path("ecran-de-fin", views.end_screen, name="end_screen"),
    path("signaler", views.report, name="report"),
    path("signalements/", views.reports, name="reports"),
    path("signalements/<int:report_id>/corriger", views.report_correct, name="report_correct"),
    path("signalements/<int:report_id>/retirer", views.report_discard, name="report_discard"),
    path("historique/", views.history, name="history"),
    path("rouvrir", views.reopen_test, name="reopen_test"),
    path("delier", views.unlink, name="unlink"),
    path("rapport-de-fraude/", views.fraud_report, name="fraud_report"),
]

urlpatterns = [
    path("", views.join, name="join"),
    path("<int:session_id>/", views.board, name="board"),
    path("<int:session_id>/live", views.board_live, name="board_live"),
    path("<int:session_id>/live/demandes", views.code_asks, name="code_asks"),
    path("<int:session_id>/jour", views.confirm_day, name="confirm_day"),
    path("<int:session_id>/code/", views.code, name="code"),
    path("<int:session_id>/code-donne", views.code_given, name="code_given"),
    path("<int:session_id>/temps", views.add_time_room, name="add_time_room"),
    path("<int:session_id>/temps-depasse", views.end_overdue, name="end_overdue"),
    path("<int:session_id>/notes", views.notes, name="notes"),
    path("<int:session_id>/notes/<int:note_id>/corriger", views.note_correct, name="note_correct"),
    path("<int:session_id>/notes/<int:note_id>/retirer", views.note_discard, name="note_discard"),
    path("<int:session_id>/deroule/", views.steps, name="steps"),
    path("<int:session_id>/quitter", views.leave, name="leave"),
    path("<int:session_id>/documents/<slug:document_key>/", views.document, name="document"),
    path("<int:session_id>/candidats/<int:candidate_id>/", include(candidate_urls)),
]
