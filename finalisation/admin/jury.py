"""The pages on which an officer decides about one candidate's test."""

from django import forms
from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from certif.audit.operations import operation_of
from certif.lib.forms import TextField, submit
from certif.lib.refusals import Refusal, status_of
from certif.lib.typography import de
from exam.models import Attempt
from exam.scoring import Verdict
from finalisation import actions
from finalisation.actions.refusals import WrongMoment
from finalisation.admin.pages import focus_on_error, render_page
from finalisation.admin.steps import reason_field
from finalisation.models import COMMENT_MAX_LENGTH, RULING_MAX_LENGTH, JuryDecision
from sessions.forms.candidate import CivilStatusForm
from sessions.models import Candidate
from sessions.openings import note_candidate_opened

NAME = "admin:exam_sessions_examsession"


class WhyForm(forms.Form):
    why = reason_field(RULING_MAX_LENGTH)


class JuryForm(forms.Form):
    verdict = forms.ChoiceField(
        label=gettext_lazy("Décision"),
        required=False,
        widget=forms.RadioSelect,
        choices=[
            ("", gettext_lazy("Garder le résultat calculé")),
            (Verdict.REJECTED, gettext_lazy("Rejeter la certification")),
            (Verdict.CANCELLED, gettext_lazy("Annuler la certification")),
        ],
    )
    seen = forms.CharField(required=False, widget=forms.HiddenInput)
    for_candidate = TextField(
        label=gettext_lazy("Commentaire pour le candidat"),
        help_text=gettext_lazy("Il le lit avec son résultat."),
        required=False,
        max_length=COMMENT_MAX_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    for_centre = TextField(
        label=gettext_lazy("Commentaire pour le centre"),
        help_text=gettext_lazy("Le centre le lit dans ses résultats."),
        required=False,
        max_length=COMMENT_MAX_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


DECIDED = ("verdict", "for_candidate", "for_centre")


class IdentityForm(CivilStatusForm, WhyForm):
    field_order = [*CivilStatusForm.base_fields, "why"]


@require_http_methods(["GET", "HEAD", "POST"])
def rule_on_question(request, session_id, candidate_id, number, neutralised):
    attempt = _attempt(session_id, candidate_id)
    answer = get_object_or_404(attempt.answers.select_related("question"), number=number)
    page = {
        "label": _("Neutraliser la question") if neutralised else _("Rétablir la question"),
        "quote": answer.question.statement,
        "consequences": [
            _("La question ne compte plus : le résultat est recalculé aussitôt.")
            if neutralised
            else _("La question compte de nouveau : le résultat est recalculé aussitôt."),
            _("Cette décision reste si la session est rouverte, puis finalisée de nouveau."),
        ],
    }
    return _decide(
        request,
        attempt.candidate,
        WhyForm(request.POST or None),
        lambda **given: actions.rule_on_question(
            attempt, number=number, neutralised=neutralised, **given
        ),
        title=_("Question %(n)s %(of_who)s") % {"n": number, "of_who": de(attempt.candidate)},
        done=_("Le résultat est recalculé."),
        page=page,
    )


@require_http_methods(["GET", "HEAD", "POST"])
def decide_certification(request, session_id, candidate_id):
    attempt = _attempt(session_id, candidate_id)
    decided = JuryDecision.objects.filter(attempt=attempt).first()
    initial = {"verdict": "", "seen": actions.mark_of(decided)}
    if decided:
        initial |= {name: getattr(decided, name) for name in DECIDED}
    return _decide(
        request,
        attempt.candidate,
        JuryForm(request.POST or None, initial=initial),
        lambda **given: actions.decide_certification(attempt, **given),
        title=_("Certification %(of_who)s") % {"of_who": de(attempt.candidate)},
        done=_("La décision est enregistrée."),
        page={
            "label": _("Enregistrer la décision"),
            "consequences": [
                _(
                    "Une certification rejetée ou annulée n’est pas délivrée, quel que soit le score."
                ),
                _("Le candidat et le centre lisent ces commentaires à la publication."),
            ],
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
def correct_identity(request, session_id, candidate_id):
    candidate = get_object_or_404(
        Candidate.objects.select_related("session"), pk=candidate_id, session=session_id
    )
    initial = {name: getattr(candidate, name) for name in CivilStatusForm.base_fields}
    return _decide(
        request,
        candidate,
        IdentityForm(request.POST or None, initial=initial),
        lambda **given: actions.correct_identity(candidate, **given),
        title=_("Identité %(of_who)s") % {"of_who": de(candidate)},
        done=_("L’identité est corrigée, le centre est prévenu."),
        page={
            "label": _("Corriger l’identité"),
            "consequences": [
                _("L’ancienne identité est gardée, avec la raison et votre nom."),
                _("Le centre reçoit un e-mail avec la raison que vous écrivez ici."),
            ],
        },
    )


def _attempt(session_id, candidate_id):
    started = Attempt.objects.started().select_related("candidate__session")
    return get_object_or_404(started, candidate=candidate_id, candidate__session=session_id)


def _decide(request, candidate, form, act, *, title, done, page):
    """Ask, then do. What is refused is told above what was typed."""
    back = reverse(f"{NAME}_candidate", args=[candidate.session_id, candidate.pk])
    if request.method != "POST" and not candidate.session.is_under_review:
        messages.error(request, WrongMoment.message)
        return redirect(back)
    operation, status = operation_of(request), 200
    if request.method == "POST":
        try:
            decided = submit(
                form, lambda **given: act(by=request.user, operation=operation, **given)
            )
        except Refusal as refusal:
            form.add_error(None, refusal.sentence)
            status, decided = status_of(refusal), None
        if decided:
            messages.success(request, done)
            return redirect(back)
        status = 422 if status == 200 else status
    note_candidate_opened(request, candidate)
    context = {
        "session": candidate.session,
        "candidate": candidate,
        "form": form,
        "back": back,
        **page,
    }
    focus_on_error(form)
    return render_page(request, "admin/review/decision.html", title, context, status=status)
