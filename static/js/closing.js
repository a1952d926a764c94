/* The closing page, open at several desks: what the others wrote takes its place wherever this person has touched nothing.
   #draft holds the values that each field was shown with (initial-…): a field that differs from its own is being filled in. #live
   brings what each is worth now (data-now). What is being filled in stays, and so does what it was shown with: the server tells. */
(function () {
  "use strict";

  const byId = (id) => document.getElementById(id);
  const closing = () => byId("closing");
  const text = (value) => String(value).replace(/\r\n?/g, "\n");

  const marks = (name) => [...byId("draft").querySelectorAll('[name="' + name + '"]')];

  function mark(name, value) {
    const added = document.createElement("input");
    added.type = "hidden";
    added.name = name;
    added.value = value;
    byId("draft").append(added);
    return added;
  }

  /* The values shown */
  const shown = (name) => marks("initial-" + name)[0] || mark("initial-" + name, "");

  const ticked = () => new Set(marks("initial-seen").map((each) => each.value));

  function keepTicked(all) {
    for (const each of marks("initial-seen")) each.remove();
    for (const value of all) mark("initial-seen", value);
  }

  /* What was sent stays marked until the answer brings #draft anew: taken back before, or with the answer lost, it would
     look as if nobody had touched it, and the server would keep what was sent. */
  const isUnsure = (name, value) => marks(name).some((each) => each.value === value);

  function unsure(name, value) {
    if (!isUnsure(name, value)) mark(name, value);
  }

  function markSent() {
    const before = ticked();
    for (const known of [...byId("draft").querySelectorAll('[name^="initial-"]')]) {
      const name = known.name.slice("initial-".length);
      const field = closing().elements[name];
      if (name !== "seen" && field && text(field.value) !== text(known.value)) unsure("unsure", name);
    }
    for (const box of closing().querySelectorAll('[name="seen"]')) {
      if (box.checked !== before.has(box.value)) unsure("unsure-seen", box.value);
    }
  }

  document.addEventListener("htmx:beforeRequest", (event) => {
    const { elt } = event.detail;
    if ((elt.form || elt).id === "closing" && byId("draft")) markSent();
  });

  /* A field takes the value that it has now, unless somebody is filling it in here. */
  function place(name, now) {
    const field = closing().elements[name];
    if (!field || isUnsure("unsure", name)) return;
    const before = shown(name);
    if (text(field.value) !== text(before.value) && text(field.value) !== text(now)) return;
    if (text(field.value) !== text(now)) write(field, now);
    before.value = now;
  }

  function write(field, value) {
    field.value = value;
    const counter = field.dataset && byId(field.dataset.counter);
    if (counter) counter.textContent = field.value.length + " / " + field.maxLength;
  }

  function placeTicks(now) {
    const before = ticked();
    const after = new Set(now);
    for (const box of closing().querySelectorAll('[name="seen"]')) {
      const isTouched = box.checked !== before.has(box.value) || isUnsure("unsure-seen", box.value);
      if (isTouched && box.checked !== after.has(box.value)) {
        if (before.has(box.value)) after.add(box.value);
        else after.delete(box.value);
      } else box.checked = after.has(box.value);
    }
    keepTicked(after);
  }

  function placeAll() {
    const now = JSON.parse(byId("live").dataset.now);
    for (const name of Object.keys(now)) if (name !== "seen") place(name, now[name]);
    placeTicks(now.seen);
  }

  /* The first step may come whole: what is being filled in there is put back. */
  let held = null;
  let open = [];

  function hold() {
    const touched = [];
    for (const field of byId("candidates").querySelectorAll("select[name], [name=seen]")) {
      if (field.name === "seen" ? field.checked !== ticked().has(field.value) : field.value !== shown(field.name).value) {
        touched.push([field.id, field.name === "seen" ? field.checked : field.value]);
      }
    }
    return touched;
  }

  function putBack() {
    for (const [id, value] of held) {
      const field = byId(id);
      if (!field) continue;
      if (field.name === "seen") field.checked = value;
      else field.value = value;
    }
    held = null;
  }

  const asked = (event) => event.detail.requestConfig && event.detail.requestConfig.elt.id === "live";

  document.addEventListener("htmx:beforeRequest", (event) => { if (asked(event) && document.hidden) event.preventDefault(); });
  document.addEventListener("htmx:beforeSwap", (event) => { if (asked(event) && byId("closing")) held = hold(); });
  document.addEventListener("htmx:afterSwap", (event) => {
    if (!asked(event) || !held || !byId("closing")) return;
    putBack();
    placeAll();
  });

  /* What was unfolded stays so when its place comes again. */
  document.addEventListener("htmx:oobBeforeSwap", (event) => {
    open = [...event.detail.target.querySelectorAll("details[id][open]")].map((each) => each.id);
  });
  document.addEventListener("htmx:oobAfterSwap", () => {
    for (const id of open.splice(0)) if (byId(id)) byId(id).open = true;
  });

  document.addEventListener("htmx:afterRequest", (event) => {
    const cut = byId("live-cut");
    if (!asked(event) || !cut) return;
    const { status } = event.detail.xhr;
    if (status === 403 || status === 404) location.reload();
    else cut.hidden = status === 200 || status === 204;
  });

  /* Two versions of one field: this person chooses. */
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-keep], [data-take]");
    if (!button) return;
    const name = button.dataset.keep || button.dataset.take;
    const field = closing().elements[name];
    if (button.dataset.take) write(field, button.dataset.theirs);
    shown(name).value = button.dataset.theirs;
    byId("by-" + name).replaceChildren();
    (field.length && !field.options ? [...field].find((radio) => radio.checked) : field).focus();
    window.htmx.trigger(closing(), "change");
  });
})();
