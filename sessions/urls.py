from django.urls import include, path

from sessions import views

app_name = "sessions"

candidates = [
    path("", views.candidate_list, name="candidate_list"),
    path("ajouter/", views.candidate_add, name="candidate_add"),
    path("<int:candidate_id>/modifier/", views.candidate_edit, name="candidate_edit"),
    path("<int:candidate_id>/retirer/", views.candidate_remove, name="candidate_remove"),
]

urlpatterns = [
    path("centre/<int:centre_id>/", views.session_list, name="session_list"),
    path("centre/<int:centre_id>/nouvelle/", views.session_create, name="session_create"),
    path("<int:pk>/", views.session_detail, name="session_detail"),
    path("<int:pk>/modifier/", views.session_edit, name="session_edit"),
    path("<int:pk>/supprimer/", views.session_delete, name="session_delete"),
    path("<int:pk>/mot-de-passe/", views.password_renew, name="password_renew"),
    path("<int:pk>/historique/", views.session_history, name="session_history"),
    path(
        "<int:pk>/surveillants/<int:access_id>/retirer/",
        views.access_revoke,
        name="access_revoke",
    ),
    path("<int:pk>/candidats/", include(candidates)),
]
