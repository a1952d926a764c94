"""Who a login stands for, read at each request by a statement compiled once."""

from allauth.account.auth_backends import AuthenticationBackend as AllauthBackend

from certif.accounts.models import User
from certif.lib.compiled import Instances

ACCOUNTS = Instances(lambda account: User.objects.filter(pk=account), "account")


class AuthenticationBackend(AllauthBackend):
    def get_user(self, user_id):
        user = next(iter(ACCOUNTS.ask(account=user_id)), None)
        return user if user and self.user_can_authenticate(user) else None

    def has_perm(self, user_obj, perm, obj=None):
        """An officer may do what the admin offers (domain.md § 1); rights are given by a superuser alone
        (certif/accounts/admin.py)."""
        return user_obj.is_active and user_obj.is_staff

    def has_module_perms(self, user_obj, app_label):
        return user_obj.is_active and user_obj.is_staff
