// The map: the whole network, live. It adds nothing that the list does not have; without it, the list is all one needs.

import { SUMS_BELOW_ZOOM, StationDot, isOpen, isSilent, radiusAt, recolour, sums } from "../map/dots.js";
import { layGround, openMap } from "../map/ground.js";

const L = window.L;
const box = document.querySelector("[data-map]");
const note = document.querySelector("[data-map-note]");
const INSTALLED = 1;
const percent = new Intl.NumberFormat(document.documentElement.lang, { style: "percent" });

// The page has told the browser to fetch these before this script was here.
const asked = async (address) => (await fetch(address)).json();

function say(text) {
  note.textContent = text;
  note.hidden = !text;
}

function card(dot, code, name) {
  const words = box.dataset;
  const made = document.createElement("div");
  made.className = "map-card";
  const line = (tag, text, className = "") => {
    const element = document.createElement(tag);
    element.textContent = text;
    element.className = className;
    made.append(element);
    return element;
  };
  const link = (text, href, className) => { line("a", text, className).href = href; };
  line("h3", name);
  const [cars, docks, charge, bits] = dot.offers ?? [];
  if (!dot.offers) line("p", words.asking);
  else if (!(bits & INSTALLED)) line("p", words.absent);
  else if (!isOpen(dot.offers)) line("p", words.closed);
  else {
    line("p", `${words.cars} ${cars} · ${words.docks} ${docks}${charge === null ? "" : ` · ${words.charge} ${percent.format(charge / 100)}`}`);
    if (isSilent(dot.offers)) line("p", words.silent);
    if (words.way) {
      const chosen = (end) => { const to = new URL(words.way, location.href); to.searchParams.set(end, code); return to.href; };
      if (cars > 0) link(words.take, chosen("car"), "button");
      if (docks > 0) link(words.leave, chosen("dock"), "button button-dock");
    }
    const move = document.querySelector("[data-move]");
    if (move?.dataset.kept === code) line("p", words.kept);
    else if (move && docks > 0) {
      const keep = line("button", words.keep, "button button-dock");
      keep.type = "button";
      keep.addEventListener("click", () => {
        move.elements.destination.value = code;
        move.elements.key.value = `${move.dataset.move}-map-${code}`.slice(0, 255);
        move.requestSubmit();
      });
    }
  }
  link(words.open, words.address.replace("CODE", encodeURIComponent(code)), words.way ? "" : "button button-quiet");
  return made;
}

const pin = (at, className) => L.circleMarker(at, { radius: 20, weight: 3, className, interactive: false, renderer: L.svg() });
const pointOf = (text) => text?.split(",").map(Number);

const [spot, goal] = [pointOf(box?.dataset.spot), pointOf(box?.dataset.goal)];

function frame(map) {
  if (spot && goal) map.fitBounds([spot, goal], { padding: [48, 48], maxZoom: 15 });
  else map.setView(spot ?? goal ?? [Number(box.dataset.latitude), Number(box.dataset.longitude)], spot || goal ? 15 : box.clientWidth < 600 ? 12 : 12.5);
}

function stationsOn(map, stations) {
  const renderer = L.canvas({ padding: 0.3, tolerance: matchMedia("(pointer: coarse)").matches ? 10 : 3 });
  const dots = new Map();
  for (const [id, code, name, latitude, longitude] of stations) {
    const dot = new StationDot([latitude, longitude], { radius: radiusAt(map.getZoom()), name, renderer });
    dot.bindPopup(() => card(dot, code, name), { closeButton: true, maxWidth: 280, autoPanPadding: [16, 16] });
    dots.set(String(id), dot);
  }
  const group = L.layerGroup([...dots.values()]);
  let gathered = L.layerGroup();
  const gather = () => {
    gathered.remove();
    if (map.getZoom() >= SUMS_BELOW_ZOOM) {
      for (const dot of dots.values()) dot.setRadius(radiusAt(map.getZoom()));
      group.addTo(map);
    } else {
      group.remove();
      gathered = L.layerGroup(sums(map, dots).map((sum) => { sum.options.renderer = renderer; return sum; })).addTo(map);
    }
  };
  map.on("zoomend", gather);
  const show = (offers) => {
    let changed = false;
    for (const [id, dot] of dots) {
      if (!offers[id] || !dot.show(offers[id])) continue;
      changed = true;
      if (dot.isPopupOpen()) dot.getPopup().update();
    }
    if (changed && map.getZoom() < SUMS_BELOW_ZOOM) gather();
  };
  return { dots, gather, show };
}

async function start() {
  say(box.dataset.loading);
  const map = openMap(box);
  frame(map);
  if (spot) pin(spot, "map-spot").addTo(map);
  if (goal) pin(goal, "map-goal").addTo(map);
  box.map = map;

  const [layout, repaint] = await Promise.all([asked(box.dataset.layout), layGround(map, box.dataset, () => say(box.dataset.noTiles))]);
  const { dots, gather, show } = stationsOn(map, layout.stations);
  document.addEventListener("live", ({ detail }) => show(detail));
  const known = document.querySelector("[data-live]")?.offers;
  if (known) show(known);
  gather();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    recolour();
    repaint();
    for (const dot of dots.values()) if (dot._map) dot.redraw();
  });
  if (note.textContent === box.dataset.loading) say("");
  box.dataset.ready = "yes";
}

function toggle() {
  const button = document.querySelector("[data-map-toggle]");
  const finder = document.querySelector("[data-finder]");
  if (!button) return;
  button.hidden = false;
  button.addEventListener("click", () => {
    const isMap = finder.classList.toggle("shows-map");
    button.setAttribute("aria-pressed", String(isMap));
    button.querySelector("span").textContent = isMap ? button.dataset.toList : button.dataset.toMap;
    button.querySelector("use").setAttribute("href", isMap ? "#i-list" : "#i-map");
    box.map?.invalidateSize();
    if (isMap && !box.wasFramed) { box.wasFramed = true; if (box.map) frame(box.map); }
  });
}

// A map that waits behind a fold is drawn when somebody opens it.
function whenOpened(fold) {
  fold.hidden = false;
  fold.addEventListener("toggle", () => { if (fold.open && !box.map) begin(); });
}

function begin() {
  start().catch(() => { box.dataset.ready = "failed"; say(box.dataset.failed); });
}

const fold = box?.closest("[data-on-map]");
if (box && L) {
  toggle();
  if (fold) whenOpened(fold);
  else begin();
} else if (box) say(box.dataset.failed);
