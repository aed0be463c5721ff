// A Leaflet map and what lies under its dots: tiles where there are any, else our own drawing.

import { colour } from "./dots.js";
import { drawOutline } from "./outline.js";

const L = window.L;
const TILES_TO_MISS = 4;

// `box.dataset` holds the words of its buttons: zoomIn, zoomOut.
export function openMap(box, options = {}) {
  const moves = !matchMedia("(prefers-reduced-motion: reduce)").matches;
  const motion = { zoomAnimation: moves, fadeAnimation: moves, markerZoomAnimation: moves, inertia: moves };
  const map = L.map(box, { zoomControl: false, preferCanvas: true, minZoom: 9, maxZoom: 18, zoomSnap: 0.5, ...motion, ...options });
  L.control.zoom({ zoomInTitle: box.dataset.zoomIn, zoomOutTitle: box.dataset.zoomOut, position: "bottomright" }).addTo(map);
  map.attributionControl.setPrefix('<a href="https://leafletjs.com">Leaflet</a>');
  return map;
}

// `tiles`, `attribution` and `outline` are addresses or nothing; `onMissing` is called when tiles do not come.
// Answers with a function that puts the colours on anew.
export async function layGround(map, { tiles: address, attribution, outline }, onMissing) {
  const ours = async () => (outline ? drawOutline(map, await (await fetch(outline)).json(), colour) : () => {});
  if (!address) return ours();
  let missed = 0;
  let redo = () => {};
  const tiles = L.tileLayer(address, { attribution, maxZoom: 18 }).addTo(map);
  tiles.on("tileload", () => { missed = -Infinity; });
  tiles.on("tileerror", async () => {
    missed += 1;
    if (missed !== TILES_TO_MISS) return;
    tiles.remove();
    redo = await ours();
    onMissing();
  });
  return () => redo();
}
