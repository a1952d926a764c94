from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "certif.accounts"
    verbose_name = "comptes et centres"

    def ready(self):
        from certif.accounts.events import SENTENCES
        from certif.accounts.queries import addresses_invited, names_of_people
        from certif.audit.sentences import register, register_names

        register(SENTENCES)
        register_names("person", names_of_people, erased="une personne effacée")
        register_names("invitation", addresses_invited, erased="une personne effacée")
