from django.apps import AppConfig
from django.utils.translation.trans_real import translation


class CertifConfig(AppConfig):
    name = "certif"

    def ready(self):
        from certif.lib.typography import French

        translation("fr").add_fallback(French())
