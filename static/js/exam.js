/* The candidate's pages: time left, beat, waiting, warning before leaving. */
(function () {
  "use strict";

  const body = document.body;
  const byId = (id) => document.getElementById(id);
  const say = (region, text) => { if (window.certif) window.certif.say(region, text); };
  const CUT = "Connexion interrompue. Vos réponses validées sont enregistrées. Si cela dure, prévenez votre surveillant.";

  function headers() {
    let extra = {};
    try { extra = JSON.parse(body.getAttribute("hx-headers") || "{}"); } catch (error) { extra = {}; }
    return { ...extra, "X-Requested-With": "fetch" };
  }

  /* Time left: data-server-now and data-deadline are epoch milliseconds. */
  const timed = document.querySelector("[data-server-now]");
  const offset = timed ? Number(timed.dataset.serverNow) - Date.now() : 0;
  const serverNow = () => Date.now() + offset;

  let missed = 0; // beats, since one was answered
  let heardAt = serverNow();

  function long(ms) {
    const minutes = Math.ceil(ms / 60000);
    return minutes < 60 ? minutes + " min" : Math.floor(minutes / 60) + " h " + String(minutes % 60).padStart(2, "0");
  }

  function short(ms) {
    const seconds = Math.max(0, Math.ceil(ms / 1000));
    return Math.floor(seconds / 60) + " min " + String(seconds % 60).padStart(2, "0") + " s";
  }

  function write(element, text) {
    if (element.textContent !== text) element.textContent = text;
  }

  /* Minutes added, or an extra time set: the clock follows by itself, and the candidate is told. */
  let toldEnd = null;

  function plural(minutes, one, several) {
    return minutes === 1 ? one : several.replace("{n}", String(minutes));
  }

  function tellNewEnd(end) {
    const minutes = Math.round(Math.abs(end - toldEnd) / 60000);
    if (toldEnd !== null && minutes) {
      say("status", end > toldEnd
        ? plural(minutes, "1 minute vous a été ajoutée.", "{n} minutes vous ont été ajoutées.")
        : plural(minutes, "La fin de votre test est avancée de 1 minute.", "La fin de votre test est avancée de {n} minutes."));
    }
    toldEnd = end;
  }

  const isNumber = (text) => /^\d+$/.test(text || "");

  function follow(deadline) {
    if (!isNumber(deadline)) return;
    for (const element of document.querySelectorAll("[data-deadline]")) element.dataset.deadline = deadline;
    tick();
  }

  function followGranted(granted) {
    if (!isNumber(granted)) return;
    for (const element of document.querySelectorAll("[data-granted]")) {
      element.hidden = !Number(granted);
      write(element, plural(Number(granted), "dont 1\u00a0min ajoutée", "dont {n}\u00a0min ajoutées"));
    }
  }

  /* `limit`: what the page showed when it asked; another question may be there by now. */
  function followLimit(limit, end) {
    if (!limit || !limit.isConnected || !isNumber(end)) return;
    limit.dataset.limit = end;
    tick();
  }

  function tick() {
    const clock = document.querySelector("[data-deadline]");
    if (clock) tellNewEnd(Number(clock.dataset.deadline));
    for (const element of document.querySelectorAll("[data-deadline]")) {
      const left = Number(element.dataset.deadline) - serverNow();
      (element.closest(".time") || element).classList.toggle("over", left <= 0);
      write(element, left > 0 ? "reste " + long(left) : "Temps écoulé : prévenez votre surveillant");
    }
    for (const element of document.querySelectorAll("[data-limit]")) tickLimit(element, Number(element.dataset.limit));
  }

  // As exam/actions/answering.py says it (LONGEST_CUT).
  const LONGEST_CUT = 600000;

  /* The server counts an answer that ends a cut begun in time: « Je valide » then remains the button to press. */
  function tickLimit(element, end) {
    const left = end - serverNow();
    const mayCount = left > 0 || (missed >= 2 && heardAt <= end && serverNow() - heardAt <= LONGEST_CUT);
    element.closest(".limit").classList.toggle("over", left <= 0);
    if (left > 0) write(element, short(left));
    else if (document.querySelector("#answer[aria-busy]")) return write(element, "temps écoulé\u00a0: votre réponse attend de partir");
    else write(element, mayCount ? "temps écoulé pendant la coupure\u00a0: votre réponse peut encore compter" : "temps écoulé : cliquez sur « Je passe »");
    byId("validate").classList.toggle("primary", mayCount);
    byId("pass").classList.toggle("primary", !mayCount);
  }

  if (document.querySelector("[data-deadline], [data-limit]")) {
    tick();
    setInterval(tick, 1000);
    document.addEventListener("htmx:afterSwap", tick);
  }

  /* Leaving by mistake, with something chosen or typed that the server does not have. */
  let leaving = false;

  function isUnsent() {
    const fields = document.querySelectorAll("#answer [name=value], #dialog textarea");
    const sending = document.querySelector("form[aria-busy]");
    const isFilled = (field) => (field.matches("[type=radio], [type=checkbox]") ? field.checked : field.value.trim());
    return Boolean(sending) || [...fields].some(isFilled);
  }

  document.addEventListener("submit", (event) => { leaving = !event.defaultPrevented; });
  // Sent to another page, this one leaves on purpose: at once, before the request is told to be over.
  for (const name of ["htmx:beforeOnLoad", "htmx:afterRequest"]) {
    document.addEventListener(name, (event) => {
      const { xhr } = event.detail;
      leaving = Boolean(xhr && (xhr.getResponseHeader("HX-Redirect") || xhr.getResponseHeader("HX-Refresh")));
    });
  }
  document.addEventListener("click", (event) => {
    if (!event.target.closest("a[data-leave]")) return;
    leaving = true;
    // A download leaves nothing: the next departure warns again.
    setTimeout(() => { leaving = false; }, 1000);
  });
  window.addEventListener("beforeunload", (event) => {
    if (leaving || !("warnLeaving" in body.dataset) || !isUnsent()) return;
    event.preventDefault();
    event.returnValue = "";
  });
  window.addEventListener("pageshow", () => { leaving = false; });
  document.addEventListener("certif:leaving", (event) => {
    leaving = !isUnsent();
    if (!leaving) event.preventDefault();
  });

  function reload() {
    leaving = true;
    // Not location.reload(), which would send a form again.
    location.replace(location.pathname + location.search);
  }

  /* The picture that is enlarged does not lie over what has the focus. */
  document.addEventListener("focusin", (event) => {
    const picture = byId("large-picture");
    if (picture && picture.hidePopover && picture.matches(":popover-open") && !picture.contains(event.target)) picture.hidePopover();
  });

  /* The next question, or what is said of the answer, gets the focus. */
  document.addEventListener("htmx:afterSettle", (event) => {
    const { elt, xhr } = event.detail;
    if (!xhr || xhr.status === 422 || !elt.matches("#question, #enter")) return;
    const told = elt.querySelector("[role=alert], #waiting-message") || elt.querySelector("#statement");
    if (!told) return;
    told.focus({ preventScroll: true });
    if (elt.id === "question") window.scrollTo(0, 0);
  });

  /* A question on hold wakes by itself once the invigilator has answered. */
  const onHold = () => document.querySelector("#question[data-wait-url]");

  function askAnswer() {
    const question = onHold();
    if (question && !question.querySelector("form[aria-busy]")) htmx.ajax("GET", question.dataset.waitUrl, { source: question, target: question, swap: "outerHTML" }).catch(() => {});
    setTimeout(askAnswer, 4000 + Math.random() * 2000);
  }
  if (byId("question")) setTimeout(askAnswer, 4000 + Math.random() * 2000);

  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.elt === onHold() && [401, 403, 404, 410].includes(event.detail.xhr.status)) reload();
  });

  /* The beat: 204 = here; 409 = the test ended or went on elsewhere, the page shows the true state. */
  const beatUrl = body.dataset.beatUrl;
  const LONGEST_BEAT = 5000;
  let beating;

  /* An answer is a sign of life too, and the server measures the silence before it: a timed question is not beaten meanwhile.
     Nor is one that was asked for and has not come: the server would take it for seen. */
  const limitOf = () => document.querySelector("[data-limit]");
  document.addEventListener("htmx:beforeRequest", (event) => {
    const { id } = event.detail.requestConfig.elt;
    if (beating && (id === "begin-form" || (limitOf() && id === "answer"))) beating.abort();
  });

  // What waits to be sent says so itself (resend.js).
  const isWaiting = () => document.querySelector("form[aria-busy]");

  function sayCut(text) {
    if (!isWaiting()) say("alert", text);
  }

  async function beat() {
    const limit = limitOf();
    if (document.querySelector(limit ? "#answer[aria-busy]" : "#begin-form[data-asked]")) return setTimeout(beat, 1000);
    beating = new AbortController();
    const hung = setTimeout(() => beating.abort(), LONGEST_BEAT);
    try {
      const answer = await fetch(limit ? beatUrl + "?limit" : beatUrl, { method: "POST", headers: headers(), keepalive: true, credentials: "same-origin", redirect: "manual", signal: beating.signal });
      if (answer.status === 409) return reload();
      if (answer.status === 204) {
        if (missed >= 2) sayCut("");
        missed = 0;
        heardAt = serverNow();
        document.dispatchEvent(new CustomEvent("certif:alive"));
        follow(answer.headers.get("X-Test-Deadline"));
        followGranted(answer.headers.get("X-Test-Granted"));
        followLimit(limit, answer.headers.get("X-Question-Limit"));
      } else if (answer.type === "opaqueredirect" || [403, 404].includes(answer.status)) {
        await window.certif.renewLogin();
      } else {
        missed += 1;
      }
    } catch (error) {
      missed += 1;
    } finally {
      clearTimeout(hung);
    }
    if (missed === 2) sayCut(CUT);
    return setTimeout(beat, 15000 * (0.85 + Math.random() * 0.3));
  }
  if (beatUrl) setTimeout(beat, 3000 + Math.random() * 4000);

  /* Waiting for the tick or the authorisation: the button wakes by itself, the candidate presses it. */
  const pollUrl = () => byId("waiting") && byId("waiting").dataset.pollUrl;

  function isInSight(element) {
    const { top, bottom } = element.getBoundingClientRect();
    return top >= 0 && bottom <= window.innerHeight;
  }

  /* A button in sight does not leave its place: a finger may be on its way. Another comes in sight. */
  function show(fragment) {
    const former = byId("waiting");
    const focused = former.contains(document.activeElement) ? document.activeElement.id : "";
    const wasInSight = isInSight(byId("start-button"));
    const held = byId("start-button").offsetTop;
    const holder = document.createElement("template");
    holder.innerHTML = fragment;
    former.replaceWith(holder.content);
    const climbs = held - byId("start-button").offsetTop;
    if (!wasInSight) byId("waiting").scrollIntoView({ block: "nearest" });
    else if (climbs > 0) byId("waiting").style.paddingBlockStart = climbs + "px";
    if (focused && byId(focused)) byId(focused).focus({ preventScroll: true });
  }

  async function ask() {
    const url = pollUrl();
    if (!url || isWaiting()) return;
    try {
      const answer = await fetch(url, { headers: { ...headers(), "HX-Request": "true" }, credentials: "same-origin", redirect: "manual" });
      if (missed >= 2 && answer.ok) sayCut("");
      if (answer.ok) missed = 0;
      // Meanwhile the candidate may have pressed: what he was told then is newer.
      if (answer.status === 200 && pollUrl() === url && !isWaiting()) show(await answer.text());
      else if ([401, 403, 404, 409, 410].includes(answer.status) || answer.type === "opaqueredirect") reload();
    } catch (error) {
      missed += 1;
      if (missed === 2) sayCut(CUT);
    }
  }

  async function poll() {
    await ask();
    setTimeout(poll, 5000 + Math.random() * 3000);
  }
  if (byId("enter")) setTimeout(poll, 2000 + Math.random() * 3000);

  // A request that waits outlives a reload. Without this page's polls the button would never wake.
  const asleep = document.querySelector("[data-sleeps]");
  if (asleep) asleep.disabled = true;
})();
