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

  function tick() {
    for (const element of document.querySelectorAll("[data-deadline]")) {
      const left = Number(element.dataset.deadline) - serverNow();
      (element.closest(".time") || element).classList.toggle("over", left <= 0);
      write(element, left > 0 ? "reste " + long(left) : "temps écoulé : terminez avec votre surveillant");
    }
    for (const element of document.querySelectorAll("[data-limit]")) {
      const left = Number(element.dataset.limit) - serverNow();
      write(element, left > 0 ? short(left) : "temps écoulé");
    }
  }
  if (document.querySelector("[data-deadline], [data-limit]")) {
    tick();
    setInterval(tick, 1000);
  }

  /* Leaving by mistake */
  let leaving = false;
  document.addEventListener("submit", () => { leaving = true; });
  document.addEventListener("htmx:afterRequest", () => { leaving = false; });
  document.addEventListener("click", (event) => { if (event.target.closest("a[data-leave]")) leaving = true; });
  window.addEventListener("beforeunload", (event) => {
    if (leaving || !("warnLeaving" in body.dataset)) return;
    event.preventDefault();
    event.returnValue = "";
  });
  window.addEventListener("pageshow", () => { leaving = false; });

  function reload() {
    leaving = true;
    location.reload();
  }

  /* The beat: 204 = here; 409 = the test ended or went on elsewhere, the page shows the true state. */
  const beatUrl = body.dataset.beatUrl;
  let missed = 0;

  async function beat() {
    try {
      const answer = await fetch(beatUrl, { method: "POST", headers: headers(), keepalive: true, credentials: "same-origin", redirect: "manual" });
      if (answer.status === 409) return reload();
      if (answer.status === 204) {
        if (missed >= 2) say("alert", "");
        missed = 0;
      } else if (answer.type === "opaqueredirect" || [401, 403, 404, 410].includes(answer.status)) {
        return undefined; // No longer ours to beat for; the next submission says why.
      } else {
        missed += 1;
      }
    } catch (error) {
      missed += 1;
    }
    if (missed === 2) say("alert", CUT);
    return setTimeout(beat, 15000 * (0.85 + Math.random() * 0.3));
  }
  if (beatUrl) setTimeout(beat, 3000 + Math.random() * 4000);

  /* Waiting for the tick or the authorisation: the button wakes by itself, the candidate presses it. */
  const pollUrl = () => byId("waiting") && byId("waiting").dataset.pollUrl;

  async function poll() {
    const url = pollUrl();
    if (!url) return;
    try {
      const answer = await fetch(url, { headers: { ...headers(), "HX-Request": "true" }, credentials: "same-origin", redirect: "manual" });
      if (missed >= 2 && answer.ok) say("alert", "");
      if (answer.ok) missed = 0;
      if (answer.status === 200) {
        const waiting = byId("waiting");
        const focused = document.activeElement && waiting.contains(document.activeElement) ? document.activeElement.id : "";
        waiting.innerHTML = await answer.text();
        const inner = waiting.querySelector("#waiting");
        if (inner) waiting.replaceWith(inner);
        if (window.htmx) window.htmx.process(byId("waiting"));
        if (focused && byId(focused)) byId(focused).focus();
      } else if ([401, 403, 404, 409, 410].includes(answer.status) || answer.type === "opaqueredirect") {
        reload();
        return;
      }
    } catch (error) {
      missed += 1;
      if (missed === 2) say("alert", CUT);
    }
    setTimeout(poll, 5000 + Math.random() * 3000);
  }
  if (pollUrl()) setTimeout(poll, 2000 + Math.random() * 3000);
})();
