// @ts-check
// Every text that the scripts put on the page, in the language of the page.

/**
 * The functions of Django's catalogue, which is loaded before the modules.
 *
 * @type {{
 *   gettext: (text: string) => string,
 *   ngettext: (one: string, many: string, count: number) => string,
 *   interpolate: (format: string, values: any, named?: boolean) => string,
 * }}
 */
const catalog = /** @type {any} */ (globalThis);
export const { gettext, ngettext, interpolate } = catalog;

/** @type {Record<string, string>} */
const QUALITIES = {
  BAD: gettext("bad"),
  CONFIG_ERROR: gettext("configuration error"),
  NOT_CONNECTED: gettext("not connected"),
  DEVICE_FAILURE: gettext("device failure"),
  SENSOR_FAILURE: gettext("sensor failure"),
  COMM_FAILURE: gettext("no answer"),
  OUT_OF_SERVICE: gettext("out of service"),
  UNCERTAIN: gettext("uncertain"),
  SENSOR_NOT_ACCURATE: gettext("sensor not accurate"),
  LIMIT_EXCEEDED: gettext("beyond its limits"),
  GOOD: gettext("good"),
  gateway: gettext("gateway not connected"),
};

/** @type {Record<string, string>} */
const STATUSES = {
  new: gettext("never seen"),
  online: gettext("online"),
  stale: gettext("stale"),
  offline: gettext("offline"),
  disabled: gettext("disabled"),
};

/** @type {Record<string, string>} what we call the tags of cameras and their states, see devices/camera_words.py */
const OWN = {
  "Picture": gettext("Picture"),
  "Pictures per second": gettext("Pictures per second"),
  "Brightness": gettext("Brightness"),
  "Models need": gettext("Models need"),
  "connecting": gettext("connecting"),
  "live picture": gettext("live picture"),
  "picture frozen": gettext("picture frozen"),
  "picture dark": gettext("picture dark"),
  "no picture": gettext("no picture"),
  "login refused": gettext("login refused"),
  "unreadable picture": gettext("unreadable picture"),
  "given up, tried again slowly": gettext("given up, tried again slowly"),
};

/** @type {Record<string, string>} */
const PHASES = {
  connecting: gettext("Connecting"),
  live: gettext("Live"),
  late: gettext("Late"),
  reconnecting: gettext("Reconnecting"),
  offline: gettext("Offline"),
  expired: gettext("Signed out"),
  forbidden: gettext("No access"),
};

/** @type {Record<string, string>} */
const BANNERS = {
  reconnecting: gettext("Connection lost, trying again. Values on this page are not current."),
  offline: gettext("No connection to the server. Nothing on this page is current."),
  expired: gettext("You are signed out. Nothing on this page is current."),
  forbidden: gettext("You may no longer see this plant. Nothing on this page is current."),
};

export const words = {
  /** @param {string} text what people wrote stays as it is */
  own: (text) => OWN[text] ?? text,
  /** @param {string} name */
  quality: (name) => QUALITIES[name] ?? name,
  /** @param {string} status */
  status: (status) => STATUSES[status] ?? status,
  /** @param {string} phase */
  phase: (phase) => PHASES[phase],
  /** @param {string} phase */
  banner: (phase) => BANNERS[phase] ?? "",
  /** @param {number} n */
  seconds: (n) => interpolate(gettext("%s s"), [n]),
  /** @type {(days: number, hours: number) => string} */
  days: (days, hours) => interpolate(gettext("%s d %s h"), [days, hours]),
  /** @param {string} age */
  noData: (age) => interpolate(gettext("no data %s"), [age]),
  /** @param {string} age */
  deviceOffline: (age) => interpolate(gettext("offline %s"), [age]),
  /** @param {string} age */
  linkLost: (age) => interpolate(gettext("link lost %s"), [age]),
  /** @param {string} age */
  deviceDisabled: (age) => interpolate(gettext("disabled %s"), [age]),
  neverReported: gettext("no reading yet"),
  low: gettext("below its normal range"),
  high: gettext("above its normal range"),
  /** @param {number} s */
  lag: (s) => interpolate(gettext("%s s"), [s.toFixed(1)]),
  /** @param {number} events */
  reconnected: (events) =>
    events === 0
      ? gettext("Connected again. The page is up to date.")
      : interpolate(
          ngettext(
            "Connected again. %s event received.",
            "Connected again. %s events received.",
            events,
          ),
          [events],
        ),
  /** @param {number} seconds */
  skew: (seconds) =>
    interpolate(
      gettext("The clock of this computer differs by %s s. Times shown are those of the server."),
      [seconds],
    ),
  refused: gettext("The server refused a part of this page. Reload it."),
  historyFailed: gettext("The history could not be loaded."),
  /** @type {(uid: string, name: string, status: string) => string} */
  cell: (uid, name, status) => interpolate(gettext("%s %s: %s"), [uid, name, status]),
  /** @type {(status: string, detail: string) => string} */
  statusBecause: (status, detail) => interpolate(gettext("%s: %s"), [status, detail]),
  /** @type {(count: number, text: string) => string} */
  counted: (count, text) => `${count} ${text}`,
  allOnline: gettext("all online"),
  allConnected: gettext("all connected"),
  /** @type {(stale: number, silent: number) => string} */
  tagCounts: (stale, silent) =>
    [
      stale && interpolate(gettext("%s stale"), [stale]),
      silent && interpolate(gettext("%s without a reading"), [silent]),
    ]
      .filter(Boolean)
      .join(" · ") || gettext("all reporting"),
  unitMs: gettext("ms"),
  unitS: gettext("s"),
  /** @param {string} delay */
  slowest: (delay) => interpolate(gettext("95 of 100 within %s"), [delay]),
  noGateway: gettext("no gateway"),
  allGood: gettext("all have a current value"),
  /** @param {number} count */
  within: (count) => interpolate(ngettext("%s within its range", "all %s within their range", count), [count]),
  /** @param {number} count */
  unknown: (count) => interpolate(gettext("%s not known"), [count]),
  /** @type {(name: string, value: string, note: string, range: string) => string} */
  chart: (name, value, note, range) => [name, value, note, range].filter(Boolean).join(", "),
  /** @type {(min: string, max: string) => string} */
  chartRange: (min, max) => interpolate(gettext("%s to %s in the time shown"), [min, max]),
  inContact: gettext("in contact"),
  noArea: gettext("No area"),
  /** @type {(devices: number, areas: number) => string} */
  devices: (devices, areas) => {
    const text = interpolate(ngettext("%s device", "%s devices", devices), [devices]);
    return areas < 2 ? text : `${text} · ${interpolate(ngettext("%s area", "%s areas", areas), [areas])}`;
  },
  /** @type {(count: string, at: string) => string} */
  waitingFrom: (count, at) => interpolate(gettext("%s, oldest of %s"), [count, at]),
  clockRight: gettext("right"),
  /** @param {string} s */
  clockAhead: (s) => interpolate(gettext("%s s ahead"), [s]),
  /** @param {string} s */
  clockBehind: (s) => interpolate(gettext("%s s behind"), [s]),
  ownFile: gettext("its own file"),
  neverConnected: gettext("never connected"),
  firstReport: gettext("connected, first report on its way"),
  /** @param {string} newest */
  versionReady: (newest) => interpolate(gettext("version %s waits"), [newest]),
  noConfiguration: gettext("none yet"),
  /** @param {string} running */
  version: (running) => interpolate(gettext("version %s"), [running]),
  /** @type {(newest: string, running: string) => string} */
  versionWaits: (newest, running) =>
    interpolate(gettext("version %s waits, runs %s"), [newest, running]),
  /** @type {(newest: string, running: string) => string} */
  versionRefused: (newest, running) =>
    interpolate(gettext("version %s refused, runs %s"), [newest, running]),
  /** @type {(connections: string, devices: string, tags: string) => string} */
  content: (connections, devices, tags) =>
    interpolate(gettext("connections: %s, devices: %s, tags: %s"), [connections, devices, tags]),
  /** @type {(connections: string, devices: string, tags: string, cameras: string) => string} */
  contentWithCameras: (connections, devices, tags, cameras) =>
    interpolate(gettext("connections: %s, devices: %s, tags: %s, cameras: %s"), [connections, devices, tags, cameras]),
  /** @param {string} at */
  versionMade: (at) => interpolate(gettext("made %s"), [at]),
  /** @type {(up: number, all: number) => string} */
  devicesUp: (up, all) => `${up}/${all}`,
  accounted: gettext("all accounted for"),
  /** @param {string} count */
  unaccounted: (count) => interpolate(gettext("%s not accounted for"), [count]),
  nothingCame: gettext("nothing has come yet"),
  /** @type {(stored: string, dropped: string, lost: string, quarantined: string) => string} */
  account: (stored, dropped, lost, quarantined) =>
    interpolate(
      gettext("%s frames stored, %s dropped with a record (%s readings), %s readings in quarantine"),
      [stored, dropped, lost, quarantined],
    ),
  /** @type {(gaps: string, readings: string) => string} */
  gaps: (gaps, readings) => interpolate(gettext("%s, %s readings"), [gaps, readings]),
  /** @param {number} days */
  eventsKept: (days) =>
    interpolate(gettext("Events, gaps and quarantine are kept for %s days and counted that far."), [days]),
  /** @param {string} age */
  toldAgo: (age) => interpolate(gettext("%s ago"), [age]),
  neverTold: gettext("never"),
  /** @param {string} age */
  countedAgo: (age) => interpolate(gettext("counted %s ago"), [age]),
  stillOpen: gettext("still open"),
  /** @type {(from: string, to: string, share: string) => string} */
  barShare: (from, to, share) => interpolate(gettext("%s to %s: %s"), [from, to, share]),
  /** @type {(from: string, to: string) => string} */
  barNothing: (from, to) => interpolate(gettext("%s to %s: before its first connection"), [from, to]),
  /** @param {string} share */
  strip: (share) => interpolate(gettext("Connected for %s of the time"), [share]),
  asking: gettext("Asking the gateway …"),
  noServer: gettext("The server did not answer. Try again."),
  /** @param {string} ms */
  answered: (ms) => interpolate(gettext("answered in %s ms"), [ms]),
  /** @param {number} n */
  reads: (n) => interpolate(ngettext("%s read", "%s reads", n), [n]),
  time: gettext("Time"),
  noValue: gettext("no value"),
};
