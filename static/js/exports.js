// @ts-check
// Readings of what the trends page shows as files: at once, or made in the background where there are many.

import { all, fill, one, partsOf, setAttribute, setText } from "dom";
import { exportwords } from "exportwords";
import { formatNumber, zoneFormat } from "format";

const LOOK_MS = 2000; // while a file is being made: such progress has no topic, topics are shown to a whole plant
const MOST_MS = 15_000; // for an answer
const MIB = 1 << 20;

/**
 * @typedef {object} Job
 * @property {number} id
 * @property {string} site
 * @property {number[]} tags
 * @property {number} from_ms
 * @property {number} to_ms
 * @property {"csv" | "xlsx"} format
 * @property {"queued" | "running" | "done" | "failed" | "expired"} state
 * @property {string} reason
 * @property {number | null} total
 * @property {number} done
 * @property {number | null} size
 * @property {string | null} file
 * @property {string | null} expires_at
 *
 * @typedef {{ tags: number[], from: number, to: number }} Selection
 * @typedef {{ status: number, body: any }} Answer
 */

class Exports {
  constructor() {
    this.root = one(document, "#exports");
    this.parts = partsOf(this.root);
    this.place = one(document, "#trends-state");
    /** @type {import("page").Config} */
    const config = JSON.parse(one(document, "#page-config").textContent ?? "");
    this.zone = zoneFormat(config.zone);
    this.site = config.site;
    this.list = one(this.root, "[data-files]");
    /** @type {Job[]} */
    this.jobs = [];
    this.busy = false;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
    this.chosen = this.place.dataset.chosen;
    new MutationObserver(() => this.#paintSelection()).observe(this.place, { attributes: true });
    for (const button of all(this.root, "[data-export]")) {
      button.addEventListener("click", () => void this.#export(button.getAttribute("data-export") ?? ""));
    }
    this.list.addEventListener("click", (event) => void this.#remove(event));
    document.addEventListener("visibilitychange", () => document.hidden || void this.#look());
    this.#paintSelection();
    void this.#look();
  }

  /** @returns {Selection} */
  get selection() {
    const { tags, from, to } = this.place.dataset;
    const ids = (tags ?? "").split(",").filter(Boolean).map(Number);
    return { tags: ids, from: Math.floor(Number(from)), to: Math.ceil(Number(to)) };
  }

  #paintSelection() {
    const { tags, from, to } = this.selection;
    const { chosen } = this.place.dataset;
    if (chosen !== this.chosen && !this.busy) this.#say(""); // it told of another selection
    this.chosen = chosen;
    const text = tags.length ? `${exportwords.tags(tags.length)} · ${this.#span(from, to)}` : "";
    setText(this.parts.selection, text || exportwords.nothingChosen);
    this.#paintButtons();
  }

  #paintButtons() {
    const stopped = this.busy || !this.selection.tags.length;
    for (const button of all(this.root, "[data-export]")) {
      setAttribute(button, "aria-disabled", stopped ? "true" : null);
    }
  }

  /** @type {(from: number, to: number) => string} */
  #span(from, to) {
    const [start, end] = [this.zone.full(from), this.zone.full(to)];
    const sameDay = start.slice(0, 10) === end.slice(0, 10);
    return `${start} – ${sameDay ? end.slice(11) : end}`;
  }

  // ------------------------------------------------------------ a new file

  /** @param {string} format */
  async #export(format) {
    const { selection } = this;
    if (this.busy) return;
    if (!selection.tags.length) {
      this.#say(exportwords.nothingChosen);
      return;
    }
    this.busy = true;
    this.#paintButtons();
    this.#say(exportwords.counting);
    this.#say(await this.#begin(selection, format));
    this.busy = false;
    this.#paintButtons();
  }

  /** @type {(selection: Selection, format: string) => Promise<string>} what to say */
  async #begin({ tags, from, to }, format) {
    const query = new URLSearchParams({ from_ms: String(from), to_ms: String(to) });
    for (const tag of tags) query.append("tag", String(tag));
    const counted = await ask("GET", `${this.root.dataset.countUrl}?${query}`);
    if (counted?.status !== 200) return wrong(counted);
    const { count, at_once: most } = counted.body;
    if (count === 0) return exportwords.none;
    if (count <= most) {
      query.set("format", format);
      download(`${this.root.dataset.fileUrl}?${query}`);
      return exportwords.downloading(formatNumber(count, 0));
    }
    const made = await ask("POST", this.#jobsUrl, { tags, from_ms: from, to_ms: to, format });
    if (made?.status !== 201) return wrong(made);
    await this.#look();
    return exportwords.inBackground(formatNumber(most, 0));
  }

  get #jobsUrl() {
    return this.root.dataset.jobsUrl ?? "";
  }

  /** @param {string} text */
  #say(text) {
    setText(this.parts.told, text);
  }

  // ------------------------------------------------------------ files that were ordered

  /** See how far they are, and come back while that changes. */
  async #look() {
    clearTimeout(this.timer);
    const answer = await ask("GET", this.#jobsUrl);
    clearTimeout(this.timer); // of another look meanwhile
    const current = answer?.status === 200;
    if (current) this.jobs = answer.body.results;
    setText(this.parts.failed, current ? "" : answer?.status === 401 ? exportwords.signedOut : exportwords.notCurrent);
    this.#paint();
    const open = this.jobs.some(({ state }) => state === "queued" || state === "running");
    if (open && answer?.status !== 401 && !document.hidden) this.timer = setTimeout(() => void this.#look(), LOOK_MS);
  }

  #paint() {
    one(this.root, "[data-mine]").hidden = this.jobs.length === 0;
    fill(this.list, "t-export", this.jobs, (parts, job, element) => this.#paintJob(parts, job, element));
  }

  /** @type {(parts: Record<string, HTMLElement | undefined>, job: Job, element: HTMLElement) => void} */
  #paintJob(parts, job, element) {
    const span = this.#span(job.from_ms, job.to_ms);
    const known = [job.format.toUpperCase(), exportwords.tags(job.tags.length), job.site !== this.site && job.site];
    const title = known.filter(Boolean).join(" · ");
    element.dataset.id = String(job.id);
    element.dataset.state = job.state;
    setText(parts.title, title);
    setText(parts.span, span);
    setText(parts.state, this.#stateText(job));
    paintBar(/** @type {HTMLProgressElement} */ (parts.bar), job);
    const link = /** @type {HTMLAnchorElement} */ (parts.download);
    link.hidden = !job.file;
    setAttribute(link, "href", job.file);
    setAttribute(link, "aria-label", exportwords.downloadOf(`${title}, ${span}`));
    const open = job.state === "queued" || job.state === "running";
    const action = open ? exportwords.cancel : exportwords.remove;
    setText(parts.remove, action);
    setAttribute(parts.remove, "aria-label", exportwords.actionOn(action, `${title}, ${span}`));
  }

  /** @param {Job} job */
  #stateText({ state, reason, done, total, size, expires_at }) {
    if (state === "failed") return exportwords.failed(reason);
    if (state === "done") {
      return exportwords.ready(sizeText(size ?? 0), this.zone.full(Date.parse(expires_at ?? "")).slice(0, 16));
    }
    if (state !== "running") return exportwords.state(state);
    return total === null ? exportwords.counting : exportwords.progress(formatNumber(done, 0), formatNumber(total, 0));
  }

  /** @param {Event} event */
  async #remove(event) {
    const button = /** @type {Element} */ (event.target).closest("[data-remove]");
    const id = button?.closest("[data-id]")?.getAttribute("data-id");
    if (!id) return;
    const answer = await ask("DELETE", `${this.#jobsUrl}${id}/`);
    const done = answer?.status === 204 || answer?.status === 404;
    this.#say(done ? "" : wrong(answer));
    await this.#look();
  }
}

/** @type {(bar: HTMLProgressElement, job: Job) => void} */
function paintBar(bar, { state, done, total }) {
  bar.hidden = state !== "running";
  if (total === null) bar.removeAttribute("value");
  else bar.value = total ? Math.min(1, done / total) : 1;
}

/** @param {number} bytes */
function sizeText(bytes) {
  return bytes < MIB ? `${Math.max(1, Math.round(bytes / 1024))} KiB` : `${formatNumber(bytes / MIB, 1)} MiB`;
}

/** @param {string} url */
function download(url) {
  const link = document.createElement("a");
  link.href = url;
  link.download = "";
  document.body.append(link);
  link.click();
  link.remove();
}

/**
 * @param {string} method
 * @param {string} url
 * @param {object} [body]
 * @returns {Promise<Answer | null>} null: no answer
 */
async function ask(method, url, body) {
  const token = document.querySelector("[name=csrfmiddlewaretoken]")?.getAttribute("value") ?? "";
  const headers = { "Content-Type": "application/json", "X-CSRFToken": token };
  try {
    const signal = AbortSignal.timeout(MOST_MS);
    const response = await fetch(url, { method, headers, signal, body: body && JSON.stringify(body) });
    return { status: response.status, body: response.status === 204 ? null : await response.json() };
  } catch {
    return null; // no network, or a page instead of an answer
  }
}

/** @param {Answer | null} answer that is a no */
function wrong(answer) {
  if (!answer) return exportwords.noServer;
  if (answer.status === 401) return exportwords.signedOut;
  if (answer.status === 404) return exportwords.gone;
  if (answer.status === 409) return exportwords.tooMany;
  if (answer.status === 400 && answer.body.errors?.format) return exportwords.sheetFull;
  return answer.body?.detail || exportwords.refused;
}

new Exports();
