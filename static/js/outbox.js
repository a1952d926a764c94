/* What was pressed and could not be sent is kept, in memory only, and sent again with its own operation id until the server
   answers. Nothing of it is shown as done before: its row says « à envoyer », and #outbox lists it.
   board.js says `certif:alive` when a poll was answered. */
(function () {
  "use strict";

  const box = document.getElementById("outbox");
  const board = document.getElementById("board");
  if (!box || !window.htmx) return;

  const SHOWN_AFTER = 1500;
  const FIRST_WAIT = 500;
  const LONGEST_WAIT = 10000;
  const NB = "\u00a0";
  const SAY = {
    waits: "à envoyer",
    kept: "Pas encore envoyé" + NB + ": %s. Cela partira au retour du réseau.",
    refused: "Non enregistré" + NB + ": %s. Rechargez la page pour voir l’état réel.",
    one: "1 action en attente d’envoi. Ne fermez pas cette page.",
    several: "%s actions en attente d’envoi. Ne fermez pas cette page.",
    oneLost: "1 action n’a pas été enregistrée. Notez-la, puis rechargez la page.",
    severalLost: "%s actions n’ont pas été enregistrées. Notez-les, puis rechargez la page.",
    over: "Votre accès à la session est terminé" + NB + ": ce qui attendait n’a pas été enregistré.",
    overHere: "Votre accès à la session est terminé" + NB + ": rien ne sera enregistré d’ici. Notez ce que vous avez saisi, puis fermez.",
    lost: "non enregistré",
    ticks: { present: { 1: "présent", 0: "absent" }, seen: { 1: "écran de fin vu", 0: "écran de fin non vu" } },
  };

  const list = box.querySelector("ul");
  const title = box.querySelector("summary");
  const queue = [];
  const lost = [];
  const dropped = new WeakSet();
  let failures = 0;
  let timer;
  let inFlight = false;
  const say = (region, text) => { if (window.certif) window.certif.say(region, text); };
  const isOutbox = (element) => box.contains(element);
  const openDialog = () => document.querySelector("#dialog dialog[open]");
  const isWaiting = () => queue.length > 0 || lost.length > 0;

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
      row: pk ? "candidate-" + pk : "",
      label: labelOf(config.elt, values, pk),
      dialog: config.elt.closest("dialog"),
      at: window.certif.boardNow(),
    };
  }

  function labelOf(form, values, pk) {
    const dialog = form.closest("dialog");
    const name = pk && document.querySelector("#candidate-" + pk + " .name");
    const who = name ? name.textContent.trim() : "";
    const heading = dialog && dialog.querySelector("h1, h2");
    const what = heading ? heading.textContent.trim() : tickOf(values);
    return [who, what].filter(Boolean).join(NB + ": ") || form.textContent.trim();
  }

  function tickOf(values) {
    const [name] = Object.keys(SAY.ticks).filter((each) => each in values);
    return name ? SAY.ticks[name][values[name][0]] || "" : "";
  }

  const isKept = (item) => queue.some((other) => other.operation === item.operation && item.operation);

  function keep(item) {
    if (isKept(item)) return;
    queue.push(item);
    // Another one may be open by then, and written in.
    if (item.dialog && item.dialog.isConnected) item.dialog.close();
    say("status", SAY.kept.replace("%s", item.label));
    show();
    schedule();
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
      else if (dropped.has(xhr)) lose(item);
    });
  }

  // An expired login answers by a refresh: nothing was written.
  const isUnheard = (xhr) => xhr.status === 0 || xhr.status === 429 || xhr.status >= 500 || Boolean(xhr.getResponseHeader("HX-Refresh"));

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
    const wait = Math.min(FIRST_WAIT * 2 ** failures, LONGEST_WAIT);
    timer = setTimeout(flush, wait * (0.8 + Math.random() * 0.4));
  }

  function flush() {
    clearTimeout(timer);
    if (inFlight || !queue.length) return;
    inFlight = true;
    const item = queue[0];
    const source = list.querySelector("li");
    const { path, values } = item;
    // The rows come out of band; the dialog that sent it is closed, and another may be open.
    htmx.ajax("POST", path, { source, target: "#board", swap: "none", values }).catch(() => {});
  }

  document.addEventListener("htmx:beforeRequest", (event) => {
    const { requestConfig, xhr } = event.detail;
    if (!isOutbox(requestConfig.elt)) return;
    const item = queue[0];
    xhr.addEventListener("loadend", () => setTimeout(() => heard(item, xhr), 0));
  });

  /* The access is over: what waits or is being written will never be sent, and is shown before the page is left. */
  document.addEventListener("htmx:beforeOnLoad", (event) => {
    const { xhr, requestConfig } = event.detail;
    const elsewhere = xhr.getResponseHeader("HX-Redirect");
    if (!elsewhere) return;
    if (requestConfig.verb === "post") {
      if (isOutbox(requestConfig.elt)) queue.shift(); // It leaves on purpose.
    } else if (isWaiting() || openDialog()) {
      event.preventDefault();
      board.dataset.over = "";
      if (isWaiting()) nameWhatWaited();
      if (openDialog()) tellInDialog(elsewhere);
    }
  });

  function nameWhatWaited() {
    lost.push(...queue.splice(inFlight ? 1 : 0)); // The first one is being answered.
    say("alert", SAY.over);
    show();
  }

  function tellInDialog(elsewhere) {
    const note = document.createElement("p");
    note.className = "banner is-wait";
    note.setAttribute("role", "alert");
    note.textContent = SAY.overHere;
    openDialog().prepend(note);
    const slot = document.getElementById("dialog");
    const leave = () => { if (!slot.firstElementChild && !isWaiting()) location.assign(elsewhere); };
    new MutationObserver(leave).observe(slot, { childList: true });
  }

  function heard(item, xhr) {
    inFlight = false;
    if (isUnheard(xhr)) {
      failures += 1;
      schedule();
      return;
    }
    failures = 0;
    if (queue[0] === item) queue.shift();
    unmark(item);
    if (isUnwritten(xhr)) lose(item);
    show();
    flush();
  }

  function lose(item) {
    lost.push(item);
    say("alert", SAY.refused.replace("%s", item.label));
    show();
  }

  // A refusal (409, 422) brought its own sentence and the true state, unless it asks again in a dialog.
  function isUnwritten(xhr) {
    const isRefusal = xhr.status === 409 || xhr.status === 422;
    return isRefusal ? xhr.response.includes("<dialog") && !xhr.getResponseHeader("HX-Retarget") : xhr.status >= 400;
  }

  // A form whose dialog was closed asks again, unless another one is open by then: it is named (app.js laid it aside).
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { requestConfig, target, xhr } = event.detail;
    const isLate = requestConfig.verb === "post" && requestConfig.elt.closest(".answered-late");
    if (!isLate || target.id !== "dialog" || !target.firstChild) return;
    event.detail.swapOverride = "none";
    if (xhr.status >= 400 && xhr.response.includes("<dialog")) dropped.add(xhr);
  });

  document.addEventListener("certif:alive", () => { failures = 0; flush(); });
  window.addEventListener("online", flush);

  document.addEventListener("certif:login", (event) => {
    for (const item of queue) item.values.csrfmiddlewaretoken = [event.detail.token];
    flush();
  });

  document.addEventListener("certif:leaving", (event) => {
    if (isWaiting() || openDialog()) event.preventDefault();
  });

  /* What waits, on its row and in the list */
  function mark(item) {
    const row = item.row && document.getElementById(item.row);
    if (!row || row.querySelector(".unsent")) return;
    const note = document.createElement("b");
    note.className = "unsent";
    note.textContent = SAY.waits;
    row.querySelector(".badge").append(" ", note);
  }

  function unmark(item) {
    const row = item.row && document.getElementById(item.row);
    if (!row || queue.some((other) => other.row === item.row)) return;
    for (const note of row.querySelectorAll(".unsent")) note.remove();
  }

  function markAll() {
    for (const item of queue) mark(item);
  }

  const told = (items, one, several) => (items.length === 1 ? one : several.replace("%s", items.length));

  function show() {
    box.hidden = !queue.length && !lost.length;
    box.open = box.open || lost.length > 0;
    title.textContent = queue.length ? told(queue, SAY.one, SAY.several) : told(lost, SAY.oneLost, SAY.severalLost);
    list.replaceChildren(...queue.map((item) => lineOf(item)), ...lost.map((item) => lineOf(item, SAY.lost)));
    markAll();
  }

  function lineOf(item, fate) {
    const line = document.createElement("li");
    line.textContent = item.label + " (" + window.certif.boardHour(item.at) + ")" + (fate ? NB + ": " + fate : "");
    return line;
  }

  document.addEventListener("htmx:oobAfterSwap", markAll);
  document.addEventListener("htmx:afterSettle", markAll);

  window.addEventListener("beforeunload", (event) => {
    if (!queue.length) return;
    event.preventDefault();
    event.returnValue = "";
  });
})();
