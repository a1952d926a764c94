from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "certif.accounts"
    verbose_name = "comptes et centres"

    def ready(self):
        from certif.accounts.events import SENTENCES
        from certif.audit.sentences import register

        register(SENTENCES)
