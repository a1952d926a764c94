from certif.accounts.views.account import health, honest_status, landing, profile

__all__ = ["health", "honest_status", "landing", "profile"]
