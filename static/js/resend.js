/* What a candidate sends: his access code, the press that begins a timed question, his answer, a problem or its withdrawal.
   A form [data-resend] is sent again, as it was, with its operation id, until the server has answered; meanwhile it is not
   changed, since the server may have it already, nor is another of the same [data-one] pressed. A code and such a press are
   sent again for a minute only: no clock starts before an empty chair. Several forms may wait, each on its own.
   [data-alert] is the region that says so. [data-tries]: its 429 is the answer of the server, and not a network that refuses.
   [data-keep] names what is chosen or typed in it: kept in this entry of the tab's history, never in web storage: a reload
   finds it again, and the answer of the server ends it. */
(function () {
  "use strict";

  const LONGEST_WAIT = 10000;
  const LONGEST = { code: 60000, begin: 60000 };
  const UNREADY = [408, 425, 429];
  const KEEP_OPEN = "le service ne répond pas. Gardez cette page ouverte, ";
  const SAY = {
    answer: "Votre réponse n’est pas encore enregistrée\u00a0: " + KEEP_OPEN + "elle partira toute seule. Si cela dure, prévenez votre surveillant.",
    problem: "Votre signalement n’est pas encore envoyé\u00a0: " + KEEP_OPEN + "il partira tout seul. Si cela dure, levez la main.",
    withdrawal: "Le retrait de votre signalement n’est pas encore enregistré\u00a0: " + KEEP_OPEN + "il partira tout seul. Si cela dure, levez la main.",
    begin: "La question ne s’est pas encore ouverte\u00a0: " + KEEP_OPEN + "elle s’ouvrira toute seule. Si cela dure, prévenez votre surveillant.",
    code: "Votre code n’est pas encore vérifié\u00a0: " + KEEP_OPEN + "il partira tout seul. Si cela dure, prévenez votre surveillant.",
  };
  const SAY_AGAIN = {
    begin: "La question ne s’est toujours pas ouverte\u00a0: le service ne répond pas. Appuyez de nouveau sur le bouton. Si cela dure, prévenez votre surveillant.",
    code: "Votre code n’est toujours pas vérifié\u00a0: le service ne répond pas. Appuyez de nouveau sur le bouton. Si cela dure, prévenez votre surveillant.",
  };
  const SAY_SENT = { answer: "Votre réponse est enregistrée." };

  const say = (region, text) => { if (window.certif) window.certif.say(region, text); };
  const isResent = (element) => element.matches("[data-resend]");
  const fieldsOf = (form) => form.querySelectorAll("input:not([type=hidden]), textarea");
  const isTicked = (field) => field.matches("[type=radio], [type=checkbox]");

  function isUnheard(form, xhr) {
    if (xhr.status === 429 && "tries" in form.dataset) return false;
    return xhr.status === 0 || xhr.status >= 500 || UNREADY.includes(xhr.status) || Boolean(xhr.getResponseHeader("HX-Refresh"));
  }

  const sent = new Map(); // form: what was sent of it, until the server has answered

  /* What happened is asked of the XHR itself: the form leaves the page with the answer. */
  document.addEventListener("htmx:beforeRequest", (event) => {
    const { requestConfig, xhr } = event.detail;
    const form = requestConfig.elt;
    if (!isResent(form)) return;
    freeze(form, requestConfig.triggeringEvent.submitter);
    xhr.addEventListener("loadend", () => {
      if (sent.has(form)) (isUnheard(form, xhr) ? wait : heard)(form, xhr);
    });
  });

  // htmx forgets the button that lost the focus.
  document.addEventListener("htmx:configRequest", (event) => {
    const { elt, formData } = event.detail;
    const { button } = sent.get(elt) || {};
    if (button && button.name) formData.set(button.name, button.value);
  });

  function freeze(form, button) {
    const buttons = [...(form.closest("[data-one]") || form).querySelectorAll("button:enabled")];
    const others = buttons.filter((other) => other !== button);
    if (!sent.has(form)) sent.set(form, { button, others, since: Date.now(), isLate: false, failures: 0 });
    form.setAttribute("aria-busy", "true");
    form.dataset.asked = ""; // until it is answered, given up or not (exam.js)
    for (const other of others) other.disabled = true;
    for (const field of fieldsOf(form)) field.readOnly = !isTicked(field);
  }

  function release(form) {
    form.removeAttribute("aria-busy");
    for (const other of sent.get(form).others) other.disabled = false;
    for (const field of fieldsOf(form)) field.readOnly = false;
    end(form);
  }

  function end(form) {
    clearTimeout(sent.get(form).timer);
    sent.delete(form);
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

  // What else was pressed meanwhile may have taken its place.
  function sayOnce(id, text) {
    const region = document.getElementById(id);
    if (region && region.textContent !== text) say(id, text);
  }

  function wait(form, xhr) {
    const state = sent.get(form);
    // An expired login has its own words (login.js).
    if (xhr.status !== 200) sayOnce(regionOf(form), SAY[form.dataset.resend]);
    state.isLate = true;
    const delay = Math.min(1000 * 2 ** state.failures, LONGEST_WAIT);
    state.failures += 1;
    sendIn(form, delay);
  }

  function sendIn(form, delay) {
    const state = sent.get(form);
    clearTimeout(state.timer);
    state.timer = setTimeout(() => send(form), delay * (0.8 + Math.random() * 0.4));
  }

  function send(form) {
    const state = sent.get(form);
    if (!form.isConnected) return end(form);
    if (Date.now() - state.since > LONGEST[form.dataset.resend]) return giveUp(form);
    sendIn(form, 2 * LONGEST_WAIT); // htmx may drop this one, and would tell nobody.
    return form.requestSubmit(state.button);
  }

  function giveUp(form) {
    release(form);
    say(regionOf(form), SAY_AGAIN[form.dataset.resend]);
  }

  function sendAll() {
    for (const [form, state] of sent) if (state.isLate) send(form);
  }

  const isRefusal = (xhr) => [409, 422, 429].includes(xhr.status);

  function heard(form, xhr) {
    const { isLate } = sent.get(form);
    const isDone = xhr.status < 400;
    if (isDone) forget(form);
    // Not drawn again: it is pressed again, or left. What went wrong is said by app.js.
    delete form.dataset.asked;
    if (!isDone && !isRefusal(xhr)) return release(form);
    end(form);
    say(regionOf(form), "");
    const done = SAY_SENT[form.dataset.resend];
    if (isLate && isDone && done) say("status", done);
  }

  for (const name of ["certif:alive", "certif:login"]) document.addEventListener(name, sendAll);
  window.addEventListener("online", sendAll);

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
