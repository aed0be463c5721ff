// The live map of the console: asks for the facts every few seconds, keeps list, filters, map and address in step.

import { makeList } from "./map_list.js";
import { makeChart } from "./map_chart.js";

const page = document.querySelector("[data-map-page]");
const age = page.querySelector("[data-age]");
const trouble = page.querySelector("[data-trouble]");
const search = page.querySelector("[data-choice] [name=q]");
const buttons = [...page.querySelectorAll("[data-filter]")];
const period = Number(page.dataset.seconds) * 1000;
const SOON = 1000;
const PLACES_MS = 600_000;
const OLD_MS = Number(page.dataset.old) * 1000;
const asked = new URLSearchParams(location.search);

const state = {
  rows: [],
  shown: [],
  filters: new Set((asked.get("show") ?? "").split(",").filter(Boolean)),
  typed: search.value,
  plates: {},
  open: asked.get("open") ?? "",
};
const places = new Map();
let placesAt = 0;
let etag = "";
let freshAt = Date.now();
let newest = Date.parse(page.dataset.asOf);
let failures = 0;
let timer;
let typing;
let isSignedOut = false;

// As `stations.search.plain` has it.
const plain = (text) => text.toLowerCase().replace(/œ/g, "oe").replace(/æ/g, "ae").normalize("NFKD").replace(/\p{M}/gu, "").replace(/[^\p{L}\p{N}]+/gu, " ").trim();
const sentenceOf = (row) => (row.at ? state.plates[row.key.slice("station-".length)] : undefined);

function isShown(row, typed) {
  if (state.filters.size && !row.is.some((mark) => state.filters.has(mark))) return false;
  return !typed || plain(`${row.title} ${row.code ?? ""}`).includes(typed) || sentenceOf(row) !== undefined;
}

function address(open = state.open) {
  const to = new URLSearchParams();
  to.set("network", asked.get("network") ?? page.querySelector("[data-choice] [name=network]").value);
  if (state.filters.size) to.set("show", [...state.filters].join(","));
  if (state.typed.trim()) to.set("q", state.typed.trim());
  if (open) to.set("open", open);
  return `${location.pathname}?${to}`;
}

function keepAddress() {
  history.replaceState(null, "", address());
  const next = document.querySelector("form.language [name=next]");
  if (next) next.value = address();
}

function show() {
  const typed = plain(state.typed);
  state.shown = state.rows.filter((row) => isShown(row, typed));
  for (const button of buttons) {
    const name = button.dataset.filter;
    const count = name ? state.rows.filter((row) => row.is.includes(name)).length : state.rows.length;
    button.querySelector("[data-count]").textContent = count;
    button.setAttribute("aria-pressed", String(name ? state.filters.has(name) : !state.filters.size));
  }
  list.show(state, { isCalm: !state.rows.some((row) => row.level), sentenceOf });
  chart.show(state, sentenceOf);
}

function choose(name) {
  if (!name) state.filters.clear();
  else if (!state.filters.delete(name)) state.filters.add(name);
  list.fromTheTop();
  keepAddress();
  show();
}

function open(key, { isFromMap = false } = {}) {
  if (state.open === key) return;
  state.open = key;
  keepAddress();
  show();
  const row = state.rows.find((one) => one.key === key);
  if (isFromMap) list.reveal(key);
  else if (row) chart.goTo(row);
}

async function look() {
  const typed = state.typed.trim();
  keepAddress();
  try {
    const found = typed.length < 2 ? { stations: {} } : await (await fetch(`${page.dataset.find}&q=${encodeURIComponent(typed)}`)).json();
    if (typed !== state.typed.trim()) return;
    state.plates = found.stations;
  } catch {
    state.plates = {};
  }
  list.fromTheTop();
  show();
  list.count(typed);
  if (typed) chart.frame(state.shown);
}

function duration(ms) {
  const seconds = Math.round(ms / 1000);
  return seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
}

function showAge() {
  const old = Date.now() - freshAt;
  age.textContent = old < period + 3000 ? page.dataset.justNow : page.dataset.ago.replace("%s", duration(old));
  const isOld = old > OLD_MS;
  page.classList.toggle("is-old", isOld);
  if (isSignedOut) trouble.textContent = page.dataset.signedOut;
  else if (!isOld) trouble.textContent = "";
  // A screen reader says it anew with every change: once, then once a minute.
  else if (!trouble.textContent || old >= 120_000) {
    const said = page.dataset.lost.replace("%s", duration(old));
    if (trouble.textContent !== said) trouble.textContent = said;
  }
}

// What seldom changes is asked for every ten minutes, or when there is a station of which we have not been told.
function complete(station) {
  if (station.at) places.set(station.key, { title: station.title, code: station.code, at: station.at });
  const place = places.get(station.key);
  if (!place) placesAt = 0;
  return place && { ...station, ...place };
}

function take(told) {
  const { cars, tasks } = told;
  if (told.stations.some((station) => station.at)) placesAt = Date.now();
  const stations = told.stations.map(complete).filter(Boolean);
  state.rows = [...cars, ...tasks, ...stations].sort((one, other) => other.level - one.level);
  show();
}

const ask = () => fetch(`${page.dataset.address}${Date.now() - placesAt < PLACES_MS ? "&known" : ""}`, {
  cache: "no-cache",
  signal: AbortSignal.timeout(8000),
});

async function takeFrom(response) {
  const tag = response.headers.get("ETag");
  if (tag === null || tag !== etag) take(await response.json());
  etag = tag;
  newest = Date.parse(response.headers.get("X-As-Of"));
  freshAt = Date.now();
  page.dataset.live = "yes";
}

async function refresh() {
  clearTimeout(timer);
  if (document.hidden || isSignedOut) return;
  let isOlder = false;
  try {
    const response = await ask();
    isSignedOut = response.redirected || response.status === 403;
    if (isSignedOut || !response.ok) throw new Error(response.status);
    failures = 0;
    isOlder = Date.parse(response.headers.get("X-As-Of")) < newest; // another process knew less: it soon knows more
    if (!isOlder) await takeFrom(response);
  } catch {
    failures += 1;
  }
  showAge();
  timer = setTimeout(refresh, isOlder ? SOON : Math.min(period * 2 ** Math.max(0, failures - 2), 60_000));
}

const list = makeList(page, { opened: open });
const chart = makeChart(page, { opened: (key) => open(key, { isFromMap: true }), card: list.card });

page.querySelector("[data-choice]").addEventListener("submit", (event) => {
  event.preventDefault();
  const name = event.submitter?.dataset.filter;
  if (name !== undefined) choose(name);
  else look();
});
search.addEventListener("input", () => {
  state.typed = search.value;
  clearTimeout(typing);
  typing = setTimeout(look, 250);
});
// An act returns to where it was begun, as the choice stands at that moment.
for (const kind of ["click", "auxclick"]) {
  document.addEventListener(kind, (event) => {
    const act = event.target.closest?.("a.row-act");
    if (!act) return;
    const to = new URL(act.href);
    to.searchParams.set("back", address(act.closest("[data-key]").dataset.key));
    act.href = to.href;
  }, true);
}

setInterval(showAge, 1000);
document.addEventListener("visibilitychange", refresh);
window.addEventListener("online", refresh);
const begun = refresh().then(() => {
  if (state.open) list.reveal(state.open, { hasFocus: true });
  if (state.typed.trim()) return look();
});
chart.start(begun, state);
