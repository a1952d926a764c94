from django.apps import AppConfig


class FinalisationConfig(AppConfig):
    name = "finalisation"
    verbose_name = "finalisation et résultats"

    def ready(self):
        from certif.audit.sentences import register
        from finalisation.events import SENTENCES

        register(SENTENCES)
