// @ts-check
// Choices with a search, which Django's select2 leaves without a name: that of their label.

export {}; // a module, whose names are its own

/** @param {Element} select */
function nameIt(select) {
  const label = document.querySelector(`label[for="${select.id}"]`)?.textContent?.trim().replace(/[:：]$/, "");
  const shown = select.nextElementSibling?.matches(".select2-container") ? select.nextElementSibling : null;
  for (const part of shown?.querySelectorAll(".select2-selection, .select2-selection__rendered") ?? []) {
    if (label) part.setAttribute("aria-label", label);
  }
}

const nameAll = () => document.querySelectorAll("select.admin-autocomplete").forEach(nameIt);
new MutationObserver(nameAll).observe(document.body, { childList: true, subtree: true }); // select2 comes later
nameAll();
