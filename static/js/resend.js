/* What a candidate sends: his answer, a problem or its withdrawal, his access code. A form [data-resend] is sent again, as it
   was, with its operation id, until the server has answered; meanwhile it is not changed, since the server may have it already.
   [data-alert] is the region that says so. [data-tries]: its 429 is the answer of the server, and not a network that refuses.
   [data-keep] names what is chosen or typed in it: kept in this entry of the tab's history, never in web storage: a reload
   finds it again, and the answer of the server ends it. */
(function () {
  "use strict";

  const LONGEST_WAIT = 10000;
  const KEEP_OPEN = "le service ne répond pas. Gardez cette page ouverte, ";
  const SAY = {
    answer: "Votre réponse n’est pas encore enregistrée\u00a0: " + KEEP_OPEN + "elle partira toute seule. Si cela dure, prévenez votre surveillant.",
    problem: "Votre signalement n’est pas encore envoyé\u00a0: " + KEEP_OPEN + "il partira tout seul. Si cela dure, levez la main.",
    withdrawal: "Le retrait de votre signalement n’est pas encore enregistré\u00a0: " + KEEP_OPEN + "il partira tout seul. Si cela dure, levez la main.",
    code: "Votre code n’est pas encore vérifié\u00a0: " + KEEP_OPEN + "il partira tout seul. Si cela dure, prévenez votre surveillant.",
  };
  const SAY_SENT = { answer: "Votre réponse est enregistrée." };

  const say = (region, text) => { if (window.certif) window.certif.say(region, text); };
  const isResent = (element) => element.matches("[data-resend]");
  const fieldsOf = (form) => form.querySelectorAll("input:not([type=hidden]), textarea");
  const isTicked = (field) => field.matches("[type=radio], [type=checkbox]");

  function isUnheard(form, xhr) {
    if (xhr.status === 429) return !("tries" in form.dataset);
    return xhr.status === 0 || xhr.status >= 500 || Boolean(xhr.getResponseHeader("HX-Refresh"));
  }

  let pressed = null; // { form, button }: what was sent
  let isLate = false;
  let isSaid = false;
  let failures = 0;
  let timer;

  /* What happened is asked of the XHR itself: the form leaves the page with the answer. */
  document.addEventListener("htmx:beforeRequest", (event) => {
    const { requestConfig, xhr } = event.detail;
    const form = requestConfig.elt;
    if (!isResent(form)) return;
    freeze(form, requestConfig.triggeringEvent.submitter);
    xhr.addEventListener("loadend", () => (isUnheard(form, xhr) ? wait(xhr) : heard(xhr)));
  });

  function freeze(form, button) {
    pressed = { form, button };
    form.setAttribute("aria-busy", "true");
    for (const other of form.querySelectorAll("button")) other.disabled = other !== button;
    for (const field of fieldsOf(form)) field.readOnly = !isTicked(field);
  }

  // A box or a radio button cannot be read-only, and a dialog is not closed on what is on its way.
  document.addEventListener("click", (event) => {
    const busy = event.target.closest("form[aria-busy]");
    if (!busy || !(isTicked(event.target) || event.target.closest("[data-close]"))) return;
    event.preventDefault();
    event.stopPropagation();
  }, true);
  document.addEventListener("cancel", (event) => { if (isBusy(event.target)) event.preventDefault(); }, true);
  document.addEventListener("close", (event) => {
    // Pressed twice, Escape does not ask.
    if (!isBusy(event.target)) return;
    event.stopPropagation();
    event.target.showModal();
  }, true);
  const isBusy = (dialog) => dialog.isConnected && dialog.querySelector("form[aria-busy]");

  // app.js would say that nothing was sent.
  for (const name of ["htmx:sendError", "htmx:timeout", "htmx:responseError"]) {
    document.addEventListener(name, (event) => {
      const { xhr, requestConfig } = event.detail;
      if (isResent(requestConfig.elt) && isUnheard(requestConfig.elt, xhr)) event.stopImmediatePropagation();
    }, true);
  }

  const regionOf = (form) => form.dataset.alert || "alert";

  function wait(xhr) {
    // An expired login has its own words (login.js).
    if (!isSaid && xhr.status !== 200) {
      say(regionOf(pressed.form), SAY[pressed.form.dataset.resend]);
      isSaid = true;
    }
    isLate = true;
    const delay = Math.min(1000 * 2 ** failures, LONGEST_WAIT);
    failures += 1;
    clearTimeout(timer);
    timer = setTimeout(send, delay * (0.8 + Math.random() * 0.4));
  }

  function send() {
    clearTimeout(timer);
    if (isLate && pressed.form.isConnected) pressed.form.requestSubmit(pressed.button);
  }

  const isRefusal = (xhr) => [409, 422, 429].includes(xhr.status);

  function heard(xhr) {
    const { form } = pressed;
    clearTimeout(timer);
    failures = 0;
    if (xhr.status < 400) forget(form);
    if (!isLate) return;
    isLate = isSaid = false;
    if (xhr.status < 400 || isRefusal(xhr)) say(regionOf(form), "");
    const sent = SAY_SENT[form.dataset.resend];
    if (xhr.status < 400 && sent) say("status", sent);
  }

  document.addEventListener("certif:alive", send);
  document.addEventListener("certif:login", send);
  window.addEventListener("online", send);

  /* What is chosen or typed, before it is sent */
  const keepers = () => document.querySelectorAll("form[data-keep]");
  const questionOf = (form) => form.elements.question && form.elements.question.value;
  const drafts = () => (history.state && history.state.drafts) || {};
  const write = (all) => history.replaceState({ ...history.state, drafts: all }, "");
  let typing;

  function keep() {
    clearTimeout(typing);
    const kept = {};
    for (const form of keepers()) {
      const question = questionOf(form);
      if (question) kept[form.dataset.resend] = { question, values: new FormData(form).getAll(form.dataset.keep) };
    }
    if (Object.keys(kept).length) write({ ...drafts(), ...kept });
  }

  function forget(form) {
    clearTimeout(typing);
    const { [form.dataset.resend]: ended, ...others } = drafts();
    if (ended) write(others);
  }

  function find() {
    for (const form of keepers()) {
      const draft = drafts()[form.dataset.resend];
      if (!draft || questionOf(form) !== draft.question) continue;
      for (const field of fieldsOf(form)) {
        if (isTicked(field)) field.checked = draft.values.includes(field.value);
        else if (!field.value && draft.values[0]) restore(field, draft.values[0]);
      }
    }
  }

  function restore(field, text) {
    field.value = text;
    field.dispatchEvent(new Event("input", { bubbles: true })); // It is counted.
  }

  document.addEventListener("input", (event) => {
    if (!event.target.form || !event.target.form.matches("[data-keep]")) return;
    clearTimeout(typing);
    typing = setTimeout(keep, 300);
  });
  window.addEventListener("beforeunload", keep);
  // On hold, then back: the question is drawn again.
  document.addEventListener("htmx:beforeSwap", (event) => { if (["question", "dialog"].includes(event.detail.target.id)) keep(); });
  document.addEventListener("htmx:afterSettle", find);
  find();
})();
