from django.urls import path

from finalisation.views import certificates, result_links, results

app_name = "results"

urlpatterns = [
    path("resultats/", results.my_results, name="my_results"),
    path(
        "resultats/<int:attempt_id>/certificat.pdf",
        certificates.certificate,
        name="certificate",
    ),
    path("resultats/lien/<str:signed>/", result_links.results_by_link, name="by_link"),
    *(
        path(
            f"resultats/lien/<str:signed>/resultats.{extension}",
            result_links.results_file_by_link,
            {"extension": extension},
            name=f"by_link_{extension}",
        )
        for extension in results.FILES
    ),
]
