from django.urls import path

from certif.accounts import views

app_name = "accounts"

urlpatterns = [
    path("accueil/", views.landing, name="landing"),
    path("compte/", views.profile, name="profile"),
]
