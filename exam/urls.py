from django.urls import path

from exam import practice_views, problem_views, views

app_name = "exam"

urlpatterns = [
    path("", views.join, name="join"),
    path("sites/<slug:slug>/", views.site, name="site"),
    path("entrainement/<int:number>/", practice_views.practice_question, name="practice"),
    path("<int:candidate_id>/code/", views.start, name="start"),
    path("<int:candidate_id>/attente", views.waiting, name="waiting"),
    path("<int:candidate_id>/test/", views.test, name="test"),
    path("<int:candidate_id>/test/commencer", views.begin, name="begin"),
    path("<int:candidate_id>/test/reponse", views.answer, name="answer"),
    path("<int:candidate_id>/test/signe", views.beat, name="beat"),
    path("<int:candidate_id>/test/signaler", problem_views.problem, name="problem"),
    path(
        "<int:candidate_id>/test/signaler/retirer",
        problem_views.problem_withdraw,
        name="problem_withdraw",
    ),
    path(
        "<int:candidate_id>/test/signaler/attente", problem_views.problem_wait, name="problem_wait"
    ),
    path(
        "<int:candidate_id>/test/fichiers/<int:number>/<slug:kind>",
        views.question_file,
        name="question_file",
    ),
]
