"use strict";
// The fields of the form have the names that a link may set: #action=replace&kind=connection&text=prod
const form = document.getElementById("filters");
const shown = document.getElementById("shown");
const [outcome, kind, text] = ["group", "kind", "text"].map((id) => document.getElementById(id));
const fields = [outcome, kind, text];
const groups = Array.from(document.querySelectorAll("section[data-group]"), (section) => ({
  section,
  parts: Array.from(section.querySelectorAll("div[data-kind]"), (part) => ({
    part,
    rows: Array.from(part.querySelectorAll("tbody tr"), (row) => ({ row })),
  })),
}));

function apply() {
  const wanted = text.value.trim().toLowerCase();
  let all = 0;
  let visible = 0;
  for (const { section, parts } of groups) {
    const inGroup = !outcome.value || outcome.value === section.dataset.group;
    let inSection = 0;
    for (const { part, rows } of parts) {
      const inKind = inGroup && (!kind.value || kind.value === part.dataset.kind);
      let inPart = 0;
      for (const item of rows) {
        let show = inKind;
        if (show && wanted) {
          item.text ??= item.row.textContent.toLowerCase();
          show = item.text.includes(wanted);
        }
        item.row.hidden = !show;
        inPart += show ? 1 : 0;
      }
      part.hidden = inPart === 0;
      inSection += inPart;
      all += rows.length;
    }
    section.hidden = inSection === 0;
    visible += inSection;
  }
  shown.textContent = visible === all ? `All ${all} entries are shown.` : `${visible} of ${all} entries are shown.`;
}

function readLink() {
  const wanted = new URLSearchParams(location.hash.slice(1));
  for (const field of fields) {
    field.value = wanted.get(field.name) ?? "";
    // A word that the list does not have.
    if (field.selectedIndex === -1) field.value = "";
  }
  apply();
}

function changed() {
  const set = new URLSearchParams();
  for (const field of fields) if (field.value) set.set(field.name, field.value);
  history.replaceState(null, "", `#${set}`);
  apply();
}

form.addEventListener("submit", (event) => event.preventDefault());
form.addEventListener("input", changed);
document.getElementById("reset").addEventListener("click", () => {
  for (const field of fields) field.value = "";
  changed();
});
addEventListener("hashchange", readLink);
form.hidden = false;
readLink();
