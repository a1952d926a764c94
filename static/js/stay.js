/* Before the login ends for want of a gesture, the page asks; one press, or typing, prolongs (docs/adr/0012). At the end a
   page where nothing was typed is left for the login; another stays, and what it would send waits for the login (login.js).
   A plain form leaves its page: it asks first whether the login stands, which may have ended unseen. */
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
  const SURE = 60000;
  const LONGEST_ASK = 10000;
  const SAY = {
    cut: "Connexion interrompue\u00a0: rien n’est changé. Réessayez.",
    busy: "Le serveur n’a pas répondu\u00a0: rien n’est changé. Réessayez dans un instant.",
    refused: "Cela n’a pas été accepté\u00a0: rien n’est changé. Réessayez.",
  };
  const said = document.getElementById("stay-said");
  let endsAt = Date.now() + Number(box.dataset.left) * 1000;
  let toldAt = Date.now(); // The last that the server said of it.
  let gestureAt = Date.now(); // The last that the server was told of.
  let touchedAt = 0;
  let isLongest = false;
  let looking = false;
  let staying = false;
  let timer;

  const isNear = () => endsAt - Date.now() <= warning;

  /* Looked at often rather than timed once: a screen that slept wakes up late. */
  function look() {
    clearTimeout(timer);
    const left = endsAt - Date.now();
    if (!box.hidden) tellLeft();
    if (isNear() && !looking) {
      looking = true;
      (left > 0 ? soon() : isOver()).finally(() => { looking = false; });
    }
    const next = left > warning ? left - warning : left;
    timer = setTimeout(look, next > 0 ? Math.min(next, LONGEST_TIMER) : PAUSE);
  }

  /* Another page, or the server, may have prolonged it since. */
  async function soon() {
    if (await ask(box.dataset.end, "GET") !== "stands" || !isNear()) return;
    if (touchedAt > gestureAt) await stay();
    else warn();
  }

  /* The page itself is asked for once nothing stands: it would be a gesture. Or once its person is back. */
  async function isOver() {
    const told = await ask(box.dataset.end, "GET");
    const isBack = told === "stands" && !login.hidden;
    if (told === "over" || isBack || (told === "other" && login.hidden)) {
      hide();
      await window.certif.renewLogin();
    }
    return told;
  }

  async function stay() {
    if (staying) return;
    staying = true;
    const told = await ask(form.action, "POST");
    staying = false;
    if (told === "stands") {
      gestureAt = Date.now();
      isLongest = isNear();
    } else if (told !== "cut" && told !== "busy") {
      await window.certif.renewLogin(); // Over, or its token is that of before.
    }
    if (isNear() && login.hidden) warn(SAY[told]);
  }

  /* « stands »: then endsAt says until when. « over », « other » (another account), « refused », « busy », « cut ». */
  async function ask(address, method) {
    const token = form.querySelector("input").value;
    try {
      const answer = await fetch(address, {
        method,
        credentials: "same-origin",
        redirect: "manual",
        signal: window.certif.within(LONGEST_ASK),
        headers: { Accept: "application/json", ...(method === "POST" && { "X-CSRFToken": token }) },
      });
      if (answer.type === "opaqueredirect") return ended();
      if (answer.status === 403) return "refused";
      if (!answer.ok) return "busy";
      const { seconds, account, token: current } = await answer.json();
      if (String(account) !== login.dataset.account) return "other";
      toldAt = Date.now();
      endsAt = toldAt + seconds * 1000;
      window.certif.takeToken(current);
      if (!isNear()) hide();
      return "stands";
    } catch (error) {
      return "cut";
    }
  }

  /* Its person may come back at any time, by another tab. */
  function ended() {
    endsAt = Math.min(endsAt, Date.now());
    clearTimeout(timer);
    timer = setTimeout(look, PAUSE);
    return "over";
  }

  /* Whoever writes in a dialog sees nothing of what is behind it. */
  function warn(sentence = "") {
    const why = isLongest ? "longest" : "idle";
    for (const each of box.querySelectorAll("[data-when]")) each.hidden = each.dataset.when !== why;
    form.hidden = isLongest;
    tellLeft();
    said.textContent = sentence;
    const place = document.querySelector("#dialog dialog[open]") || home;
    if (!place.contains(box)) place.prepend(box);
    box.hidden = false;
  }

  /* A delay, and no hour: the clock of the screen may be wrong. */
  function tellLeft() {
    const minutes = Math.max(1, Math.ceil((endsAt - Date.now()) / 60000));
    box.querySelector("#stay-in").textContent = minutes + "\u00a0" + (minutes > 1 ? "minutes" : "minute");
  }

  function hide() {
    if (box.hidden) return;
    const hadFocus = box.contains(document.activeElement);
    box.hidden = true;
    isLongest = false;
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

  /* One that a request tells. */
  document.addEventListener("htmx:afterRequest", (event) => {
    const { requestConfig, xhr } = event.detail;
    if (requestConfig.verb !== "post" || xhr.status === 0 || xhr.status >= 400) return;
    gestureAt = Date.now();
    if (!box.hidden) look();
  });

  /* Nothing is sent by a login that is over: the page would be lost, as it is by a plain form that is cut off. What htmx
     sends goes as ever when it is cut off, and what its page sends again by itself is not held at all. */
  let going = null;
  const held = new WeakSet();
  const isPlain = (sent, submitter) => ![sent, submitter].some((element) => element && element.matches("[hx-post]"));
  const isSure = () => endsAt > Date.now() && Date.now() - toldAt < SURE;
  document.addEventListener("submit", async (event) => {
    const { target, submitter } = event;
    const plain = isPlain(target, submitter);
    if (plain ? isSure() : endsAt > Date.now()) return;
    if (target === going || target === form || target.method !== "post" || window.certif.isSentAgain(target)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (held.has(target)) return;
    held.add(target);
    target.classList.add("is-sending");
    if (plain) window.certif.say("alert", "");
    const told = await isOver().finally(() => {
      held.delete(target);
      target.classList.remove("is-sending");
    });
    const isCut = plain && told === "cut";
    if (isCut) window.certif.say("alert", SAY.cut);
    if (isCut || told === "over" || told === "other" || !target.isConnected) return;
    going = target;
    try {
      target.requestSubmit(submitter);
    } finally {
      going = null; // It throws when what was pressed is gone.
    }
  }, true);

  const TYPED = "input:not([type=hidden], [type=search], [type=submit]), textarea, select";
  function isTyped(field) {
    if (!field.name) return false;
    if (field.matches("select")) return [...field.options].some((option) => option.selected !== option.defaultSelected);
    if (field.matches("[type=checkbox], [type=radio]")) return field.checked !== field.defaultChecked;
    return field.value !== field.defaultValue;
  }
  // What was refused came back as if it had never been typed.
  const REFUSED = ".form-errors, .errornote";
  document.addEventListener("certif:leaving", (event) => {
    if (document.querySelector(REFUSED) || [...document.querySelectorAll(TYPED)].some(isTyped)) event.preventDefault();
  });

  document.addEventListener("certif:login", async () => {
    await ask(box.dataset.end, "GET");
    look();
  });
  document.addEventListener("visibilitychange", () => { if (!document.hidden) look(); });

  look();
})();
