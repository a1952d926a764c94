from certif.accounts.views.account import honest_status, landing, profile, whole_or_nothing

__all__ = ["honest_status", "landing", "profile", "whole_or_nothing"]
