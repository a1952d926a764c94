/* The answer to a question. Sent again, as it was, with its operation id, until the server has answered; meanwhile it is
   not changed, since the server may have it already. What is chosen or typed is kept in this entry of the tab's history,
   never in web storage: a reload finds it again, and the answer of the server ends it. */
(function () {
  "use strict";

  const LONGEST_WAIT = 10000;
  const SAY = {
    waits: "Votre réponse n’est pas encore enregistrée : le service ne répond pas. Gardez cette page ouverte, elle partira toute seule. Si cela dure, prévenez votre surveillant.",
    sent: "Votre réponse est enregistrée.",
    again: "Votre connexion a été renouvelée : recommencez.",
  };

  const say = (region, text) => { if (window.certif) window.certif.say(region, text); };
  const theForm = () => document.getElementById("answer");
  const isAnswer = (element) => element.matches("[data-answer]");
  const isUnheard = (xhr) => xhr.status === 0 || xhr.status === 429 || xhr.status >= 500 || Boolean(xhr.getResponseHeader("HX-Refresh"));

  let pressed = null; // { form, button }: what was sent
  let isLate = false;
  let isSaid = false;
  let failures = 0;
  let timer;

  /* What happened is asked of the XHR itself: the form leaves the page with the answer. */
  document.addEventListener("htmx:beforeRequest", (event) => {
    const { requestConfig, xhr } = event.detail;
    const form = requestConfig.elt;
    if (!isAnswer(form)) return;
    freeze(form, requestConfig.triggeringEvent.submitter);
    xhr.addEventListener("loadend", () => (isUnheard(xhr) ? wait(xhr) : heard(xhr)));
  });

  function freeze(form, button) {
    pressed = { form, button };
    form.setAttribute("aria-busy", "true");
    for (const other of form.querySelectorAll("button")) other.disabled = other !== button;
    for (const field of form.querySelectorAll("[name=value]:not([type=radio], [type=checkbox])")) field.readOnly = true;
  }

  // A box or a radio button cannot be read-only.
  document.addEventListener("click", (event) => {
    if (event.target.matches("[aria-busy] [name=value]")) event.preventDefault();
  });

  // app.js would say that nothing was sent.
  for (const name of ["htmx:sendError", "htmx:timeout", "htmx:responseError"]) {
    document.addEventListener(name, (event) => {
      const { xhr, requestConfig } = event.detail;
      if (isAnswer(requestConfig.elt) && isUnheard(xhr)) event.stopImmediatePropagation();
    }, true);
  }

  function wait(xhr) {
    // An expired login has its own words (login.js).
    if (!isSaid && xhr.status !== 200) {
      say("alert", SAY.waits);
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

  function heard(xhr) {
    clearTimeout(timer);
    failures = 0;
    if (xhr.status < 400) forget();
    if (!isLate) return;
    isLate = isSaid = false;
    say("alert", "");
    if (xhr.status < 400) say("status", SAY.sent);
  }

  document.addEventListener("certif:alive", send);
  window.addEventListener("online", send);

  /* The login: another form than the answer is not sent again by itself. */
  let toSayAgain = false;
  document.addEventListener("htmx:beforeOnLoad", (event) => {
    const { xhr, requestConfig } = event.detail;
    if (xhr.getResponseHeader("HX-Refresh")) toSayAgain = requestConfig.verb === "post" && !isAnswer(requestConfig.elt);
  });
  document.addEventListener("certif:login", () => {
    if (toSayAgain) say("alert", SAY.again);
    toSayAgain = false;
    send();
  });

  /* What is chosen or typed, before it is sent */
  const questionOf = (form) => form && form.elements.question && form.elements.question.value;
  let typing;

  function keep() {
    clearTimeout(typing);
    const question = questionOf(theForm());
    if (!question) return;
    const values = new FormData(theForm()).getAll("value");
    history.replaceState({ ...history.state, draft: { question, values } }, "");
  }

  function forget() {
    clearTimeout(typing);
    if (history.state && history.state.draft) history.replaceState({ ...history.state, draft: null }, "");
  }

  function find() {
    const draft = history.state && history.state.draft;
    if (!draft || questionOf(theForm()) !== draft.question) return;
    for (const field of theForm().querySelectorAll("[name=value]")) {
      if (field.matches("[type=radio], [type=checkbox]")) field.checked = draft.values.includes(field.value);
      else if (!field.value) field.value = draft.values[0] || "";
    }
  }

  document.addEventListener("input", (event) => {
    if (event.target.form !== theForm()) return;
    clearTimeout(typing);
    typing = setTimeout(keep, 300);
  });
  window.addEventListener("beforeunload", keep);
  // On hold, then back: the question is drawn again.
  document.addEventListener("htmx:beforeSwap", (event) => { if (event.detail.target.id === "question") keep(); });
  document.addEventListener("htmx:afterSettle", find);
  find();
})();
