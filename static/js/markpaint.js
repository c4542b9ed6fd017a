// @ts-check
// What is marked on a card, in words and shapes: never in colour only.

import { setAttribute, setText } from "dom";
import { markwords } from "markwords";

/**
 * @type {(element: Element, parts: Record<string, HTMLElement | undefined>, card: import("detections").Card, marks: import("marks").Marks) => void}
 */
export function paintMarks(element, parts, card, marks) {
  const pending = marks.pending.has(card.id);
  const reviewed = marks.reviewed.has(card.id);
  const kind = card.verdict?.kind ?? "";
  setAttribute(element, "data-pending", pending ? "" : null);
  setAttribute(element, "data-reviewed", reviewed ? "" : null);
  setAttribute(element, "data-verdict", kind || null);
  setText(parts.seen, pending ? markwords.pending : reviewed ? markwords.reviewed : markwords.unreviewed);
  setText(parts.verdict, markwords.verdict(kind));
  setText(parts.held, card.hold ? markwords.held : "");
}
