// @ts-check
// Finding tags of a plant by what they or their devices are called. Pure.

/**
 * @typedef {import("store").Tag} Tag
 * @typedef {import("store").Device} Device
 * @typedef {{ device: Device, tags: Tag[] }} Found
 */

/**
 * Devices with the tags that have every word somewhere in their name, label, unit, device or area.
 *
 * @param {Iterable<Tag>} tags in the order in which they are shown
 * @param {Map<number, Device>} devices
 * @param {string} text
 * @param {number} most
 * @returns {{ found: Found[], beyond: number }} beyond: how many are left out
 */
export function searchTags(tags, devices, text, most) {
  const wanted = text.toLowerCase().split(/\s+/).filter(Boolean);
  /** @type {Map<number, Found>} */
  const found = new Map();
  let count = 0;
  for (const tag of tags) {
    const device = devices.get(tag.dev);
    if (!device || !fits(tag, device, wanted)) continue;
    count += 1;
    if (count > most) continue;
    const group = found.get(device.id) ?? { device, tags: [] };
    group.tags.push(tag);
    found.set(device.id, group);
  }
  return { found: [...found.values()], beyond: Math.max(0, count - most) };
}

/** @type {(tag: Tag, device: Device, wanted: string[]) => boolean} */
function fits(tag, device, wanted) {
  const known = [tag.name, tag.label, tag.unit, device.uid, device.name, device.area].join(" ").toLowerCase();
  return wanted.every((word) => known.includes(word));
}
