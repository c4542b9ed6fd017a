// @ts-check
// Shortcuts of one letter. They can be turned off (WCAG 2.1.4) and are listed under `?`.

import { calls } from "calls";
import { fill, one, setText } from "dom";
import { recall, remember } from "memory";

const TYPED_IN = "input:not([type=checkbox], [type=radio], [type=range]), select, textarea";

/** @typedef {{ key: string, text: string, act: () => void, dialog: Element | null }} Key dialog: where it works, too */

/** @type {Map<string, Key>} */
const keys = new Map();

/** @type {(key: string, text: string, act: () => void, dialog?: Element | null) => void} `text` says in the list what the key does */
export function bindKey(key, text, act, dialog = null) {
  keys.set(key, { key, text, act, dialog });
}

/** Listen to the keyboard, and show the list when it is asked for. */
export function listenToKeys() {
  const dialog = /** @type {HTMLDialogElement} */ (one(document, "#keys"));
  const enabled = /** @type {HTMLInputElement} */ (one(dialog, "[data-enabled]"));
  enabled.checked = recall("keys") !== "off";
  enabled.addEventListener("change", () => remember("keys", enabled.checked ? "on" : "off"));
  const show = () => {
    fill(one(dialog, "[data-keys]"), "t-key", [...keys.values()], (parts, { key, text }) => {
      setText(parts.key, key.toUpperCase());
      setText(parts.text, text);
    });
    dialog.showModal();
  };
  for (const button of document.querySelectorAll("[data-show-keys]")) button.addEventListener("click", show);
  bindKey("?", calls.keyHelp, show);
  document.addEventListener("keydown", (event) => {
    const known = keys.get(event.key.toLowerCase());
    if (!known || !isShortcut(event, known.dialog) || recall("keys") === "off") return;
    event.preventDefault();
    known.act();
  });
}

/** @type {(event: KeyboardEvent, dialog: Element | null) => boolean} */
function isShortcut(event, dialog) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || event.defaultPrevented) return false;
  if ([...document.querySelectorAll("dialog[open]")].some((open) => open !== dialog)) return false;
  const { target } = event;
  return !(target instanceof HTMLElement && (target.isContentEditable || target.matches(TYPED_IN)));
}
