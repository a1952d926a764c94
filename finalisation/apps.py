from django.apps import AppConfig


class FinalisationConfig(AppConfig):
    name = "finalisation"
    verbose_name = "finalisation et résultats"

    def ready(self):
        from certif.audit.sentences import register
        from finalisation.events import SENTENCES
        from finalisation.reasons import reasons_of
        from invigilation.documents.unfinished import tell_reasons

        register(SENTENCES)
        tell_reasons(reasons_of)
