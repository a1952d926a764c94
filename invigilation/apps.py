from django.apps import AppConfig


class InvigilationConfig(AppConfig):
    name = "invigilation"
    verbose_name = "surveillance et signalements"

    def ready(self):
        from certif.audit.sentences import register
        from invigilation.documents.papers import PAPERS
        from invigilation.events import SENTENCES
        from sessions.documents import registry

        register(SENTENCES)
        for paper in PAPERS:
            registry.register(paper)
