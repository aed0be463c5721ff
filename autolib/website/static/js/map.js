// The map: every station as one dot of a canvas, its left half for cars and its right half for docks.
// It adds nothing that the list does not have; without it, or without Leaflet, the list is all one needs.

const L = window.L;
const box = document.querySelector("[data-map]");
const [INSTALLED, RENTING, RETURNING] = [1, 2, 4];
const [WORDS_FROM_ZOOM, WORDS_TO_ZOOM, NAMES_FROM_ZOOM] = [12, 14.5, 16];

function colours() {
  const style = getComputedStyle(document.documentElement);
  const of = (name) => style.getPropertyValue(name).trim();
  return {
    car: of("--car"), dock: of("--dock"), none: of("--none"), ring: of("--raised"), text: of("--on-colour"), ink: of("--ink"),
    city: of("--map-city"), wood: of("--map-wood"), water: of("--map-water"), road: of("--map-road"), edge: of("--map-edge"),
  };
}

let colour = colours();

const StationDot = L?.CircleMarker.extend({
  options: { radius: 5, stroke: false },

  show(offers) {
    this.offers = offers;
    if (this._map) this.redraw();
  },

  _updatePath() {
    const renderer = this._renderer;
    if (!renderer._drawing || this._empty()) return;
    const ctx = renderer._ctx;
    const { x, y } = this._point;
    const r = this._radius;
    const [cars, docks, , bits] = this.offers ?? [0, 0, null, 0];
    const half = (from, to, fill) => {
      ctx.beginPath();
      ctx.arc(x, y, r, from, to);
      ctx.closePath();
      ctx.fillStyle = fill;
      ctx.fill();
    };
    ctx.beginPath();
    ctx.arc(x, y, r + 1.5, 0, 2 * Math.PI);
    ctx.fillStyle = colour.ring;
    ctx.fill();
    const isOpen = bits & (RENTING | RETURNING);
    half(Math.PI / 2, -Math.PI / 2, isOpen && cars > 0 ? colour.car : colour.none);
    half(-Math.PI / 2, Math.PI / 2, isOpen && docks > 0 ? colour.dock : colour.none);
    ctx.fillStyle = colour.ring;
    ctx.fillRect(x - 0.75, y - r, 1.5, 2 * r);
    if (r >= 11 && isOpen) {
      ctx.fillStyle = colour.text;
      ctx.font = `600 ${Math.round(r * 0.95)}px system-ui, sans-serif`;
      ctx.textAlign = "center";
      ctx.textBaseline = "middle";
      ctx.fillText(String(cars), x - r / 2, y + 0.5);
      ctx.fillText(String(docks), x + r / 2, y + 0.5);
    }
    if (this._map.getZoom() >= NAMES_FROM_ZOOM) {
      ctx.font = "550 12px system-ui, sans-serif";
      ctx.textAlign = "center";
      ctx.textBaseline = "top";
      ctx.lineWidth = 3;
      ctx.strokeStyle = colour.city;
      ctx.fillStyle = colour.ink;
      ctx.strokeText(this.options.name, x, y + r + 4);
      ctx.fillText(this.options.name, x, y + r + 4);
    }
  },
});

const radiusAt = (zoom) => (zoom < 12 ? 4 : zoom < 13 ? 6 : zoom < 14 ? 8 : zoom < 15 ? 11 : 14);

function drawOutline(map, outline) {
  const look = {
    city: () => ({ color: colour.edge, weight: 1.5, fillColor: colour.city, fillOpacity: 1 }),
    wood: () => ({ stroke: false, fillColor: colour.wood, fillOpacity: 1 }),
    water: () => ({ color: colour.water, weight: 7, lineCap: "round", lineJoin: "round" }),
    road: () => ({ color: colour.road, weight: 2, lineJoin: "round" }),
  };
  const style = (feature) => ({ interactive: false, ...look[feature.properties.kind]() });
  const layer = L.geoJSON(outline, {
    renderer: L.canvas({ pane: "tilePane", padding: 0.5 }),
    filter: (feature) => feature.properties.kind !== "name",
    style,
    interactive: false,
  }).addTo(map);
  const names = L.layerGroup(
    outline.features.filter((feature) => feature.properties.kind === "name").map(({ properties, geometry }) => {
      const word = document.createElement("span");
      word.textContent = properties.name;
      const icon = L.divIcon({ className: "map-name", html: word, iconSize: [0, 0] });
      return L.marker([geometry.coordinates[1], geometry.coordinates[0]], { icon, interactive: false, keyboard: false });
    }),
  );
  const showNames = () => (map.getZoom() >= WORDS_FROM_ZOOM && map.getZoom() <= WORDS_TO_ZOOM ? names.addTo(map) : names.remove());
  map.on("zoomend", showNames);
  showNames();
  return () => layer.setStyle(style);
}

function popup(dot, code, name) {
  const words = box.dataset;
  const [cars, docks, charge, bits] = dot.offers ?? [0, 0, null, 0];
  const card = document.createElement("div");
  card.className = "map-card";
  const line = (tag, text) => {
    const element = document.createElement(tag);
    element.textContent = text;
    card.append(element);
    return element;
  };
  line("h3", name);
  if (!(bits & INSTALLED)) line("p", words.absent);
  else if (!(bits & (RENTING | RETURNING))) line("p", words.closed);
  else {
    const percent = new Intl.NumberFormat(document.documentElement.lang, { style: "percent" });
    line("p", `${words.cars} ${cars} · ${words.docks} ${docks}${charge === null ? "" : ` · ${words.charge} ${percent.format(charge / 100)}`}`);
  }
  const link = line("a", words.open);
  link.className = "button";
  link.href = words.address.replace("CODE", encodeURIComponent(code));
  return card;
}

const asked = async (address) => (await fetch(address)).json();

async function start() {
  // Both at once, and the page has asked the browser to begin before this script was here.
  const drawing = !box.dataset.tiles && box.dataset.outline ? asked(box.dataset.outline) : null;
  const laidOut = asked(box.dataset.layout);
  laidOut.catch(() => {}); // it is waited for below, perhaps after it failed
  const spot = box.dataset.spot?.split(",").map(Number);
  const moves = !matchMedia("(prefers-reduced-motion: reduce)").matches;
  const motion = { zoomAnimation: moves, fadeAnimation: moves, markerZoomAnimation: moves, inertia: moves };
  const map = L.map(box, { zoomControl: false, preferCanvas: true, minZoom: 10, maxZoom: 18, zoomSnap: 0.5, ...motion });
  L.control.zoom({ zoomInTitle: box.dataset.zoomIn, zoomOutTitle: box.dataset.zoomOut, position: "bottomright" }).addTo(map);
  map.attributionControl.setPrefix('<a href="https://leafletjs.com">Leaflet</a>');
  map.setView(spot ?? [Number(box.dataset.latitude), Number(box.dataset.longitude)], spot ? 15 : 12.5);
  box.map = map;

  if (box.dataset.tiles) L.tileLayer(box.dataset.tiles, { attribution: box.dataset.attribution, maxZoom: 18 }).addTo(map);
  let recolour = () => {};
  if (drawing) recolour = drawOutline(map, await drawing);
  if (spot) L.circleMarker(spot, { radius: 9, weight: 3, className: "map-spot", interactive: false, renderer: L.svg() }).addTo(map);

  const dots = new Map();
  const { stations } = await laidOut;
  for (const [id, code, name, latitude, longitude] of stations) {
    const dot = new StationDot([latitude, longitude], { radius: radiusAt(map.getZoom()), name });
    dot.bindPopup(() => popup(dot, code, name), { closeButton: true, maxWidth: 280 });
    dots.set(String(id), dot.addTo(map));
  }
  map.on("zoomend", () => { for (const dot of dots.values()) dot.setRadius(radiusAt(map.getZoom())); });
  const show = (offers) => { for (const [id, dot] of dots) if (offers[id]) dot.show(offers[id]); };
  document.addEventListener("live", ({ detail }) => show(detail));
  const known = document.querySelector("[data-live]").offers;
  if (known) show(known);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    colour = colours();
    recolour();
    for (const dot of dots.values()) dot.redraw();
  });
  box.dataset.ready = "yes";
}

function toggle() {
  const button = document.querySelector("[data-map-toggle]");
  const finder = document.querySelector("[data-finder]");
  button.hidden = false;
  button.addEventListener("click", () => {
    const isMap = finder.classList.toggle("shows-map");
    button.setAttribute("aria-pressed", String(isMap));
    button.querySelector("span").textContent = isMap ? button.dataset.toList : button.dataset.toMap;
    box.map?.invalidateSize();
  });
}

if (box && L) {
  toggle();
  start().catch(() => { box.dataset.ready = "failed"; });
}
