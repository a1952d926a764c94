from django.urls import path

from exam import views

app_name = "exam"

urlpatterns = [
    path("", views.join, name="join"),
    path("sites/<slug:slug>/", views.site, name="site"),
    path("<int:candidate_id>/code/", views.start, name="start"),
    path("<int:candidate_id>/attente", views.waiting, name="waiting"),
    path("<int:candidate_id>/test/", views.test, name="test"),
    path("<int:candidate_id>/test/reponse", views.answer, name="answer"),
    path("<int:candidate_id>/test/signe", views.beat, name="beat"),
    path(
        "<int:candidate_id>/test/fichiers/<int:number>/<slug:kind>",
        views.question_file,
        name="question_file",
    ),
]
