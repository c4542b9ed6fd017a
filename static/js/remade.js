// @ts-check
// When the server has to make the page anew: the key figures were chosen anew, or other tags have a trend now.

/** @param {import("page").Page} page */
export function followChoices(page) {
  const channel = page.config.channels.find((name) => name.startsWith("figures:")) ?? "";
  const begun = page.config.positions?.[channel]?.o ?? 0;
  const charted = pinned(page);
  page.onChange((change) => {
    const told = page.store.topics.get(channel)?.o ?? begun;
    if (told !== begun) page.reload();
    if (change.snapshot.startsWith("tel:") && pinned(page) !== charted) page.reload();
  });
}

/** @param {import("page").Page} page the tags that people chose a trend for, of what the page shows */
function pinned(page) {
  const tags = [...page.store.tags.values()].filter((tag) => tag.pin);
  const shown = tags.filter((tag) => page.shows(page.store.devices.get(tag.dev)));
  return shown.map((tag) => tag.k).join();
}
