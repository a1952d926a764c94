/* What was pressed and could not be sent is kept, in memory only, and sent again with its own operation id until the server
   answers. Nothing of it is shown as done before: its row says « en attente d’envoi », and #outbox lists it.
   board.js says `certif:alive` when a poll was answered. */
(function () {
  "use strict";

  const box = document.getElementById("outbox");
  if (!box || !window.htmx) return;

  const SHOWN_AFTER = 1500;
  const LONGEST_WAIT = 10000;
  const NB = "\u00a0";
  const SAY = {
    waits: "en attente d’envoi",
    kept: "Pas encore envoyé" + NB + ": %s. L’envoi se fera dès que la connexion reviendra.",
    login: "Votre connexion au service a expiré" + NB + ": reconnectez-vous dans un autre onglet, sans fermer celui-ci. Ce qui attend partira ensuite.",
    refused: "Non enregistré" + NB + ": %s. Rechargez la page pour voir l’état réel.",
    one: "1 action en attente d’envoi. Ne fermez pas cette page.",
    several: "%s actions en attente d’envoi. Ne fermez pas cette page.",
    ticks: { 1: "présent", 0: "absent" },
  };

  const list = box.querySelector("ul");
  const title = box.querySelector("summary");
  const queue = [];
  let failures = 0;
  let timer;
  let inFlight = false;
  let toldLogin = false;
  const say = (region, text) => { if (window.certif) window.certif.say(region, text); };
  const isOutbox = (element) => box.contains(element);

  /* What was pressed */
  function itemOf(config) {
    const values = {};
    for (const name of new Set(config.formData.keys())) values[name] = config.formData.getAll(name);
    const row = /\/candidats\/(\d+)\//.exec(config.path);
    const pk = row ? row[1] : (values.candidate || [])[0];
    return {
      path: config.path,
      values,
      operation: (values.operation || [])[0] || "",
      target: targetOf(config),
      swap: config.elt.getAttribute("hx-swap") || "innerHTML",
      row: pk ? "candidate-" + pk : "",
      label: labelOf(config.elt, values, pk),
      at: new Date(),
    };
  }

  function targetOf(config) {
    return config.target && config.target.id ? "#" + config.target.id : "#board";
  }

  function labelOf(form, values, pk) {
    const dialog = form.closest("dialog");
    const name = pk && document.querySelector("#candidate-" + pk + " .name");
    const who = name ? name.textContent.trim() : "";
    const heading = dialog && dialog.querySelector("h1, h2");
    const what = heading ? heading.textContent.trim() : SAY.ticks[(values.present || [])[0]] || "";
    return [who, what].filter(Boolean).join(NB + ": ") || form.textContent.trim();
  }

  const isKept = (item) => queue.some((other) => other.operation === item.operation && item.operation);

  function keep(item) {
    if (isKept(item)) return;
    queue.push(item);
    closeDialog();
    say("status", SAY.kept.replace("%s", item.label));
    show();
    schedule();
  }

  function closeDialog() {
    const dialog = document.querySelector("#dialog dialog[open]");
    if (dialog) dialog.close();
  }

  /* The first sending. What happened is asked of the XHR itself: its form may have left the page. */
  document.addEventListener("htmx:beforeRequest", (event) => {
    const config = event.detail.requestConfig;
    if (config.verb !== "post" || isOutbox(config.elt)) return;
    const item = itemOf(config);
    if (queue.length) {
      // What was pressed first is sent first.
      event.preventDefault();
      keep(item);
      return;
    }
    follow(item, event.detail.xhr);
  }, true);

  function follow(item, xhr) {
    const late = setTimeout(() => mark(item), SHOWN_AFTER);
    xhr.addEventListener("loadend", () => {
      clearTimeout(late);
      unmark(item);
      if (isUnheard(xhr)) keep(item);
    });
  }

  const isUnheard = (xhr) => xhr.status === 0 || xhr.status === 429 || xhr.status >= 500;

  // app.js would say that nothing was sent: this page keeps it.
  for (const name of ["htmx:sendError", "htmx:timeout", "htmx:responseError"]) {
    document.addEventListener(name, (event) => {
      const { xhr, requestConfig } = event.detail;
      if (requestConfig && requestConfig.verb === "post" && isUnheard(xhr)) event.stopImmediatePropagation();
    }, true);
  }

  /* Sending again, one after the other */
  function schedule() {
    clearTimeout(timer);
    const wait = Math.min(2000 * 2 ** failures, LONGEST_WAIT);
    timer = setTimeout(flush, wait * (0.8 + Math.random() * 0.4));
  }

  function flush() {
    clearTimeout(timer);
    if (inFlight || !queue.length) return;
    inFlight = true;
    const item = queue[0];
    const source = list.querySelector("li");
    const { path, values, target, swap } = item;
    htmx.ajax("POST", path, { source, target, swap, values }).catch(() => {});
  }

  document.addEventListener("htmx:beforeRequest", (event) => {
    const { requestConfig, xhr } = event.detail;
    if (!isOutbox(requestConfig.elt)) return;
    const item = queue[0];
    xhr.addEventListener("loadend", () => setTimeout(() => heard(item, xhr), 0));
  });

  // A refresh would lose what waits: the page is renewed in place.
  document.addEventListener("htmx:beforeOnLoad", (event) => {
    const { xhr, requestConfig } = event.detail;
    if (queue.length && xhr.getResponseHeader("HX-Refresh")) {
      event.preventDefault();
      renew();
    } else if (isOutbox(requestConfig.elt) && xhr.getResponseHeader("HX-Redirect")) {
      queue.shift(); // It leaves on purpose.
    }
  });

  function heard(item, xhr) {
    inFlight = false;
    if (isUnheard(xhr) || xhr.getResponseHeader("HX-Refresh")) {
      failures += 1;
      schedule();
      return;
    }
    failures = 0;
    if (queue[0] === item) queue.shift();
    unmark(item);
    show();
    // A refusal (409, 422) brought its own sentence and the true state.
    const isRefusal = xhr.status === 409 || xhr.status === 422;
    if (xhr.status >= 400 && !isRefusal) say("alert", SAY.refused.replace("%s", item.label));
    flush();
  }

  document.addEventListener("certif:alive", () => { failures = 0; flush(); });
  window.addEventListener("online", flush);

  /* The login was renewed in another tab: its token too. */
  async function renew() {
    let page;
    try {
      const answer = await fetch(location.pathname, { credentials: "same-origin", redirect: "manual" });
      if (!answer.ok) return tellLogin();
      page = new DOMParser().parseFromString(await answer.text(), "text/html");
    } catch (error) {
      return undefined;
    }
    const headers = page.body.getAttribute("hx-headers");
    const field = page.querySelector("input[name=csrfmiddlewaretoken]");
    if (headers) document.body.setAttribute("hx-headers", headers);
    for (const item of queue) {
      if (field && item.values.csrfmiddlewaretoken) item.values.csrfmiddlewaretoken = [field.value];
    }
    toldLogin = false;
    return flush();
  }

  function tellLogin() {
    if (!toldLogin) say("alert", SAY.login);
    toldLogin = true;
  }

  /* What waits, on its row and in the list */
  function mark(item) {
    const row = item.row && document.getElementById(item.row);
    if (!row || row.querySelector(".unsent")) return;
    const note = document.createElement("b");
    note.className = "unsent";
    note.textContent = SAY.waits;
    row.classList.add("is-unsent");
    (row.querySelector(".sub") || row).prepend(note);
  }

  function unmark(item) {
    const row = item.row && document.getElementById(item.row);
    if (!row || queue.some((other) => other.row === item.row)) return;
    row.classList.remove("is-unsent");
    for (const note of row.querySelectorAll(".unsent")) note.remove();
  }

  function markAll() {
    for (const item of queue) mark(item);
  }

  function show() {
    box.hidden = !queue.length;
    title.textContent = queue.length === 1 ? SAY.one : SAY.several.replace("%s", queue.length);
    list.replaceChildren(...queue.map((item) => {
      const line = document.createElement("li");
      line.textContent = item.label + " (" + item.at.toLocaleTimeString("fr-FR") + ")";
      return line;
    }));
    markAll();
  }

  document.addEventListener("htmx:oobAfterSwap", markAll);
  document.addEventListener("htmx:afterSettle", markAll);

  window.addEventListener("beforeunload", (event) => {
    if (!queue.length) return;
    event.preventDefault();
    event.returnValue = "";
  });
})();
