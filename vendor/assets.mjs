// @ts-check
// What is vendored, and the licence texts that travel with it.

/** @typedef {{ file: string, package: string, path: string }} Copy */
/** @typedef {{ file: string, package: string, entry: string }} Bundle */
/** @typedef {{ folder: string, bundles: Bundle[], copies: Copy[] }} Target */

/**
 * Folders are relative to the repository. The build owns them: what it does not write, it removes.
 *
 * @type {Target[]}
 */
export const TARGETS = [
  {
    folder: "static/vendor",
    bundles: [{ file: "echarts.js", package: "echarts", entry: "echarts.entry.js" }],
    copies: [
      {
        file: "inter.woff2",
        package: "@fontsource-variable/inter",
        path: "files/inter-latin-wght-normal.woff2",
      },
    ],
  },
  {
    // Only the tests load it: it is neither collected nor served.
    folder: "tests/browser/vendor",
    bundles: [],
    copies: [{ file: "axe.min.js", package: "axe-core", path: "axe.min.js" }],
  },
];

/**
 * Where each package keeps the texts that its licence asks us to pass on, and the names we give them.
 * Minifying drops the comments that carried them.
 *
 * @type {Record<string, Record<string, string>>}
 */
export const LICENCE_TEXTS = {
  "@fontsource-variable/inter": { LICENSE: "inter/OFL.txt" },
  "axe-core": {
    LICENSE: "axe-core/LICENSE.txt",
    "LICENSE-3RD-PARTY.txt": "axe-core/LICENSE-3RD-PARTY.txt",
  },
  echarts: {
    LICENSE: "echarts/LICENSE.txt",
    NOTICE: "echarts/NOTICE.txt",
    "licenses/LICENSE-d3": "echarts/LICENSE-d3.txt",
  },
  tslib: {
    "CopyrightNotice.txt": "tslib/COPYRIGHT.txt",
    "LICENSE.txt": "tslib/LICENSE.txt",
  },
  zrender: { LICENSE: "zrender/LICENSE.txt" },
};
