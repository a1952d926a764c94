from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "certif.accounts"
    verbose_name = "comptes et centres"

    def ready(self):
        from allauth.mfa.signals import authenticator_added
        from django.contrib.auth.signals import user_logged_in

        from certif.accounts.devices import note_proof
        from certif.accounts.events import SENTENCES
        from certif.accounts.logins import note_beginning
        from certif.accounts.queries import addresses_invited, names_of_people
        from certif.accounts.second_factor import note_activation
        from certif.accounts.sessions import key_by_account
        from certif.audit.sentences import register, register_names

        user_logged_in.connect(note_beginning, dispatch_uid="certif.accounts.logins")
        user_logged_in.connect(key_by_account, dispatch_uid="certif.accounts.sessions")
        user_logged_in.connect(note_proof, dispatch_uid="certif.accounts.devices")
        authenticator_added.connect(note_activation, dispatch_uid="certif.accounts.second_factor")
        register(SENTENCES)
        register_names("person", names_of_people, erased="une personne effacée")
        register_names("invitation", addresses_invited, erased="une personne effacée")
