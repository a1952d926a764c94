from django.apps import AppConfig


class ExamConfig(AppConfig):
    name = "exam"
    verbose_name = "test de certification"

    def ready(self):
        from certif.audit.sentences import register
        from exam.events import SENTENCES
        from exam.progress import progress_of
        from sessions.progress import tell_progress

        register(SENTENCES)
        tell_progress(progress_of)
