from django.apps import AppConfig


class InvigilationConfig(AppConfig):
    name = "invigilation"
    verbose_name = "surveillance et signalements"

    def ready(self):
        from certif.audit.sentences import register
        from invigilation.events import SENTENCES

        register(SENTENCES)
