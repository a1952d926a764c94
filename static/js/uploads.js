/* Several documents at once, each sent by itself: it has its own line, says how far it is, and is sent again by itself. A file keeps
   the operation of its first sending: sent again, it counts once. Without this, the form sends one file at a time.
   #uploads: data-form (the form's id), data-most-bytes. */
(function () {
  "use strict";

  const SAY = {
    waiting: "En attente",
    sending: (share) => "Envoi\u00a0: " + share + "\u00a0%",
    checking: "Vérification…",
    done: "Ajouté",
    heavy: "Ce fichier dépasse 10 Mo. Réduisez-le, ou envoyez-le en plusieurs.",
    cut: "Connexion interrompue\u00a0: ce document n’est pas arrivé.",
    expired: "Cette page a expiré\u00a0: ce document n’est pas arrivé.",
    reload: (names) => "Cette page a expiré. Ces documents ne sont pas arrivés\u00a0: " + names + ". Rechargez la page, puis choisissez-les à nouveau.",
    broken: "Le serveur n’a pas pu prendre ce document. Réessayez dans un instant.",
    again: "Envoyer à nouveau",
    forget: "Oublier",
    lost: (names) => "Ces documents ne sont pas arrivés\u00a0: " + names + ".",
    added: (name) => "Document «\u00a0" + name + "\u00a0» ajouté.",
    left: (names) => "Pas encore ajouté\u00a0: " + names + ". Ajoutez ce qui manque, ou validez à nouveau pour vous en passer.",
  };
  const TIMEOUT = 600000;

  const byId = (id) => document.getElementById(id);
  const list = () => byId("uploads");
  const input = () => byId("document_file");
  const queue = [];
  const missing = new Set();
  let isSending = false;
  let isExpired = false;
  let count = 0;

  function element(name, facts, ...children) {
    const made = Object.assign(document.createElement(name), facts);
    made.append(...children);
    return made;
  }

  /* One file, its line and its operation */
  function line(file, kind) {
    const id = "upload-" + ++count;
    const told = element("small", { id: id + "-told" }, SAY.waiting);
    const progress = element("progress", { max: 100, value: 0 });
    progress.setAttribute("aria-labelledby", id + "-name");
    const again = element("button", { type: "button", id: id + "-again", hidden: true }, SAY.again, hiddenName(file));
    const forget = element("button", { type: "button", id: id + "-forget", hidden: true }, SAY.forget, hiddenName(file));
    const item = element("li", { id }, element("div", {}, element("strong", { id: id + "-name" }, file.name), told, progress), again, forget);
    const upload = { file, kind, item, told, progress, again, forget, operation: uuid() };
    missing.add(upload);
    again.addEventListener("click", () => {
      input().focus();
      send(upload);
    });
    forget.addEventListener("click", () => {
      missing.delete(upload);
      item.remove();
      forgetLeft();
      input().focus();
    });
    return upload;
  }

  function forgetLeft() {
    if (byId("left-behind")) byId("left-behind").textContent = "";
  }

  const hiddenName = (file) => element("span", { className: "visually-hidden" }, " " + file.name);

  function uuid() {
    if (crypto.randomUUID) return crypto.randomUUID();
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 15) | 64;
    bytes[8] = (bytes[8] & 63) | 128;
    const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
  }

  function send(upload) {
    upload.told.textContent = SAY.waiting;
    upload.progress.hidden = false;
    upload.again.hidden = upload.forget.hidden = true;
    queue.push(upload);
    next();
  }

  function next() {
    if (isSending) return;
    if (!list()) tellLost();
    if (!queue.length) return;
    isSending = true;
    const upload = queue.shift();
    const form = byId(list().dataset.form);
    const body = new FormData();
    body.append("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
    body.append("operation", upload.operation);
    body.append("kind", upload.kind);
    body.append("file", upload.file);
    const xhr = new XMLHttpRequest();
    xhr.open("POST", form.action);
    xhr.timeout = TIMEOUT;
    xhr.setRequestHeader("HX-Request", "true");
    xhr.upload.addEventListener("progress", (event) => {
      const share = event.lengthComputable ? Math.floor((event.loaded * 100) / event.total) : 0;
      upload.progress.value = share;
      upload.told.textContent = share < 100 ? SAY.sending(share) : SAY.checking;
    });
    xhr.addEventListener("load", () => answered(upload, xhr));
    for (const name of ["error", "timeout", "abort"]) xhr.addEventListener(name, () => failed(upload, SAY.cut));
    xhr.addEventListener("loadend", () => {
      isSending = false;
      next();
    });
    xhr.send(body);
  }

  function answered(upload, xhr) {
    const answer = new DOMParser().parseFromString(xhr.responseText, "text/html");
    if (xhr.getResponseHeader("HX-Refresh")) expired(upload);
    else if (xhr.status === 409) refused(upload, xhr);
    else if (xhr.status === 200) added(upload, answer);
    else if (xhr.status === 422) failed(upload, sentence(answer), true);
    else failed(upload, SAY.broken);
  }

  const notAdded = () => [...missing].map((upload) => upload.file);
  const namesOf = (files) => files.map((file) => file.name).join(", ");

  /* Somebody finalised the session: the page is its receipt now, and the lines are gone. */
  function tellLost() {
    queue.length = 0;
    if (missing.size) window.certif.say("alert", SAY.lost(namesOf(notAdded())));
    missing.clear();
  }

  function refused(upload, xhr) {
    window.htmx.swap("#closing-file", xhr.responseText, { swapStyle: "outerHTML" });
    if (list()) failed(upload, SAY.broken);
  }

  /* The next page would not know what is missing: this one stays until it was read. */
  function expired(upload) {
    for (const each of [upload, ...queue.splice(0)]) failed(each, SAY.expired, true);
    tellExpired();
  }

  function tellExpired() {
    if (!isExpired) window.certif.say("alert", SAY.reload(namesOf(notAdded())));
    isExpired = true;
  }

  function sentence(answer) {
    const told = answer.querySelector(".form-errors li");
    const label = told && told.querySelector("a");
    if (label) label.remove();
    return told ? told.textContent.replace(/^[\s:\u00a0]+/, "") : SAY.broken;
  }

  function added(upload, answer) {
    const kept = answer.querySelector("#document-list");
    if (kept && list()) {
      byId("document-list").replaceWith(document.adoptNode(kept));
      window.htmx.process(byId("document-list"));
    }
    missing.delete(upload);
    upload.item.remove();
    forgetLeft();
    window.certif.say("status", SAY.added(upload.file.name));
  }

  /* What the server refuses would be refused again. */
  function failed(upload, why, isFinal) {
    upload.told.textContent = why;
    upload.item.classList.add("is-failed");
    upload.progress.hidden = true;
    upload.again.hidden = Boolean(isFinal);
    upload.forget.hidden = false;
    window.certif.say("alert", upload.file.name + "\u00a0: " + why);
  }

  /* Before htmx: a form without a file, or without a type, is the server's to refuse. */
  document.addEventListener("submit", (event) => {
    const kind = byId("document_kind");
    if (!list() || event.target.id !== list().dataset.form || !input().files.length || !kind.value) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    window.certif.say("alert", "");
    forgetLeft();
    for (const file of input().files) {
      const upload = line(file, kind.value);
      list().append(upload.item);
      if (file.size > Number(list().dataset.mostBytes)) failed(upload, SAY.heavy, true);
      else send(upload);
    }
    input().value = "";
  }, true);

  /* « Valider » closes the file: what was chosen, or refused, and is in it nowhere is said first, once. */
  document.addEventListener("click", (event) => {
    if (!event.target.closest("#validate") || !input()) return;
    const left = namesOf([...notAdded(), ...input().files]);
    const told = byId("left-behind");
    if (!left || told.textContent === SAY.left(left)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    told.textContent = SAY.left(left);
    input().focus();
  }, true);
  document.addEventListener("change", (event) => { if (event.target === input()) forgetLeft(); });

  /* Several are chosen, or dropped on the place. */
  const open = () => { if (input()) input().multiple = true; };
  document.addEventListener("htmx:afterSwap", () => {
    open();
    next();
  });
  document.addEventListener("htmx:beforeOnLoad", (event) => {
    if (!missing.size || !event.detail.xhr.getResponseHeader("HX-Refresh")) return;
    event.preventDefault();
    tellExpired();
  });
  document.addEventListener("dragover", (event) => { if (event.target.closest && event.target.closest(".drop")) event.preventDefault(); });
  document.addEventListener("drop", (event) => {
    if (!event.target.closest || !event.target.closest(".drop") || event.target === input()) return;
    event.preventDefault();
    input().files = event.dataTransfer.files;
  });
  window.addEventListener("beforeunload", (event) => { if (isSending) event.preventDefault(); });
  open();
})();
