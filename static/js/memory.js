// @ts-check
// What this browser remembers for all its tabs. A browser that remembers nothing is one that was just installed.

/** @type {Map<string, string>} for a browser whose settings forbid to remember: as long as the page lasts */
const here = new Map();

/** @param {string} name */
export function recall(name) {
  try {
    return localStorage.getItem(`sentinel.${name}`) ?? "";
  } catch {
    return here.get(name) ?? "";
  }
}

/** @type {(name: string, text: string) => void} */
export function remember(name, text) {
  here.set(name, text);
  try {
    localStorage.setItem(`sentinel.${name}`, text);
  } catch {
    // forbidden or full
  }
}

/**
 * @template T
 * @param {string} name
 * @param {T} fresh what it is when nothing, or nonsense, is remembered
 * @returns {T}
 */
export function recallObject(name, fresh) {
  try {
    return { ...fresh, ...JSON.parse(recall(name) || "{}") };
  } catch {
    return fresh;
  }
}

/** @type {(listener: () => void) => void} when another tab remembers something else */
export function onRemembered(listener) {
  window.addEventListener("storage", listener);
}
