/* What every page shares. All of it is a comfort: without JavaScript the forms and links work by themselves. */
(function () {
  "use strict";

  const SAY = {
    cut: "Connexion interrompue : votre action n’a pas été envoyée. Réessayez.",
    slow: "Le serveur n’a pas répondu : votre action est peut-être enregistrée. Réessayez, elle ne comptera qu’une fois.",
    gone: "Cette page n’est plus à jour. Rechargez-la pour voir l’état réel.",
    away: "Service momentanément indisponible : rien de ce qui avait été confirmé n’a été perdu, et ce que vous avez saisi est encore là. Réessayez dans un instant.",
    broken: "Le serveur n’a pas pu traiter votre action. Ce que vous avez saisi est encore là. Réessayez dans un instant.",
    copied: "Copié",
    notCopied: "Impossible de copier : sélectionnez le texte à la main.",
  };

  const byId = (id) => document.getElementById(id);

  const sayings = {};

  function say(region, text) {
    const element = byId(region);
    if (!element) return;
    clearTimeout(sayings[region]);
    // Emptied first, so that the same sentence said twice is read twice. What the server says in between is newer.
    element.textContent = "";
    sayings[region] = setTimeout(() => { if (!element.hasChildNodes()) element.textContent = text; }, 50);
  }

  /* As the names are compared by the server (certif/lib/text.py), for the letters of our alphabet. */
  const LETTERS = { œ: "oe", æ: "ae", ß: "ss", ø: "o", ł: "l", đ: "d" };
  const fold = (text) => text.toLowerCase().normalize("NFKD").replace(/[^\p{L}\p{N}]/gu, "").replace(/[œæßøłđ]/g, (letter) => LETTERS[letter]);

  /* Whether each word typed is part of a name, in any order. */
  function seeks(typed) {
    const words = typed.split(/\s+/).map(fold).filter(Boolean);
    return (name) => words.every((word) => fold(name).includes(word));
  }

  window.certif = { say, seeks };

  /* The toast shows at the other end than what was pressed, or in a place of its own (board.css). It leaves by itself, unless
     someone is using the button it holds, or has a window before it. */
  const SAID = 7000;
  const OFFERED = 5000;
  const OFFERED_TO_KEYS = 20000; // He who goes by the Tab key comes later.
  const status = byId("status");
  let toastTimer;
  let pressedAt = 0;
  let offered = OFFERED;
  document.addEventListener("pointerdown", (event) => {
    pressedAt = event.clientY;
    offered = OFFERED;
  });
  document.addEventListener("keydown", () => {
    pressedAt = document.activeElement.getBoundingClientRect().top;
    offered = OFFERED_TO_KEYS;
  });
  const offers = () => Boolean(status.querySelector("button, a"));

  function isInUse() {
    return (openDialogIn() && offers()) || status.matches(":hover") || status.contains(document.activeElement);
  }

  function letItLeave() {
    clearTimeout(toastTimer);
    if (!status || !status.firstChild) return;
    const leave = () => {
      if (isInUse()) toastTimer = setTimeout(leave, offered);
      else status.textContent = "";
    };
    toastTimer = setTimeout(leave, offers() ? offered : SAID);
  }

  if (status) {
    new MutationObserver(() => {
      status.classList.toggle("is-high", pressedAt > innerHeight / 2);
      letItLeave();
    }).observe(status, { childList: true, characterData: true, subtree: true });
  }

  /* Nor does it lie over what has just got the focus. */
  document.addEventListener("focusin", (event) => {
    if (!status || !status.firstChild || status.contains(event.target)) return;
    const said = status.getBoundingClientRect();
    const here = event.target.getBoundingClientRect();
    const isOver = said.bottom > here.top && said.top < here.bottom && said.right > here.left && said.left < here.right;
    if (isOver) status.classList.toggle("is-high", here.top > innerHeight / 2);
  });

  /* In the way, it leaves at a touch. */
  if (status) status.addEventListener("click", (event) => { if (!event.target.closest("button, a")) status.textContent = ""; });

  /* Copy */
  async function copy(button) {
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
      say("status", SAY.copied + " : " + (button.dataset.copyName || button.dataset.copy));
    } catch (error) {
      say("alert", SAY.notCopied);
    }
  }

  /* What a link of the list of errors is about. */
  function fieldOf(link) {
    const target = byId(link.hash.slice(1));
    return target && (target.matches("input, select, textarea") ? target : target.querySelector("summary, input, select, textarea"));
  }

  /* Errors: the first thing to correct gets the focus. In a window, whose foot stays, it is the field itself, in sight. */
  function focusFirstError(root) {
    const faulty = root.querySelector("dialog[data-modal] .form-errors a");
    const field = faulty && fieldOf(faulty);
    if (field) {
      field.focus({ preventScroll: true });
      (field.closest(".field") || field).scrollIntoView({ block: "nearest" });
      return true;
    }
    const target = root.querySelector(".form-errors") || root.querySelector('[aria-invalid="true"]');
    if (!target) return false;
    target.focus();
    return true;
  }

  /* Dialogs: a fragment swapped into #dialog that holds <dialog data-modal> opens; the focus comes back to the opener. */
  const slot = byId("dialog");
  const openDialogIn = () => slot && slot.querySelector("dialog[data-modal][open]");
  let openerId = null;
  let opener = null;
  let rowId = null;

  function rememberOpener(element) {
    const menu = element.closest("details.menu");
    const button = element.matches("form") ? element.querySelector("button") : null;
    const row = element.closest("li[id]");
    opener = menu ? menu.querySelector("summary") : button || element;
    openerId = opener.id || null;
    rowId = row && row.id;
    if (menu) menu.open = false;
  }

  /* What was pressed may be gone: then what stands for it, or its row. */
  function giveFocusBack() {
    const after = opener && opener.dataset.focusAfter;
    const row = rowId && byId(rowId);
    const places = [openerId && byId(openerId), opener, after && byId(after), row && row.querySelector("summary, button, a"), byId("main")];
    const element = places.find((place) => place && place.getClientRects().length);
    opener = openerId = rowId = null;
    if (element) element.focus({ preventScroll: element.id === "main" });
  }

  function closeDialog() {
    if (!slot || !slot.firstChild) return;
    slot.replaceChildren();
    giveFocusBack();
  }

  function openDialog() {
    const dialog = slot.querySelector("dialog[data-modal]");
    if (!dialog || dialog.open) return;
    dialog.addEventListener("close", closeDialog);
    dialog.prepend(placesToSay());
    dialog.showModal();
    if (!focusFirstError(dialog)) {
      const first = dialog.querySelector("[autofocus]") || dialog.querySelector("h1, h2");
      if (first) {
        if (!first.matches("input, select, textarea, button, a")) first.tabIndex = -1;
        first.focus();
      }
    }
  }

  /* It lays the rest of the page aside: what is said meanwhile is said in it, and not what was said before, of somebody else. */
  const SAYING = ["status", "alert"];
  const wordsOf = (region) => (region ? (region.querySelector("span") || region).textContent.trim() : "");

  function placesToSay() {
    const places = document.createElement("div");
    places.className = "said-here";
    for (const name of SAYING) {
      const place = document.createElement("p");
      place.setAttribute("role", name);
      places.append(place);
    }
    return places;
  }

  function sayInDialog(name) {
    const dialog = openDialogIn();
    const place = dialog && dialog.querySelector(`.said-here [role=${name}]`);
    if (place) place.textContent = wordsOf(byId(name));
  }

  for (const name of SAYING) {
    const region = byId(name);
    if (region) new MutationObserver(() => sayInDialog(name)).observe(region, { childList: true, characterData: true, subtree: true });
  }
  // Closed, what it held back is offered for its whole time.
  if (slot) new MutationObserver(() => { if (!openDialogIn()) letItLeave(); }).observe(slot, { childList: true });

  /* Asked for, or answered by the server in place of what was asked (HX-Retarget). What was laid aside meanwhile no longer
     knows where it stood: it was remembered when it asked. */
  for (const name of ["htmx:beforeRequest", "htmx:beforeSwap"]) {
    document.addEventListener(name, (event) => {
      const { target, requestConfig } = event.detail;
      const { elt } = requestConfig;
      const isKnown = opener && elt.closest(".answered-late");
      if (slot && target === slot && !slot.contains(elt) && !isKnown) rememberOpener(elt);
    });
  }

  document.addEventListener("htmx:afterSettle", (event) => {
    if (slot && event.detail.target === slot) openDialog();
    else if (event.detail.xhr && event.detail.xhr.status === 422) focusFirstError(event.detail.elt) || focusFirstError(document);
  });

  // The answer emptied the dialog: it is done, back to where it was asked.
  document.addEventListener("htmx:afterRequest", (event) => {
    if (!slot || event.detail.target !== slot) return;
    setTimeout(() => { if (opener && !slot.querySelector("dialog")) giveFocusBack(); }, 40);
  });

  /* What went wrong, in a sentence. Polls have their own way of saying it ([data-quiet]). */
  const quiet = (event) => event.detail.elt && event.detail.elt.closest && event.detail.elt.closest("[data-quiet]") === event.detail.elt;

  document.addEventListener("htmx:sendError", (event) => { if (!quiet(event)) say("alert", SAY.cut); });
  document.addEventListener("htmx:timeout", (event) => { if (!quiet(event)) say("alert", SAY.slow); });
  document.addEventListener("htmx:responseError", (event) => {
    if (quiet(event)) return;
    const code = event.detail.xhr.status;
    const form = event.detail.elt.closest("[data-alert]");
    const why = [403, 404, 410].includes(code) ? SAY.gone : code === 503 ? SAY.away : SAY.broken;
    say(form ? form.dataset.alert : "alert", why);
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    // A refusal is « successful » too, once it is swapped: what it says stays.
    const done = event.detail.successful && event.detail.xhr.status < 400;
    if (done && !quiet(event) && byId("alert").firstChild) say("alert", "");
  });

  /* What has just come is whole and answers at once: htmx would bind it 20 ms later, and a press in between would leave the
     page, or go to what was there before the rest was shown. */
  for (const name of ["htmx:afterSwap", "htmx:oobAfterSwap"]) {
    document.addEventListener(name, (event) => {
      prepare(event.target);
      window.htmx.process(event.target);
    });
  }

  /* An answer may come to what is gone: a poll has brought its row again, or its dialog is closed. htmx would look for the
     places of the answer in what was taken out, and tell nobody: it is laid aside in the page, without its names. */
  document.addEventListener("htmx:beforeRequest", (event) => {
    const { elt, xhr } = event.detail;
    xhr.addEventListener("readystatechange", () => {
      if (xhr.readyState === XMLHttpRequest.DONE && !elt.isConnected) layAside(elt);
    });
  });

  function layAside(asked) {
    for (const named of [asked, ...asked.querySelectorAll("[id]")]) {
      if (!named.id) continue;
      named.dataset.focusAfter = named.dataset.focusAfter || named.id;
      named.removeAttribute("id");
    }
    const aside = document.createElement("div");
    aside.className = "answered-late";
    aside.hidden = true;
    aside.append(asked);
    document.body.append(aside);
    setTimeout(() => aside.remove(), 1000);
  }

  /* What concludes a dialog stays in sight: what is written is not under it. */
  document.addEventListener("focusin", (event) => {
    if (event.target.matches("dialog textarea")) event.target.scrollIntoView({ block: "nearest" });
  });

  /* Clicks */
  document.addEventListener("click", (event) => {
    const element = event.target.closest("[data-copy], [data-close], [data-check-all], .form-errors a");
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
    if (!element) return;
    if (element.matches("[data-copy]")) copy(element);
    else if (element.matches("[data-close]")) {
      if (!slot || !slot.contains(element)) return;
      event.preventDefault();
      closeDialog();
    } else if (element.matches(".form-errors a")) {
      const field = fieldOf(element);
      if (!field) return;
      event.preventDefault();
      field.focus();
    }
  });

  /* <input type="checkbox" data-check-all="name"> ticks every box of that name that its form shows. */
  document.addEventListener("change", (event) => {
    const name = event.target.dataset && event.target.dataset.checkAll;
    if (!name) return;
    for (const box of event.target.form.querySelectorAll('input[type="checkbox"]')) {
      if (box.name === name && !box.disabled && !box.closest("[hidden]")) box.checked = event.target.checked;
    }
  });

  /* A menu opened at the foot of the screen is brought into sight. */
  document.addEventListener("toggle", (event) => {
    if (event.target.open && event.target.matches("details.menu")) event.target.querySelector("div").scrollIntoView({ block: "nearest" });
  }, true);

  /* A menu that the focus has left is closed: it would lie over what has it. */
  document.addEventListener("focusin", (event) => {
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
  });

  /* Escape closes the menu and gives the focus back to its button. */
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const menu = document.querySelector("details.menu[open]");
    if (!menu || (slot && slot.querySelector("dialog"))) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });

  /* <textarea maxlength data-counter="id">: « 12 / 500 » */
  function count(area) {
    const counter = byId(area.dataset.counter);
    if (counter) counter.textContent = area.value.length + " / " + area.maxLength;
  }
  document.addEventListener("input", (event) => {
    if (event.target.dataset.counter) count(event.target);
    event.target.removeAttribute("aria-invalid");
  });

  /* Plain forms say that they are leaving, too. */
  document.addEventListener("submit", (event) => {
    setTimeout(() => { if (!event.defaultPrevented) event.target.classList.add("is-sending"); }, 0);
  });
  window.addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form.is-sending")) form.classList.remove("is-sending");
  });

  /* A screen is shared. Some browsers keep a whole page in memory, whatever they are told: it comes back empty, and is asked of
     the server again. Back on a form that says data-forget, what the person before typed is gone. */
  window.addEventListener("pagehide", (event) => { if (event.persisted) document.documentElement.hidden = true; });
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) location.reload();
    else if (performance.getEntriesByType("navigation").some((entry) => entry.type !== "navigate")) {
      for (const form of document.querySelectorAll("form[data-forget]")) form.reset();
    }
  });

  function prepare(root) {
    for (const area of root.querySelectorAll("[data-counter]")) count(area);
    for (const element of root.querySelectorAll("[data-js-only][hidden]")) element.hidden = false;
  }

  function start() {
    prepare(document);
    focusFirstError(document);
  }
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
