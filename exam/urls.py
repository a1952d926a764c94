app_name = "exam"

urlpatterns = []
