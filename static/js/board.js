/* The invigilator's live list: polls, says how old the page is, counts the minutes left, filters.
   #board: data-live-url, data-version, data-time-zone (IANA), data-quiet. #board-head: data-title, data-server-now (epoch ms).
   #rows: data-roster and #asks: data-key, data-shown say which list and which group are on screen. */
(function () {
  "use strict";

  const board = document.getElementById("board");
  if (!board || !window.htmx) return;

  const STALE_AFTER = 6000;
  const CUT_AFTER = 15000;
  const SAID_EVERY = 61000;
  const byId = (id) => document.getElementById(id);
  const clock = new Intl.DateTimeFormat("fr-FR", {
    hour: "numeric", minute: "2-digit", timeZone: board.dataset.timeZone || undefined,
  });
  const hour = (ms) => clock.format(new Date(ms)).replace(":", "\u00a0h\u00a0");

  let offset = 0;
  let lastAnswer = Date.now();
  let failures = 0;
  let timer;
  let inFlight = false;
  let sentAt = 0;
  let shownAt = 0;
  let saidCut = false;
  let isBlind = false;
  let polls = 0;
  let saidAt = Date.now();
  let pressedAt = 0;
  let touchedAt = 0;
  let heldBack = null; // the answer to a poll that a finger kept out

  const serverNow = () => Date.now() + offset;
  if (window.certif) Object.assign(window.certif, { boardNow: serverNow, boardHour: hour, boardDuration: duration });

  /* The poll */
  function delay() {
    if (failures) return Math.min(1500 * 2 ** Math.min(failures, 3), 10000) * (0.8 + Math.random() * 0.2);
    if (document.hidden) return 10000 + Math.random() * 2000;
    return 1600 + Math.random() * 400;
  }

  function schedule(ms) {
    clearTimeout(timer);
    timer = setTimeout(poll, ms === undefined ? delay() : ms);
  }

  function poll() {
    if (inFlight && Date.now() - sentAt < 20000) return;
    inFlight = true;
    sentAt = Date.now();
    const url = new URL(board.dataset.liveUrl, location.href);
    url.searchParams.set("v", board.dataset.version);
    url.searchParams.set("n", String(polls++));
    url.searchParams.set("r", byId("rows").dataset.roster);
    url.searchParams.set("a", byId("asks").dataset.key);
    url.searchParams.set("s", byId("asks").dataset.shown);
    // The other tablets are told that this one is looked at; this one, who else looks.
    if (!document.hidden && Date.now() - saidAt > SAID_EVERY) url.searchParams.set("seen", "1");
    htmx.ajax("GET", url.pathname + url.search, { source: board, target: board, swap: "none" }).catch(() => {});
  }

  /* After a move of one's own, the rest of the page follows at once. An answer that comes after a newer poll has put an
     older row back: what moved since is asked for again. */
  document.addEventListener("htmx:afterRequest", (event) => {
    const { requestConfig, xhr } = event.detail;
    if (!requestConfig || requestConfig.verb !== "post" || !xhr.status) return;
    const version = Number(xhr.getResponseHeader("X-Board-Version"));
    if (version && version < Number(board.dataset.version)) board.dataset.version = version;
    if (!inFlight) schedule(100);
  });

  /* A question asked before the tablet slept, or before the cut, has no answer. */
  function askAtOnce() {
    if (inFlight && Date.now() - sentAt > 3000) htmx.trigger(board, "htmx:abort");
    schedule(0);
  }

  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.elt !== board) return;
    inFlight = false;
    const xhr = event.detail.xhr;
    const isTold = xhr.status === 200 || xhr.status === 204;
    if (isTold && !xhr.getResponseHeader("HX-Refresh")) {
      lastAnswer = Date.now();
      failures = 0;
      if (event.detail.requestConfig.path.endsWith("&seen=1")) saidAt = Date.now();
      document.dispatchEvent(new CustomEvent("certif:alive"));
      const version = xhr.getResponseHeader("X-Board-Version");
      // An older row that came while this was on its way is still to be asked for again.
      const asked = Number(new URL(event.detail.requestConfig.path, location.href).searchParams.get("v"));
      if (version && xhr !== heldBack && asked <= Number(board.dataset.version)) board.dataset.version = version;
    } else if (xhr.getResponseHeader("HX-Redirect")) {
      return; // htmx is leaving: the access is over, and the next page says so.
    } else if ([401, 403, 404, 410].includes(xhr.status)) {
      location.reload(); // The access is over: the page itself says why.
      return;
    } else {
      failures += 1;
    }
    tick();
    schedule();
  });

  document.addEventListener("visibilitychange", () => {
    if (document.hidden) return;
    shownAt = Date.now();
    askAtOnce();
  });
  window.addEventListener("online", askAtOnce);
  window.addEventListener("offline", tick);

  /* How old what I see is */
  function write(element, text) {
    if (element && element.textContent !== text) element.textContent = text;
  }

  function freshness() {
    if (document.hidden || "over" in board.dataset) return;
    const age = Date.now() - lastAnswer;
    const line = byId("freshness");
    const stale = age >= STALE_AFTER || !navigator.onLine;
    const at = hour(lastAnswer + offset);
    isBlind = stale;
    board.classList.toggle("is-blind", stale);
    if (line) {
      line.classList.toggle("stale", stale);
      write(line, stale ? "Informations datant de " + at : "À jour il y a " + Math.max(0, Math.round(age / 1000)) + " s");
    }
    // A tablet that wakes up is not cut off: it has four seconds to ask.
    const cut = (age >= CUT_AFTER && Date.now() - shownAt > 4000) || (!navigator.onLine && age >= 2000);
    if (cut) {
      write(byId("offline"), "Cette tablette est coupée du réseau\u00a0: la liste date de " + at + ". Rien ne change pour les candidats.");
    } else if (saidCut) {
      write(byId("offline"), "");
      // « Annuler » of what was pressed meanwhile is worth more.
      if (window.certif && !byId("status").querySelector("button")) window.certif.say("status", "Connexion rétablie.");
    }
    saidCut = cut;
  }

  /* Nothing moves under a finger: what arrives while it presses is asked for again. The group on top pushes the whole
     list down or up: it waits for a finger that has just left, and may come back. */
  document.addEventListener("pointerdown", () => { pressedAt = Date.now(); });
  for (const name of ["pointerup", "pointercancel"]) {
    document.addEventListener(name, () => {
      pressedAt = 0;
      touchedAt = Date.now();
    });
  }
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { requestConfig, serverResponse, xhr } = event.detail;
    if (requestConfig.elt !== board) return;
    const isPressed = Date.now() - pressedAt < 3000;
    const isPushed = Date.now() - touchedAt < 1000 && serverResponse.includes('id="asks"');
    if (!isPressed && !isPushed) return;
    event.detail.shouldSwap = false;
    heldBack = xhr;
  });

  /* Minutes left, minutes of silence */
  function duration(minutes) {
    return minutes < 60
      ? minutes + "\u00a0min"
      : Math.floor(minutes / 60) + "\u00a0h\u00a0" + String(minutes % 60).padStart(2, "0");
  }

  function minutesLeft() {
    for (const element of board.querySelectorAll("time.left[data-deadline]")) {
      const left = Number(element.dataset.deadline) - serverNow();
      const over = left <= 0;
      element.classList.toggle("over", over);
      write(element, over
        ? "dépassé de " + duration(Math.floor(-left / 60000))
        : "reste " + duration(Math.ceil(left / 60000)));
    }
    for (const element of board.querySelectorAll(".waits[data-asked]")) tellLost(element);
    // A tablet that hears nothing knows nothing of the candidates: their silence is counted up to what it last heard.
    for (const element of board.querySelectorAll(".silent-for[data-since]")) {
      const lost = Math.max(0, (isBlind ? lastAnswer + offset : serverNow()) - Number(element.dataset.since));
      write(element, silence(Math.floor(lost / 60000)));
    }
  }

  /* In the words of invigilation/rows.py. */
  function silence(minutes) {
    return minutes < 1 ? "déconnecté à l’instant" : "déconnecté depuis " + duration(minutes);
  }

  /* As invigilation/rows.py counts them: whole minutes, nothing under three beats. */
  const SILENT_AFTER = 45000;
  const MOST_MINUTES = 120;

  function tellLost(element) {
    const gap = Number(element.dataset.gap) * 1000;
    const all = gap + Math.max(0, serverNow() - Number(element.dataset.asked));
    const cut = gap >= SILENT_AFTER ? Math.ceil(gap / 60000) : 0;
    const lost = all >= SILENT_AFTER ? Math.ceil(all / 60000) : cut;
    write(element, lost > cut ? " + attente " + duration(lost - cut) : "");
    const more = element.closest(".ask").querySelector(".more");
    if (!more) return;
    more.hidden = !lost;
    write(more.querySelector(".lost"), String(Math.min(lost, MOST_MINUTES)));
  }

  function tick() {
    if (inFlight && Date.now() - sentAt >= 20000) poll();
    freshness();
    minutesLeft();
  }

  /* « Annuler » leaves with what it undid: the focus goes to the box of the same row. */
  document.addEventListener("htmx:beforeRequest", (event) => {
    const { elt } = event.detail.requestConfig;
    if (!elt.closest("#status")) return;
    const box = byId(elt.dataset.focusAfter);
    if (box) box.focus();
  });

  /* Chips and name: what is hidden is decided when they are used, so that no row leaves under a finger. Who comes to be
     what a chip shows is let in at once. */
  const hidden = new Set();
  let wanted = "all";

  function filter() {
    hidden.clear();
    for (const row of board.querySelectorAll(".row")) hidden.add(row.id);
    letIn();
  }

  function letIn() {
    const isSought = window.certif.seeks(byId("find").value);
    const rows = [...board.querySelectorAll(".row")];
    for (const row of rows) {
      const right = wanted === "all" || row.dataset.situation.split(" ").includes(wanted);
      if (right && isSought(row.querySelector(".name").textContent)) hidden.delete(row.id);
    }
    show();
    tellFound(rows.length, rows.filter((row) => !hidden.has(row.id)).length);
  }

  function tellFound(count, shown) {
    const isSought = Boolean(byId("find").value.trim());
    const found = wanted === "all" ? shown + " sur " + count : shown + (shown > 1 ? " trouvés" : " trouvé");
    // Of a chip alone, the chip says how many, and counts on.
    byId("found").classList.toggle("is-none", !shown);
    write(byId("found"), !shown ? "Aucun candidat dans cette liste" : isSought ? found : "");
  }

  function show() {
    for (const row of board.querySelectorAll(".row")) row.classList.toggle("is-out", hidden.has(row.id));
    for (const chip of board.querySelectorAll("[data-filter]")) {
      chip.setAttribute("aria-pressed", String(chip.dataset.filter === wanted));
    }
  }

  document.addEventListener("click", (event) => {
    const chip = event.target.closest("[data-filter]");
    if (!chip) return;
    wanted = chip.dataset.filter;
    filter();
  });
  document.addEventListener("input", (event) => { if (event.target.id === "find") filter(); });

  /* What is renewed keeps its open menus, and the words selected in it when they are still there. */
  let selected = null;

  document.addEventListener("htmx:oobBeforeSwap", (event) => {
    const { target, fragment } = event.detail;
    for (const menu of target.querySelectorAll("details[open][id]")) {
      const same = fragment.querySelector("#" + CSS.escape(menu.id));
      if (same) same.open = true;
    }
    selected = selectionIn(target);
  });

  function selectionIn(target) {
    const range = getSelection().rangeCount && getSelection().getRangeAt(0);
    if (!range || range.collapsed || !target.contains(range.commonAncestorContainer)) return null;
    const ends = [wayTo(target, range.startContainer), wayTo(target, range.endContainer)];
    return { id: target.id, ends, offsets: [range.startOffset, range.endOffset], text: String(range) };
  }

  function wayTo(root, node) {
    const way = [];
    for (let here = node; here !== root; here = here.parentNode) way.unshift([...here.parentNode.childNodes].indexOf(here));
    return way;
  }

  function selectAgain() {
    const root = selected && byId(selected.id);
    if (!root) return;
    const [start, end] = selected.ends.map((way) => way.reduce((node, rank) => node && node.childNodes[rank], root));
    const [from, to] = selected.offsets;
    const text = selected.text;
    selected = null;
    if (!start || !end) return;
    const range = document.createRange();
    try {
      range.setStart(start, from);
      range.setEnd(end, to);
    } catch (error) {
      return; // Shorter than it was.
    }
    if (String(range) !== text) return;
    getSelection().removeAllRanges();
    getSelection().addRange(range);
  }

  function afterSwap() {
    selectAgain();
    const head = byId("board-head");
    if (head && head.dataset.title) document.title = head.dataset.title;
    if (head && head.dataset.serverNow) {
      offset = Number(head.dataset.serverNow) - Date.now();
      delete head.dataset.serverNow;
    }
    letIn();
    minutesLeft();
  }

  document.addEventListener("htmx:oobAfterSwap", afterSwap);
  document.addEventListener("htmx:afterSettle", afterSwap);

  afterSwap();
  tick();
  setInterval(tick, 1000);
  schedule();
})();
