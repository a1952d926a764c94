from django.urls import include, path

from sessions.views import candidates, documents, sessions

app_name = "sessions"

candidate_pages = [
    path("", candidates.candidate_list, name="candidate_list"),
    path("ajouter/", candidates.candidate_add, name="candidate_add"),
    path("<int:candidate_id>/modifier/", candidates.candidate_edit, name="candidate_edit"),
    path("<int:candidate_id>/retirer/", candidates.candidate_remove, name="candidate_remove"),
]

urlpatterns = [
    path("centre/<int:centre_id>/", sessions.session_list, name="session_list"),
    path("centre/<int:centre_id>/nouvelle/", sessions.session_create, name="session_create"),
    path("<int:pk>/", sessions.session_detail, name="session_detail"),
    path("<int:pk>/modifier/", sessions.session_edit, name="session_edit"),
    path("<int:pk>/supprimer/", sessions.session_delete, name="session_delete"),
    path("<int:pk>/mot-de-passe/", sessions.password_renew, name="password_renew"),
    path("<int:pk>/historique/", sessions.session_history, name="session_history"),
    path(
        "<int:pk>/surveillants/<int:access_id>/retirer/",
        sessions.access_revoke,
        name="access_revoke",
    ),
    path("<int:pk>/documents/", documents.documents, name="documents"),
    path("<int:pk>/documents/<slug:document_key>/", documents.document, name="document"),
    path("<int:pk>/candidats/", include(candidate_pages)),
]
