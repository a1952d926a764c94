"""The form of a question in the admin: the same words as its row in the workbook."""

from django import forms
from django.contrib.admin.widgets import AdminFileWidget
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from certif.lib.forms import TextField
from exam import bank, bank_files, drawn
from exam.bank_workbook import CHOICE_MAX_LENGTH, NO_GAP, answers_cell, answers_of
from exam.models import QUESTIONS_PER_COMPETENCE, Question

FILES = {"image": bank_files.IMAGE_TYPES, "attachment": bank_files.FILE_TYPES}


def keep_sent(files):
    """Before the transaction of the form, which does not wait for the storage."""
    for name in FILES.keys() & files.keys():
        file = files[name]
        content, fault = _looked_at(file, FILES[name])
        if not fault:
            bank_files.keep(file.name, content)


def _looked_at(file, types):
    content = file.read(bank_files.HEAVIEST + 1)
    file.seek(0)
    return content, bank_files.fault_of(file.name, content, types)


class ChoicesWidget(forms.MultiWidget):
    """As many boxes as a question has propositions at most, under the numbers that answers name."""

    template_name = "admin/exam/choices.html"

    def __init__(self):
        boxes = [
            forms.Textarea(attrs={"rows": 1, "aria-label": _("Proposition %(n)s") % {"n": n}})
            for n in range(1, bank.MOST_CHOICES + 1)
        ]
        super().__init__(boxes)

    def decompress(self, value):
        return [*(value or []), *[""] * bank.MOST_CHOICES][: bank.MOST_CHOICES]


class ChoicesField(forms.MultiValueField):
    def __init__(self, **kwargs):
        boxes = [
            TextField(required=False, max_length=CHOICE_MAX_LENGTH)
            for _n in range(bank.MOST_CHOICES)
        ]
        super().__init__(boxes, required=False, widget=ChoicesWidget, **kwargs)

    def compress(self, texts):
        filled = [bool(text) for text in texts]
        if False in filled[: sum(filled)]:
            raise ValidationError(NO_GAP)
        return [text for text in texts if text]


class QuestionFileWidget(AdminFileWidget):
    """The name of the file in place: it has no public address, the page shows it below."""

    template_name = "admin/exam/file_input.html"


class QuestionForm(forms.ModelForm):
    choices = ChoicesField(
        label=_("Propositions"),
        help_text=_("Une par case, sans case vide entre elles. Aucune pour une réponse à écrire."),
    )
    answers = TextField(
        label=_("Réponses justes"),
        help_text=_(
            "Choix : les numéros des bonnes propositions, 2 ou 1 ; 3. Réponse à écrire : une réponse "
            "acceptée par ligne."
        ),
        widget=forms.Textarea(attrs={"rows": 3, "cols": 80}),
    )

    class Meta:
        model = Question
        fields = [
            "key",
            "competence",
            "is_active",
            "statement",
            "kind",
            "choices",
            "answers",
            "time_limit",
            "image",
            "image_alt",
            "attachment",
            "link",
        ]
        widgets = dict.fromkeys(FILES, QuestionFileWidget)
        help_texts = {
            "link": _("Un site de la banque, par exemple /certifications/sites/velodune/."),
            "is_active": _(
                "Une question décochée n’est plus tirée\u00a0; les tests déjà tirés la gardent."
            ),
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.kept = {}
        if self.instance.pk:
            self.initial["answers"] = answers_cell(vars(self.instance))

    def clean(self):
        data = super().clean()
        if {"kind", "choices", "answers"} <= data.keys():
            self._read_answers(data)
        self._keep_what_was_drawn(data)
        if data.get("image") and not data.get("image_alt", "").strip():
            self.add_error("image_alt", _("Une image demande un texte de remplacement."))
        self._check_files(data)
        if not data.get("is_active") and self._leaves_too_few():
            self.add_error(
                "is_active",
                _("Il faut au moins %(n)s questions utilisées dans chaque compétence.")
                % {"n": QUESTIONS_PER_COMPETENCE},
            )
        return data

    def _read_answers(self, data):
        try:
            data["answers"] = answers_of(data["answers"], data["kind"], data["choices"])
        except ValidationError as error:
            self.add_error("answers", error)
            return
        for sentence in bank.check_answers(data):
            self.add_error("answers", sentence.capitalize())

    def _keep_what_was_drawn(self, data):
        before = Question.objects.filter(pk=self.instance.pk).first()
        frozen = drawn.frozen_changes(before, data) if before else []
        if frozen and drawn.drawn([before.pk]):
            self.add_error(frozen[0], drawn.SENTENCE)

    def _check_files(self, data):
        """What is sent; what is in place was looked at when it came."""
        for name, types in FILES.items():
            file = data.get(name)
            if name in self.changed_data and file:
                content, fault = _looked_at(file, types)
                if fault:
                    self.add_error(name, fault)
                else:
                    self.kept[name] = bank_files.address_of(file.name, content)

    def save(self, commit=True):
        """The files are where `keep_sent` put them."""
        for name, stored in self.kept.items():
            setattr(self.instance, name, stored)
        return super().save(commit)

    def _leaves_too_few(self):
        """A test could not be drawn any more."""
        before = Question.objects.filter(pk=self.instance.pk, is_active=True).first()
        if before is None:
            return False
        others = Question.objects.filter(competence=before.competence, is_active=True)
        return others.exclude(pk=before.pk).count() < QUESTIONS_PER_COMPETENCE
