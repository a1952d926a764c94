from django.apps import AppConfig


class FinalisationConfig(AppConfig):
    name = "finalisation"
    verbose_name = "finalisation et résultats"

    def ready(self):
        from certif.audit.sentences import register, register_names
        from finalisation.events import SENTENCES
        from finalisation.mailings import recipients_of
        from finalisation.reasons import reasons_of
        from invigilation.documents.unfinished import tell_reasons

        register(SENTENCES)
        register_names("mailing", recipients_of, erased="une adresse effacée")
        tell_reasons(reasons_of)
