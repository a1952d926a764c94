from django.apps import AppConfig


class SessionsConfig(AppConfig):
    name = "sessions"
    label = "exam_sessions"  # "sessions" is taken by django.contrib.sessions
    verbose_name = "sessions d’examen"

    def ready(self):
        from certif.accounts.actions.officers import tell_zone_followed
        from certif.audit.sentences import register, register_erased
        from sessions.actions.zone import follow_zone
        from sessions.documents import registry
        from sessions.documents.papers import PAPERS
        from sessions.documents.workbooks import WORKBOOKS
        from sessions.events import SENTENCES
        from sessions.queries.history import erased_candidates_in

        register(SENTENCES)
        tell_zone_followed(follow_zone)
        register_erased(erased_candidates_in)
        for document in [*PAPERS, *WORKBOOKS]:
            registry.register(document)
