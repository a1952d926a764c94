from django.http import Http404
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from certif.lib.numbers import number_in
from exam import practice
from exam.actions.refusals import EmptyAnswer
from exam.forms import AnswerForm


@require_http_methods(["GET", "HEAD", "POST"])
def practice_question(request, number):
    """One question of the practice run, then whether the answer was right. Nothing is kept."""
    if not 1 <= number <= len(practice.QUESTIONS):
        raise Http404
    question = practice.QUESTIONS[number - 1]
    if request.method != "POST":
        return _page(request, number, AnswerForm(question))
    form, passed = AnswerForm(question, request.POST), "passed" in request.POST
    if not passed and form.is_valid() and not form.cleaned_data["value"]:
        form.add_error("value", EmptyAnswer.message)
    if not (passed or form.is_valid()):
        return _page(request, number, form, status=422)
    value = None if passed else form.cleaned_data["value"]
    form.fields["value"].widget.attrs["disabled" if question.is_choice else "readonly"] = True
    return _page(request, number, form, result=practice.result_of(question, value, passed=passed))


def _page(request, number, form, *, result=None, status=200):
    candidate_id = number_in(request.GET, "candidat")
    total = len(practice.QUESTIONS)
    template = "exam/_question.html" if request.htmx else "exam/practice.html"
    context = {
        "question": practice.QUESTIONS[number - 1],
        "number": number,
        "total": total,
        "form": form,
        "result": result,
        "addresses": practice.addresses_of(number, candidate_id),
        "next": practice.address_of(number + 1, candidate_id) if number < total else "",
        "back": practice.back_from(candidate_id),
        "candidate_id": candidate_id,
    }
    return render(request, template, context, status=status)
