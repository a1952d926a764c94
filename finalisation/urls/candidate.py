from django.urls import path

from finalisation.views import results

app_name = "results"

urlpatterns = [path("resultats/", results.my_results, name="my_results")]
