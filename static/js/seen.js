// @ts-check
// What a page needs to show detections: their cards, one of them large, boxes or none, and what is said of news.

import { bindBoxes } from "boxes";
import { Cards, stateNow } from "cards";
import { matches } from "detections";
import { all, one, setText } from "dom";
import { Lightbox } from "lightbox";
import { Linked } from "linked";
import { Lost } from "lost";
import { MarkBar } from "markbar";
import { Marks } from "marks";
import { terms } from "terms";

const SAY_MS = 5000; // news are read out at most so often
const GONE_MS = 20000; // then they are none any more

/** @type {(page: import("page").Page, options?: { most?: number, hold?: boolean }) => Cards} */
export function showDetections(page, options = {}) {
  const list = one(document, "[data-cards]");
  const lost = new Lost(page);
  const marks = new Marks(page);
  const cards = new Cards(page, list, { ...options, lost, marks, open: (id) => lightbox.open(id) });
  const lightbox = new Lightbox(page, lost, () => cards);
  const bar = new MarkBar(page, marks, lightbox);
  new Linked(page, lightbox);
  bindBoxes(all(document, "button[data-boxes]"));
  const none = list.parentElement?.querySelector("[data-none]");
  const counts = document.querySelector("[data-counts=seen]");
  cards.onPaint(() => {
    const { shown } = cards;
    none?.toggleAttribute("hidden", shown.length > 0);
    bar.offerAll(shown.length > 0);
    const active = shown.filter((card) => stateNow(card, page) === "active").length;
    setText(counts, shown.length ? terms.counts(String(shown.length), String(active)) : "");
  });
  sayNews(page, cards);
  return cards;
}

/** @type {(page: import("page").Page, cards: Cards) => void} only of what fits its filter: on the page of a camera its own */
function sayNews(page, cards) {
  const place = document.querySelector("[data-news]");
  if (!place) return;
  let said = new Set(page.store.cards.keys());
  let gone = 0;
  page.frames.add(
    "said",
    () => {
      const news = [...cards.fresh].filter((id) => !said.has(id));
      said = new Set([...said, ...news]);
      const told = news.flatMap((id) => page.store.cards.get(id) ?? []).filter((card) => matches(card, cards.filter));
      const card = told.at(-1);
      if (!card) return;
      const what = [terms.label(card.label), ...(cards.filter.camera ? [] : [card.name])].join(", ");
      const text = terms.announced(what, page.zone.clock(card.since));
      setText(place, told.length > 1 ? `${text} (${terms.fresh(told.length)})` : text);
      clearTimeout(gone);
      gone = setTimeout(() => setText(place, ""), GONE_MS);
    },
    SAY_MS,
  );
  page.onChange((change) => change.cards.size && page.frames.mark("said"));
}
