"""The page with the text editor: its form, saving, and what is shown when that was refused."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.http import HttpRequest
from unfold.widgets import UnfoldAdminSelectWidget

from apps.core.errors import Conflict, Forbidden, Hidden, Invalid, Stale
from apps.core.json import strict
from apps.core.json.strict import Malformed
from apps.core.schema.json_schema import Problem
from apps.templates.admin.comparison import side_by_side
from apps.templates.admin.document_check import level_of
from apps.templates.admin.editor_languages import DEFAULT, LANGUAGES, source
from apps.templates.admin.edits import Edit
from apps.templates.comparison.compatibility import LEVELS
from apps.templates.documents import validation
from apps.templates.documents.step_types import registry
from apps.templates.models import TemplateVersion
from apps.templates.services import read
from apps.templates.services.create import StoredVersion

PAGE = "admin/templates/editor.html"
# A longer document is not sent along: the text beside it is to have room in the request.
MAX_SEEN_LENGTH = 1_000_000
UPDATES = {
    "patch": "Patch: nothing that others rely on changes",
    "minor": "Minor: it can do more than before",
    "major": "Major: others have to follow",
}


class DocumentForm(forms.Form):
    language = forms.ChoiceField(choices=[(name, one.label) for name, one in LANGUAGES.items()], label="Format")
    text = forms.CharField(
        widget=forms.Textarea({"rows": 30, "spellcheck": "false", "class": "bs-code", "wrap": "off"}),
        strip=False,
        label="Document",
    )
    update_type = forms.ChoiceField(
        choices=[(name, UPDATES[name]) for name in LEVELS],
        required=False,
        widget=UnfoldAdminSelectWidget,
        label="Update type",
    )
    # What was read when the writing began, and its entity tag: they show what others have changed since.
    seen = forms.CharField(widget=forms.HiddenInput, required=False)
    tag = forms.CharField(widget=forms.HiddenInput, required=False)

    def see(self, version: TemplateVersion) -> None:
        """Take ``version`` as what was read, from here on."""
        self.data = {**{name: self[name].value() for name in self.fields}, **_sight(version)}


def page(request: HttpRequest, edit: Edit) -> StoredVersion | dict[str, Any]:
    """Return what was stored, else the context of the page. The text stays as it is, whatever happens."""
    form = DocumentForm(request.POST or None, initial=_initial(request, edit))
    context: dict[str, Any] = {"edit": edit, "title": edit.title, "form": form}
    if request.method != "POST" or not form.is_valid():
        return context
    action = request.POST.get("act")
    if action not in edit.actions:
        return {**context, "refusal": "Choose a button to save with."}
    try:
        return _saved(form, edit, action)
    except Stale:
        return {**context, "meanwhile": _meanwhile(form, edit)}
    except Malformed as error:
        return {**context, "refusal": "The text cannot be read.", "problems": [error.problem]}
    except (Invalid, Conflict) as refusal:
        return {**context, "refusal": refusal.detail, "problems": _located(form, refusal.problems)}
    except Forbidden as refusal:
        return {**context, "refusal": refusal.detail}
    except Hidden:
        return {**context, "refusal": "This template is not there for you to change."}


def _initial(request: HttpRequest, edit: Edit) -> dict[str, str]:
    language = request.GET.get("language", "")
    language = language if language in LANGUAGES else DEFAULT
    sight = _sight(edit.seen) if edit.seen else {}
    return {"language": language, "text": LANGUAGES[language].write(edit.initial_document()), **sight}


def _sight(version: TemplateVersion) -> dict[str, str]:
    return {"seen": version.text if len(version.text) <= MAX_SEEN_LENGTH else "", "tag": read.etag(version)}


def _saved(form: DocumentForm, edit: Edit, action: str) -> StoredVersion:
    given = form.cleaned_data
    document = source(given["text"], given["language"]).read()
    return edit.save(action, document, level_of(given["update_type"]), given["tag"])


def _located(form: DocumentForm, problems: Sequence[Problem]) -> list[Problem]:
    return source(form.cleaned_data["text"], form.cleaned_data["language"]).located(problems)


def _meanwhile(form: DocumentForm, edit: Edit) -> dict[str, Any] | None:
    """Return what stands there now, and how it differs from what was read.

    The next save is one by somebody who saw it.
    """
    if edit.seen is None:
        return None
    before = _read_before(form.cleaned_data["seen"])
    form.see(edit.seen)
    if before is None:
        return {"version": edit.seen, "rest": "What it was is not known any more."}
    return {"version": edit.seen, **side_by_side(before, edit.seen.document)}


def _read_before(text: str) -> dict[str, Any] | None:
    """Return the document that the page was made with, as its hidden field says: as good as anything from outside."""
    try:
        document = strict.loads(text.encode())
    except Malformed:
        return None
    return None if validation.validate(document, registry) else document
