// @ts-check
// Writes the vendored files, their licence texts and a vendor.lock.json that says where each came from.
// The same package-lock.json gives the same bytes on every machine.
import { createHash } from "node:crypto";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { LICENCE_TEXTS, TARGETS } from "./assets.mjs";

const HERE = dirname(fileURLToPath(import.meta.url));
const REPOSITORY = dirname(HERE);
const PINNED = JSON.parse(await readFile(join(HERE, "package-lock.json"), "utf8")).packages;

/** @typedef {{ content: Uint8Array, from: string[] }} Asset */

/** @param {string} name */
function pin(name) {
  const entry = PINNED[`node_modules/${name}`];
  if (!entry?.integrity) {
    throw new Error(`${name} is not pinned: add it to package.json and run "npm install"`);
  }
  return { name, version: entry.version, license: entry.license, integrity: entry.integrity };
}

/** @param {string} path a file under node_modules */
function packageOf(path) {
  const [first, second] = path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length).split("/");
  return first.startsWith("@") ? `${first}/${second}` : first;
}

/** @param {string} name */
function bannerOf(name) {
  const { version, license } = pin(name);
  return `/*! ${name} ${version}, bundled and minified. ${license}; the texts are in the folder licenses. */`;
}

/**
 * @param {import("./assets.mjs").Bundle} bundle
 * @returns {Promise<Asset>}
 */
async function bundleAsset(bundle) {
  const { outputFiles, metafile } = await build({
    absWorkingDir: HERE,
    entryPoints: [bundle.entry],
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2020",
    charset: "utf8",
    legalComments: "none",
    // The storage that hashes static files would follow a sourceMappingURL to a file that is not there.
    sourcemap: false,
    define: { "process.env.NODE_ENV": '"production"' },
    banner: { js: bannerOf(bundle.package) },
    metafile: true,
    write: false,
  });
  const [{ inputs }] = Object.values(metafile.outputs);
  const used = Object.entries(inputs).filter(([path, input]) => input.bytesInOutput > 0 && path !== bundle.entry);
  return { content: outputFiles[0].contents, from: [...new Set(used.map(([path]) => packageOf(path)))].sort() };
}

/**
 * @param {string} name
 * @returns {Promise<[string, Asset][]>}
 */
async function licenceAssets(name) {
  const texts = LICENCE_TEXTS[name];
  if (!texts) {
    throw new Error(`${name} is in the output without a licence text: add it to LICENCE_TEXTS in assets.mjs`);
  }
  return Promise.all(
    Object.entries(texts).map(async ([path, file]) => {
      const content = await readFile(join(HERE, "node_modules", name, path));
      return /** @type {[string, Asset]} */ ([`licenses/${file}`, { content, from: [name] }]);
    }),
  );
}

/**
 * @param {import("./assets.mjs").Target} target
 * @returns {Promise<Map<string, Asset>>}
 */
async function collect(target) {
  const assets = new Map();
  for (const bundle of target.bundles) {
    assets.set(bundle.file, await bundleAsset(bundle));
  }
  for (const copy of target.copies) {
    const content = await readFile(join(HERE, "node_modules", copy.package, copy.path));
    assets.set(copy.file, { content, from: [copy.package] });
  }
  for (const name of new Set([...assets.values()].flatMap((asset) => asset.from))) {
    for (const [file, asset] of await licenceAssets(name)) {
      assets.set(file, asset);
    }
  }
  return assets;
}

/** @param {Map<string, Asset>} assets */
function lockOf(assets) {
  const names = [...new Set([...assets.values()].flatMap((asset) => asset.from))].sort();
  const files = [...assets.keys()].sort().map((file) => {
    const { content, from } = /** @type {Asset} */ (assets.get(file));
    return [file, { from, sha256: createHash("sha256").update(content).digest("hex") }];
  });
  return `${JSON.stringify({ packages: names.map(pin), files: Object.fromEntries(files) }, null, 2)}\n`;
}

/**
 * @param {string} folder
 * @param {Map<string, Asset>} assets
 */
async function write(folder, assets) {
  const root = join(REPOSITORY, folder);
  await rm(root, { recursive: true, force: true });
  for (const [file, { content }] of assets) {
    const path = join(root, file);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
  }
  await writeFile(join(root, "vendor.lock.json"), lockOf(assets));
}

for (const target of TARGETS) {
  const assets = await collect(target);
  await write(target.folder, assets);
  for (const [file, { content, from }] of assets) {
    console.log(`${target.folder}/${file}  ${content.length} bytes  ${from.join(" ")}`);
  }
}
