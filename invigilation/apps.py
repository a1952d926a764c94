from django.apps import AppConfig


class InvigilationConfig(AppConfig):
    name = "invigilation"
    verbose_name = "surveillance et signalements"

    def ready(self):
        from certif.audit.sentences import register
        from invigilation.documents.papers import PAPERS
        from invigilation.events import SENTENCES
        from invigilation.watching import last_seen_of
        from sessions.documents import registry
        from sessions.progress import tell_last_seen

        register(SENTENCES)
        for paper in PAPERS:
            registry.register(paper)
        tell_last_seen(last_seen_of)
