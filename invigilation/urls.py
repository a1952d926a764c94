app_name = "invigilation"

urlpatterns = []
