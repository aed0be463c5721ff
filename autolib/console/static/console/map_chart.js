// The map beside the list: every station as the website draws it, ringed where somebody should look.

import { StationDot, colour, disc, radiusAt, recolour, words } from "../map/dots.js";
import { layGround, openMap } from "../map/ground.js";

const L = window.L;
const [OPEN, SILENT] = [6, 8]; // bits of the website's dots
const FEW = 0.02;
const [NEAR_ZOOM, FAR_ZOOM] = [15, 11.5];
const [TROUBLE, URGENT] = [2, 3];

const radius = (zoom) => (zoom < FAR_ZOOM ? 3 : radiusAt(zoom));

function own(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

const OperatorDot = StationDot?.extend({
  _updatePath() {
    const { _drawing, _ctx: ctx } = this._renderer;
    if (!_drawing || this._empty()) return;
    const { x, y } = this._point;
    if (this.isFaded) {
      disc(ctx, x, y, 2, colour.none);
      return;
    }
    StationDot.prototype._updatePath.call(this);
    if (this.level < TROUBLE) return;
    const ring = own(this.level === URGENT ? "--urgent" : "--trouble");
    const r = this._radius;
    ctx.beginPath();
    ctx.arc(x, y, r + 2.5, 0, 2 * Math.PI);
    ctx.strokeStyle = ring;
    ctx.lineWidth = 2.5;
    ctx.stroke();
    if (this.level < URGENT) return;
    disc(ctx, x + r * 0.85, y - r * 0.85, 5.5, ring);
    words(ctx, "!", x + r * 0.85, y - r * 0.85 + 0.5, "700 9px system-ui, sans-serif", own("--on-urgent"));
  },
});

export function makeChart(page, { opened, card }) {
  const box = page.querySelector("[data-map]");
  const note = page.querySelector("[data-map-note]");
  const panes = page.querySelector("[data-panes]");
  const toggle = page.querySelector("[data-toggle]");
  const dots = new Map();
  let map;
  let pin;
  let renderer;
  let wasFramed = false;

  const say = (text) => { note.textContent = text; note.hidden = !text; };

  function dotOf(row) {
    const dot = new OperatorDot(row.at, { radius: radius(map.getZoom()), name: row.title, renderer });
    dot.bindPopup(() => card(dot.row, dot.sentence), { closeButtonLabel: box.dataset.close, maxWidth: 320, minWidth: 220, maxHeight: 360, autoPanPadding: [16, 16] });
    dot.on("popupopen", () => opened(dot.row.key));
    return dot.addTo(map);
  }

  function show(state, sentenceOf) {
    if (!map) return;
    const shown = new Set(state.shown.map((row) => (row.at ? row.key : `station-${row.station}`)));
    const present = new Set();
    // The calm ones first, so that trouble lies on top.
    for (const row of [...state.rows].reverse()) {
      if (!row.at) continue;
      present.add(row.key);
      if (!dots.has(row.key)) dots.set(row.key, dotOf(row));
      const dot = dots.get(row.key);
      const said = JSON.stringify([row, shown.has(row.key), sentenceOf(row)]);
      if (dot.known === said) continue;
      dot.known = said;
      Object.assign(dot, { row, sentence: sentenceOf(row), level: row.level, isFaded: !shown.has(row.key), said: undefined });
      dot.show([row.cars, row.docks, row.charge, (row.open ? OPEN : 0) | (row.uncertain ? SILENT : 0)]);
      if (row.level >= TROUBLE && !dot.isFaded) dot.bringToFront();
      if (dot.isPopupOpen()) dot.getPopup().update();
    }
    for (const [key, dot] of dots) if (!present.has(key)) { dot.remove(); dots.delete(key); }
    mark(state.rows.find((row) => row.key === state.open));
  }

  const placeOf = (row) => (row?.at ? row.at : dots.get(`station-${row?.station}`)?.row.at);

  function mark(row) {
    pin?.remove();
    const at = placeOf(row);
    if (at) pin = L.circleMarker(at, { radius: 20, weight: 3, fill: false, color: own("--primary"), interactive: false, renderer: L.svg() }).addTo(map);
  }

  function goTo(row, options) {
    const at = map && placeOf(row);
    if (at) map.setView(at, Math.max(map.getZoom(), NEAR_ZOOM), options);
  }

  function frame(rows) {
    if (!map) return;
    const places = rows.map(placeOf).filter(Boolean);
    if (places.length) map.fitBounds(L.latLngBounds(places), { padding: [24, 24], maxZoom: NEAR_ZOOM + 1 });
  }

  // Where nearly all stations are: a few far ones would make the city small.
  function frameMost(rows) {
    const places = rows.map(placeOf).filter(Boolean);
    const ends = (side) => {
      const sorted = places.map((at) => at[side]).sort((one, other) => one - other);
      return [sorted[Math.floor(sorted.length * FEW)], sorted[Math.ceil(sorted.length * (1 - FEW)) - 1]];
    };
    const [[south, north], [west, east]] = [ends(0), ends(1)];
    if (places.length) map.fitBounds([[south, west], [north, east]], { padding: [24, 24], maxZoom: NEAR_ZOOM, animate: false });
  }

  function frameAtFirst(state) {
    if (wasFramed || !map || !box.clientHeight) return;
    wasFramed = true;
    map.invalidateSize({ animate: false });
    const open = state.rows.find((row) => row.key === state.open);
    if (open) goTo(open, { animate: false });
    else frameMost(state.shown);
  }

  function repaint(redo) {
    recolour();
    redo();
    for (const dot of dots.values()) dot.redraw();
  }

  // On a phone one sees the list or the map.
  function turns(state) {
    toggle.hidden = false;
    toggle.addEventListener("click", () => {
      const isMap = panes.classList.toggle("shows-map");
      toggle.textContent = isMap ? toggle.dataset.toList : toggle.dataset.toMap;
      map?.invalidateSize({ animate: false });
      frameAtFirst(state);
      if (isMap) toggle.scrollIntoView();
    });
  }

  async function start(begun, state) {
    turns(state);
    try {
      if (!L) throw new Error("Leaflet did not come");
      map = openMap(box);
      box.map = map;
      renderer = L.canvas({ padding: 0.3, tolerance: matchMedia("(pointer: coarse)").matches ? 10 : 3 });
      map.setView([Number(box.dataset.latitude), Number(box.dataset.longitude)], 12);
      map.on("zoomend", () => { for (const dot of dots.values()) dot.setRadius(radius(map.getZoom())); });
      const redo = await layGround(map, box.dataset, () => say(box.dataset.noTiles));
      await begun;
      show(state, () => undefined);
      frameAtFirst(state);
      matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => repaint(redo));
      new MutationObserver(() => repaint(redo)).observe(document.documentElement, { attributeFilter: ["data-theme"] });
      box.dataset.ready = "yes";
    } catch {
      box.dataset.ready = "failed";
      say(box.dataset.failed);
    }
  }

  return { show, goTo, frame, start };
}
