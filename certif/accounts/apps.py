from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "certif.accounts"
    verbose_name = "comptes et centres"

    def ready(self):
        from allauth.mfa.signals import authentication_failed, authenticator_added
        from django.contrib.auth.signals import (
            user_logged_in,
            user_logged_out,
            user_login_failed,
        )

        from certif.accounts.devices import note_proof
        from certif.accounts.events import SENTENCES
        from certif.accounts.journal import (
            tell_code_refused,
            tell_login,
            tell_logout,
            tell_refused,
        )
        from certif.accounts.logins import note_beginning
        from certif.accounts.queries import addresses_invited, names_of_people
        from certif.accounts.second_factor import note_activation
        from certif.accounts.sessions import key_by_account
        from certif.audit.sentences import register, register_names

        user_logged_in.connect(note_beginning, dispatch_uid="certif.accounts.logins")
        user_logged_in.connect(key_by_account, dispatch_uid="certif.accounts.sessions")
        user_logged_in.connect(note_proof, dispatch_uid="certif.accounts.devices")
        authenticator_added.connect(note_activation, dispatch_uid="certif.accounts.second_factor")
        user_logged_in.connect(tell_login, dispatch_uid="certif.accounts.journal")
        user_login_failed.connect(tell_refused, dispatch_uid="certif.accounts.journal")
        authentication_failed.connect(tell_code_refused, dispatch_uid="certif.accounts.journal")
        user_logged_out.connect(tell_logout, dispatch_uid="certif.accounts.journal")
        register(SENTENCES)
        register_names("person", names_of_people, erased="une personne effacée")
        register_names("invitation", addresses_invited, erased="une personne effacée")
