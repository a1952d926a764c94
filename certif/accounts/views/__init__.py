from certif.accounts.views.account import honest_status, landing, profile

__all__ = ["honest_status", "landing", "profile"]
