// @ts-check
// The form of an alarm rule: shows the fields of its kind, and tries the rule without leaving it.

const form = /** @type {HTMLFormElement} */ (document.querySelector("#rule_form"));

/** @type {<T>(id: string) => T} */
const data = (id) => JSON.parse(document.querySelector(`#${id}`)?.textContent ?? "null");
/** @type {Record<string, string[]>} what a rule of each kind looks at */
const kinds = data("rule-kinds");
/** @type {string[]} kinds of which there are stored readings */
const tried = data("rule-tried");
const trial = /** @type {HTMLElement | null} */ (form.querySelector("[data-trial]"));

// ---------------------------------------------------------------- fields of the kind

const kind = /** @type {HTMLSelectElement | null} */ (form.querySelector("#id_kind")); // fixed, once stored
if (kind) {
  kind.addEventListener("change", showFields);
  showFields();
}

function showFields() {
  const chosen = kind?.value ?? "";
  for (const name of new Set(Object.values(kinds).flat())) {
    const row = /** @type {HTMLElement | null} */ (form.querySelector(`.form-row.field-${name}`));
    if (row) row.hidden = !(kinds[chosen] ?? []).includes(name);
  }
  if (trial) trial.hidden = !tried.includes(chosen);
}

// ---------------------------------------------------------------- back-test

let newest = 0; // of the trials that were asked for; the answers of others come too late

for (const button of trial?.querySelectorAll("button[name=range]") ?? []) {
  button.addEventListener("click", (event) => {
    event.preventDefault();
    void tryRule(/** @type {HTMLButtonElement} */ (button));
  });
}

/** @param {HTMLButtonElement} button */
async function tryRule(button) {
  const said = /** @type {HTMLElement} */ (form.querySelector("[data-trial-said]"));
  const report = /** @type {HTMLElement} */ (form.querySelector("[data-trial-report]"));
  const number = ++newest;
  said.textContent = said.dataset.working ?? "";
  report.replaceChildren();
  const result = await ask(button);
  if (number !== newest) return;
  said.textContent = result ? "" : (said.dataset.failed ?? "");
  if (!result) return;
  report.replaceChildren(...result.childNodes);
  const apply = /** @type {HTMLButtonElement | null} */ (report.querySelector("[data-apply]"));
  if (apply) {
    apply.hidden = false;
    apply.addEventListener("click", () => useDelay(apply.dataset.apply ?? ""));
  }
  report.focus();
}

/**
 * Have the server judge the form as it stands.
 *
 * @param {HTMLButtonElement} button
 * @returns {Promise<Element | null>} the part of its page that says what came of it
 */
async function ask(button) {
  try {
    const response = await fetch(button.formAction, { method: "POST", body: new FormData(form, button) });
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const result = page.querySelector("[data-trial-result]");
    return result && document.adoptNode(result);
  } catch {
    return null; // no network, or a page instead of an answer
  }
}

/** @param {string} seconds */
function useDelay(seconds) {
  const field = /** @type {HTMLInputElement} */ (form.querySelector("#id_off_delay_s"));
  field.value = seconds;
  field.focus();
}
