/* Before the login ends for want of a gesture, the page asks; one press, or typing, prolongs (docs/adr/0012). At the end a
   page where nothing was typed is left for the login; another stays, and what it would send waits for the login (login.js). */
(function () {
  "use strict";

  const box = document.getElementById("stay");
  if (!box || !window.certif || !window.certif.renewLogin) return;

  const login = document.getElementById("login");
  const home = document.getElementById("stay-home");
  const form = box.querySelector("form");
  const warning = Number(box.dataset.warning) * 1000;
  const LONGEST_TIMER = 60000;
  const PAUSE = 10000;
  let endsAt = Date.now() + Number(box.dataset.left) * 1000;
  let touchedAt = 0;
  let asking = false;
  let timer;

  /* Looked at often rather than timed once: a screen that slept wakes up late. */
  function look() {
    clearTimeout(timer);
    const left = endsAt - Date.now();
    if (left <= 0) isOver();
    else if (left <= warning && box.hidden) soon();
    const next = left > warning ? left - warning : left;
    timer = setTimeout(look, next > 0 ? Math.min(next, LONGEST_TIMER) : PAUSE);
  }

  /* Another page, or the server, may have prolonged it since. */
  async function soon() {
    if (await ask(box.dataset.end, "GET") && endsAt - Date.now() <= warning) {
      if (Date.now() - touchedAt < warning) await stay();
      else warn("idle");
    }
  }

  async function isOver() {
    const stands = await ask(box.dataset.end, "GET") && endsAt > Date.now();
    if (stands && login.hidden) return false;
    hide();
    await window.certif.renewLogin();
    return !stands;
  }

  async function stay() {
    if (!await ask(form.action, "POST")) return;
    if (endsAt - Date.now() > warning) hide();
    else warn("longest");
  }

  /* Whether the login stands: then endsAt says until when. */
  async function ask(address, method) {
    if (asking) return false;
    asking = true;
    const token = form.querySelector("input").value;
    try {
      const answer = await fetch(address, {
        method,
        credentials: "same-origin",
        redirect: "manual",
        headers: { Accept: "application/json", ...(method === "POST" && { "X-CSRFToken": token }) },
      });
      if (!answer.ok) return false;
      const { seconds, account } = await answer.json();
      if (String(account) !== login.dataset.account) return false;
      endsAt = Date.now() + seconds * 1000;
      return true;
    } catch (error) {
      return false; // Cut off: asked again.
    } finally {
      asking = false;
    }
  }

  /* Whoever writes in a dialog sees nothing of what is behind it. */
  function warn(why) {
    const end = new Date(endsAt);
    for (const sentence of box.querySelectorAll("[data-when]")) sentence.hidden = sentence.dataset.when !== why;
    form.hidden = why === "longest";
    box.querySelector("#stay-at").textContent = end.getHours() + "\u00a0h\u00a0" + String(end.getMinutes()).padStart(2, "0");
    (document.querySelector("#dialog dialog[open]") || home).prepend(box);
    box.hidden = false;
  }

  function hide() {
    const hadFocus = box.contains(document.activeElement);
    box.hidden = true;
    home.append(box);
    const main = document.getElementById("main");
    if (hadFocus && main) main.focus({ preventScroll: true });
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    stay();
  });

  /* A gesture that no request tells. */
  for (const name of ["keydown", "pointerdown", "input"]) {
    document.addEventListener(name, (event) => {
      if (!event.isTrusted || box.contains(event.target)) return;
      touchedAt = Date.now();
      if (name === "input" && !box.hidden && !form.hidden) stay();
    }, true);
  }

  /* Nothing is sent by a login that is over: the page would be lost. */
  document.addEventListener("submit", (event) => {
    if (endsAt > Date.now() || event.target === form || event.target.method !== "post") return;
    event.preventDefault();
    event.stopImmediatePropagation();
    isOver().then((over) => { if (!over) event.target.requestSubmit(event.submitter); });
  }, true);

  const TYPED = "input:not([type=hidden], [type=search], [type=submit]), textarea, select";
  function isTyped(field) {
    if (!field.name) return false;
    if (field.matches("select")) return [...field.options].some((option) => option.selected !== option.defaultSelected);
    if (field.matches("[type=checkbox], [type=radio]")) return field.checked !== field.defaultChecked;
    return field.value !== field.defaultValue;
  }
  document.addEventListener("certif:leaving", (event) => {
    if ([...document.querySelectorAll(TYPED)].some(isTyped)) event.preventDefault();
  });

  document.addEventListener("certif:login", async () => {
    await ask(box.dataset.end, "GET");
    look();
  });
  document.addEventListener("visibilitychange", () => { if (!document.hidden) look(); });

  look();
})();
