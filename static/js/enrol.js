/* Pupils to enrol: the ticks outlive a change of class or page, and the bar says how many there are.
   A pupil ticked in a list that is no longer shown is kept as a hidden field of the form. */
(function () {
  "use strict";

  const form = document.getElementById("enrol");
  if (!form) return;

  const fields = () => [...form.querySelectorAll('[name="pupils"]')];
  const isBox = (field) => field.type === "checkbox";
  const isTicked = (field) => field.checked || !isBox(field);
  const isShown = (field) => isBox(field) && !field.closest("[hidden]");
  const plural = (number, word) => number + " " + word + (number > 1 ? "s" : "");

  function sentence(ticked) {
    if (!ticked.length) return "Aucun élève coché.";
    const away = ticked.filter((field) => !isShown(field)).length;
    return plural(ticked.length, "élève") + (ticked.length > 1 ? " cochés" : " coché")
      + (away ? ", dont " + away + " hors de la liste affichée." : ".");
  }

  function tell() {
    const ticked = fields().filter(isTicked);
    const shown = fields().filter(isShown);
    const all = document.getElementById("all-pupils");
    if (all) all.checked = shown.length > 0 && shown.every(isTicked);
    document.getElementById("untick").hidden = !ticked.length;
    const said = document.getElementById("ticked");
    if (said.textContent !== sentence(ticked)) said.textContent = sentence(ticked);
  }

  function tickAgain(values) {
    for (const field of fields()) {
      if (isBox(field) && values.delete(field.value)) field.checked = true;
    }
    const left = document.getElementById("pupils");
    for (const value of values) left.append(Object.assign(document.createElement("input"), { type: "hidden", name: "pupils", value }));
  }

  let kept = new Set();
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.target.id === "pupils") kept = new Set(fields().filter(isTicked).map((field) => field.value));
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target.id !== "pupils") return;
    tickAgain(kept);
    kept = new Set();
    tell();
  });

  document.getElementById("untick").addEventListener("click", () => {
    for (const field of fields()) {
      if (isBox(field)) field.checked = false;
      else field.remove();
    }
    tell();
    document.getElementById("ticked").focus();
  });

  document.addEventListener("change", (event) => { if (form.contains(event.target)) tell(); });
  document.addEventListener("input", (event) => { if (event.target.dataset.find) tell(); });
  window.addEventListener("pageshow", tell);
})();
