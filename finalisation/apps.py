from django.apps import AppConfig


class FinalisationConfig(AppConfig):
    name = "finalisation"
    verbose_name = "finalisation et résultats"

    def ready(self):
        from certif.audit.sentences import register, register_names
        from finalisation.certificates import CERTIFICATES
        from finalisation.events import SENTENCES
        from finalisation.mailings import recipients_of
        from finalisation.reasons import reasons_of
        from invigilation.documents.unfinished import tell_reasons
        from sessions.documents.registry import register as register_document

        register(SENTENCES)
        register_document(CERTIFICATES)
        register_names("mailing", recipients_of, erased="une adresse effacée")
        tell_reasons(reasons_of)
