/* The clock on the board: minutes to add, what is said before the end, tests past theirs,
   the room's own end once it is past (#room-end).
   [data-add-time] is a form of minutes, or of a percentage ([data-percent]: what it was, [data-one-percent]: ms); its [data-new-end] has
   data-end, the end that it moves (epoch ms), or data-lasts (ms) before the start; its [data-ends], those of the ticked ones;
   board.js has their words.
   [data-from][data-until] shows between the two, until [data-said] is pressed on this tablet. #overdue counts. */
(function () {
  "use strict";

  const board = document.getElementById("board");
  if (!board) return;

  const byId = (id) => document.getElementById(id);
  const now = () => (window.certif.boardNow ? window.certif.boardNow() : Date.now());

  /* Minutes: a usual duration or another, never both; the new end is told before it is sent. */
  function chosenMinutes(form) {
    const typed = form.querySelector("[data-minutes]").value.trim();
    const usual = form.querySelector("input[name=usual]:checked");
    return Number(typed || (usual && usual.value) || 0);
  }

  /* What the form would add, in milliseconds; NaN when only the server can read it. */
  function added(form) {
    const had = form.querySelector("[data-percent]");
    if (had) {
      const { percent, onePercent } = had.dataset;
      const typed = /^(\d{0,3})\s*%?$/.exec(had.querySelector("input").value.trim());
      return typed ? (Number(typed[1]) - Number(percent)) * Number(onePercent) : NaN;
    }
    const minutes = chosenMinutes(form);
    return Number.isInteger(minutes) && minutes > 0 && minutes <= 120 ? minutes * 60000 : 0;
  }

  /* Of several, each has his own. */
  function tellEnds(form) {
    const more = added(form);
    for (const told of form.querySelectorAll("[data-ends]")) {
      const end = Number(told.dataset.ends);
      const after = more && told.closest("label").querySelector("input").checked ? " → " + window.certif.boardHour(end + more) : "";
      told.textContent = "fin à " + window.certif.boardHour(end) + after;
    }
  }

  function tellNewEnd(form) {
    tellEnds(form);
    const told = form.querySelector("[data-new-end]");
    if (!told) return;
    const { end, lasts } = told.dataset;
    const say = end ? window.certif.boardHour : (ms) => window.certif.boardDuration(Math.ceil(ms / 60000));
    const before = Number(end || lasts);
    const more = added(form);
    const after = Number.isNaN(more) ? "…" : say(before + more);
    told.textContent = (end ? "Fin" : "Durée") + "\u00a0: " + say(before) + (more === 0 ? "" : " → " + after);
  }

  document.addEventListener("input", (event) => {
    const form = event.target.closest("[data-add-time]");
    if (!form) return;
    if (event.target.matches("[data-minutes]") && event.target.value) {
      for (const usual of form.querySelectorAll("input[name=usual]")) usual.checked = false;
    } else if (event.target.name === "usual") {
      form.querySelector("[data-minutes]").value = "";
    }
    tellNewEnd(form);
  });

  // Of « Toute la salle », which ticks the others (app.js).
  document.addEventListener("change", (event) => {
    const form = event.target.closest("[data-add-time]");
    if (form) tellEnds(form);
  });

  document.addEventListener("click", (event) => {
    const proposed = event.target.closest("[data-propose]");
    if (proposed) {
      const form = proposed.form;
      form.querySelector("[data-minutes]").value = proposed.dataset.propose;
      tellNewEnd(form);
    }
    const said = event.target.closest("[data-said]");
    if (said) dismiss(said.dataset.said);
  });

  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.detail.target.id !== "dialog") return;
    for (const form of event.detail.target.querySelectorAll("[data-add-time]")) tellNewEnd(form);
  });

  /* The script of the last minutes: dismissed for that end, on this tablet. */
  const told = new Set();
  const keyOf = (id) => location.pathname + "#" + id;

  function isDismissed(id) {
    try { return sessionStorage.getItem(keyOf(id)) === "1"; } catch (error) { return told.has("dismissed " + id); }
  }

  function dismiss(id) {
    told.add("dismissed " + id);
    try { sessionStorage.setItem(keyOf(id), "1"); } catch (error) { /* this page alone remembers */ }
    show();
    const chip = byId("chip-all");
    if (chip) chip.focus();
  }

  function show() {
    for (const script of board.querySelectorAll("[data-from][data-until]")) {
      const isDue = now() >= Number(script.dataset.from) && now() < Number(script.dataset.until) && !isDismissed(script.id);
      script.hidden = !isDue;
      if (isDue && !told.has(script.id)) {
        told.add(script.id);
        window.certif.say("status", script.querySelector("strong").textContent + ", dans moins de 5 minutes.");
      }
    }
  }

  /* How many are past their end: their rows say it. */
  function countOverdue() {
    const line = byId("overdue");
    if (!line) return;
    const count = board.querySelectorAll("#rows time.left.over").length;
    const link = byId("end-overdue");
    const text = count > 1 ? link.dataset.many.replace("{n}", String(count)) : link.dataset.one;
    if (link.textContent !== text) link.textContent = text;
    line.hidden = !count;
  }

  function tellRoomEnd() {
    const end = byId("room-end");
    if (!end || now() < Number(end.dataset.pastAt)) return;
    if (end.textContent !== end.dataset.past) end.textContent = end.dataset.past;
  }

  /* Left as it was proposed, while the problem is worded with the candidate: what he loses meanwhile is given too. */
  function followWait() {
    for (const proposed of document.querySelectorAll("[name=proposed][data-since]")) {
      const { minutes } = proposed.form.elements;
      const waited = String(Math.min(120, Math.ceil((now() / 1000 - Number(proposed.dataset.since)) / 60)));
      if (minutes.value === proposed.value && waited !== proposed.value) minutes.value = proposed.value = waited;
    }
  }

  function tick() {
    show();
    followWait();
    tellRoomEnd();
    countOverdue();
  }

  for (const name of ["htmx:oobAfterSwap", "htmx:afterSettle"]) document.addEventListener(name, tick);
  tick();
  setInterval(tick, 1000);
})();
