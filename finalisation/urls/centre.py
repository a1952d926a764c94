app_name = "finalisation"

urlpatterns = []
