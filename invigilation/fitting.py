"""Whether a code fits a question: the question has what the code says is broken (domain.md § 7)."""

# What does not work, by code: the field of the question that holds it.
BROKEN = {
    "E1": "image",
    "E3": "attachment",
    "E4": "link",
    "E5": "link",
    "E6": "link",
    "E8": "time_limit",
}
ALWAYS = {"E9", "E11", "E12"}
DECIDED_BY_FITTING = BROKEN.keys() | ALWAYS


def fits(code, question):
    """A code that says nothing of what the question holds fits them all, and no question too."""
    return code not in BROKEN or bool(question and getattr(question, BROKEN[code]))
