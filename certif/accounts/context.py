from django.conf import settings


def site(request):
    """What every page shows."""
    return {"demo": settings.DEMO, "support_email": settings.SUPPORT_EMAIL, "navigation": []}
