"""The answer to a candidate who raised a problem on his question."""

from dataclasses import dataclass
from functools import partial

from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from certif.accounts.views.scope import form_page
from certif.audit.operations import operation_of
from certif.lib.forms import submit
from certif.lib.numbers import number_in
from certif.lib.refusals import Refusal, status_of
from certif.lib.typography import de
from exam.actions import ProblemDecided, is_to_begin, spares_of
from exam.clock import extra_minutes
from exam.models import QuestionProblem
from invigilation import actions
from invigilation.answer_forms import AcceptProblemForm, RejectProblemForm
from invigilation.problems import pending_problem_of, waited_minutes
from invigilation.views.scope import enrolled, told, watched_session
from sessions.actions import ToConfirm


@form_page
def problem_accept(request, session_id, candidate_id):
    return _answer(request, session_id, candidate_id, ACCEPT)


@form_page
def problem_reject(request, session_id, candidate_id):
    return _answer(request, session_id, candidate_id, REJECT)


def _accept_form(problem, data, waited):
    return AcceptProblemForm(data, problem=problem, waited=waited)


def _reject_form(problem, data, waited):
    return RejectProblemForm(data, waited=waited)


def _accepted(problem):
    facts = {"n": problem.number, "of_name": de(problem.attempt.candidate)}
    if problem.replaced_by_id:
        return _("La question %(n)s %(of_name)s est remplacée") % facts
    return (
        _(
            "Le signalement %(of_name)s est enregistré. Aucune autre question n’est disponible : "
            "la question %(n)s sera passée"
        )
        % facts
    )


def _rejected(problem):
    return _("Le signalement %(of_name)s est écarté ; votre mot est sur sa page") % {
        "of_name": de(problem.attempt.candidate)
    }


def _with_minutes(sentence, minutes):
    if minutes:
        added = ngettext("%(n)s\u00a0min ajoutée", "%(n)s\u00a0min ajoutées", minutes)
        sentence += " ; " + added % {"n": minutes}
    return sentence + "."


@dataclass(frozen=True)
class Answer:
    """One of the two answers: what asks for it, what does it, what it then says."""

    template: str
    form: callable
    action: callable
    done: callable


ACCEPT = Answer("invigilation/problem_accept.html", _accept_form, actions.accept_problem, _accepted)
REJECT = Answer("invigilation/problem_reject.html", _reject_form, actions.reject_problem, _rejected)


def _answer(request, session_id, candidate_id, answer):
    """GET shows the problem and asks; POST answers the very problem that was shown."""
    candidate = enrolled(watched_session(request, session_id), candidate_id)
    try:
        problem = _problem_of(request, candidate)
        waited = waited_minutes(problem, timezone.now())
        data = request.POST if request.method == "POST" else None
        form = answer.form(problem, data, waited)
        action = partial(
            answer.action,
            problem,
            by=request.user,
            confirmed=request.POST.get("confirmed", ""),
            operation=operation_of(request),
        )
        decided = submit(form, action)
        if decided is None:
            return _ask(request, problem, answer, form, waited)
    except ToConfirm as asked:
        return _ask(request, problem, answer, form, waited, asked)
    except Refusal as refusal:
        return told(request, candidate, refusal.sentence, status=status_of(refusal))
    done = _with_minutes(answer.done(decided), form.cleaned_data["minutes"])
    return told(request, candidate, done)


def _problem_of(request, candidate):
    if request.method != "POST":
        problem = pending_problem_of(candidate)
    else:
        problems = QuestionProblem.objects.filter(attempt__candidate=candidate)
        problem = (
            problems.select_related("question", "attempt__candidate__session")
            .filter(pk=number_in(request.POST, "problem"))
            .first()
        )
    if problem is None:
        raise ProblemDecided
    return problem


def _ask(request, problem, answer, form, waited, asked=None):
    if form.errors:
        form.propose_again()
    candidate = problem.attempt.candidate
    context = {
        "session": candidate.session,
        "candidate": candidate,
        "percent": candidate.extra_time_percent,
        "extra_minutes": extra_minutes(candidate.extra_time_percent),
        "problem": problem,
        "question": problem.question,
        "is_unseen": is_to_begin(problem.attempt, problem.question),
        "form": form,
        "waited": waited,
        "has_spare": bool(spares_of(problem)),
        "asked": asked,
    }
    status = status_of(asked) if asked else 422 if form.errors else 200
    return render(request, answer.template, context, status=status)
