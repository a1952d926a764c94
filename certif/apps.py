from django.apps import AppConfig
from django.utils.translation.trans_real import translation


class CertifConfig(AppConfig):
    name = "certif"

    def ready(self):
        from certif.audit.sentences import register
        from certif.lib.typography import French
        from certif.privacy import checks  # noqa: F401
        from certif.privacy.events import SENTENCES

        register(SENTENCES)
        translation("fr").add_fallback(French())
