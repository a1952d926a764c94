"""Whom a command is about, and in whose name: by numbers, so that no name is in a shell's history."""

from django.core.management.base import CommandError

from certif.accounts.models import User
from sessions.models import Candidate


def add_arguments(parser):
    whom = parser.add_mutually_exclusive_group(required=True)
    whom.add_argument("--candidate", type=int, metavar="ID", help="one row of a candidate list")
    whom.add_argument("--account", type=int, metavar="ID")
    add_officer(parser)


def add_officer(parser):
    parser.add_argument("--by", type=int, required=True, metavar="ID", help="the officer who asks")


def officer(pk):
    found = User.objects.filter(pk=pk, is_staff=True, is_active=True).first()
    if found is None:
        raise CommandError(f"Le compte n° {pk} n’est pas de l’équipe Pix.")
    return found


def candidate(pk):
    return _found(Candidate.objects.select_related("session__centre"), pk)


def account(pk):
    return _found(User.objects, pk)


def _found(rows, pk):
    found = rows.filter(pk=pk).first()
    if found is None:
        raise CommandError(f"Aucune ligne n° {pk}.")
    return found
