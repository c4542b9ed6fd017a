// @ts-check
// The few ways in which the page is changed. Text only ever goes in as text.

/**
 * @template {Element} T
 * @param {ParentNode} root
 * @param {string} selector
 * @returns {T[]}
 */
export function all(root, selector) {
  return /** @type {T[]} */ ([...root.querySelectorAll(selector)]);
}

/**
 * The element of that selector, which the template promises.
 *
 * @param {ParentNode} root
 * @param {string} selector
 * @returns {HTMLElement}
 */
export function one(root, selector) {
  const element = root.querySelector(selector);
  if (!element) throw new Error(`The template has no ${selector}.`);
  return /** @type {HTMLElement} */ (element);
}

/**
 * Named parts of an element: `data-part="age"`.
 *
 * @param {ParentNode} root
 * @returns {Record<string, HTMLElement | undefined>}
 */
export function partsOf(root) {
  const parts = all(root, "[data-part]").map((part) => [part.getAttribute("data-part"), part]);
  return Object.fromEntries(parts);
}

/**
 * @param {Element | undefined | null} element
 * @param {string} text
 */
export function setText(element, text) {
  if (element && element.textContent !== text) element.textContent = text;
}

/**
 * @param {Element | undefined | null} element
 * @param {string} name
 * @param {string | null} value null takes it away
 */
export function setAttribute(element, name, value) {
  if (!element || element.getAttribute(name) === value) return;
  if (value === null) element.removeAttribute(name);
  else element.setAttribute(name, value);
}

/**
 * A copy of what stands in a template.
 *
 * @param {string} id
 * @returns {HTMLElement}
 */
export function clone(id) {
  const template = /** @type {HTMLTemplateElement} */ (one(document, `template#${id}`));
  const copy = /** @type {DocumentFragment} */ (template.content.cloneNode(true));
  return /** @type {HTMLElement} */ (copy.firstElementChild);
}

/**
 * Have one element for each item, made from a template, and paint them.
 *
 * @template T
 * @param {Element} parent
 * @param {string} id of the template
 * @param {T[]} items
 * @param {(parts: Record<string, HTMLElement | undefined>, item: T, element: HTMLElement) => void} paint
 */
export function fill(parent, id, items, paint) {
  while (parent.children.length > items.length) parent.lastElementChild?.remove();
  while (parent.children.length < items.length) parent.append(clone(id));
  items.forEach((item, i) => {
    const element = /** @type {HTMLElement} */ (parent.children[i]);
    paint({ ...partsOf(element), ...ownPart(element) }, item, element);
  });
}

/** @param {HTMLElement} element */
function ownPart(element) {
  return element.dataset.part ? { [element.dataset.part]: element } : {};
}
