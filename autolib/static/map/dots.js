// Stations on a canvas: the left half of a dot is its cars, the right half its docks, an arc the best charge.
// Closed ones are crossed out, uncertain ones paler with a question mark. From afar, dots gather into sums.

const L = window.L;
const [RENTING, RETURNING, SILENT] = [2, 4, 8];
const NUMBERS_FROM_RADIUS = 11;
const NAMES_FROM_ZOOM = 16;
export const SUMS_BELOW_ZOOM = 11.5;
const CELL = 64;

export function colours() {
  const style = getComputedStyle(document.documentElement);
  const of = (name) => style.getPropertyValue(name).trim();
  return {
    car: of("--car"), dock: of("--dock"), none: of("--none"), ring: of("--raised"), text: of("--on-colour"), ink: of("--ink"),
    charge: of("--charge"), city: of("--map-city"), wood: of("--map-wood"), water: of("--map-water"), road: of("--map-road"),
    edge: of("--map-edge"), soft: of("--soft"),
  };
}

export let colour = colours();
export const recolour = () => Object.assign(colour, colours());

export const radiusAt = (zoom) => (zoom < 12.5 ? 4.5 : zoom < 13.5 ? 6.5 : zoom < 14.5 ? 9 : zoom < 15.5 ? 12 : 15);
export const isOpen = (offers) => Boolean(offers && offers[3] & (RENTING | RETURNING));
export const isSilent = (offers) => Boolean(offers && offers[3] & SILENT);

export function disc(ctx, x, y, r, fill) {
  ctx.beginPath();
  ctx.arc(x, y, r, 0, 2 * Math.PI);
  ctx.fillStyle = fill;
  ctx.fill();
}

function half(ctx, x, y, r, from, fill) {
  ctx.beginPath();
  ctx.arc(x, y, r, from, from + Math.PI);
  ctx.closePath();
  ctx.fillStyle = fill;
  ctx.fill();
}

export function words(ctx, text, x, y, font, fill) {
  ctx.font = font;
  ctx.textAlign = "center";
  ctx.textBaseline = "middle";
  ctx.fillStyle = fill;
  ctx.fillText(text, x, y);
}

// Two halves with a seam; numbers where there is room.
function offer(ctx, x, y, r, cars, docks, size) {
  half(ctx, x, y, r, Math.PI / 2, cars > 0 ? colour.car : colour.none);
  half(ctx, x, y, r, -Math.PI / 2, docks > 0 ? colour.dock : colour.none);
  ctx.fillStyle = colour.ring;
  ctx.fillRect(x - 0.75, y - r, 1.5, 2 * r);
  if (!size) return;
  const font = `650 ${size}px system-ui, sans-serif`;
  words(ctx, String(cars), x - r / 2 + 0.5, y + 0.5, font, colour.text);
  words(ctx, String(docks), x + r / 2 - 0.5, y + 0.5, font, colour.text);
}

function closed(ctx, x, y, r) {
  ctx.beginPath();
  ctx.arc(x, y, r - 1, 0, 2 * Math.PI);
  ctx.moveTo(x - r * 0.6, y + r * 0.6);
  ctx.lineTo(x + r * 0.6, y - r * 0.6);
  ctx.strokeStyle = colour.soft;
  ctx.lineWidth = 1.5;
  ctx.stroke();
}

function chargeArc(ctx, x, y, r, charge) {
  ctx.beginPath();
  ctx.arc(x, y, r + 1.75, Math.PI / 2, Math.PI / 2 + (Math.PI * charge) / 100);
  ctx.strokeStyle = colour.charge;
  ctx.lineWidth = 3;
  ctx.stroke();
}

function name(ctx, text, x, y) {
  ctx.font = "550 12px system-ui, sans-serif";
  ctx.textAlign = "center";
  ctx.textBaseline = "top";
  ctx.lineWidth = 3;
  ctx.strokeStyle = colour.city;
  ctx.fillStyle = colour.ink;
  ctx.strokeText(text, x, y);
  ctx.fillText(text, x, y);
}

export const StationDot = L?.CircleMarker.extend({
  options: { radius: 5, stroke: false },

  // True where something changed that one sees.
  show(offers) {
    const said = String(offers);
    if (said === this.said) return false;
    this.said = said;
    this.offers = offers;
    if (this._map) this.redraw();
    return true;
  },

  _updateBounds() {
    const reach = this._radius + 6;
    this._pxBounds = new L.Bounds(this._point.subtract([reach, reach]), this._point.add([reach, reach]));
  },

  _updatePath() {
    const { _drawing, _ctx: ctx } = this._renderer;
    if (!_drawing || this._empty()) return;
    const { x, y } = this._point;
    const r = this._radius;
    const [cars, docks, charge] = this.offers ?? [];
    const hasNumbers = r >= NUMBERS_FROM_RADIUS;
    disc(ctx, x, y, r + (hasNumbers ? 3.5 : 1.5), colour.ring);
    if (!this.offers) disc(ctx, x, y, r, colour.edge); // nothing is known yet, so nothing is said
    else if (!isOpen(this.offers)) closed(ctx, x, y, r);
    else {
      ctx.globalAlpha = isSilent(this.offers) ? 0.45 : 1;
      offer(ctx, x, y, r, cars, docks, hasNumbers ? Math.round(r * 0.95) : 0);
      if (hasNumbers && charge !== null && cars > 0) chargeArc(ctx, x, y, r, charge);
      ctx.globalAlpha = 1;
      if (isSilent(this.offers) && r > 6) {
        disc(ctx, x + r * 0.8, y - r * 0.8, 6, colour.ring);
        words(ctx, "?", x + r * 0.8, y - r * 0.8 + 0.5, "700 11px system-ui, sans-serif", colour.ink);
      }
    }
    if (this._map.getZoom() >= NAMES_FROM_ZOOM) name(ctx, this.options.name, x, y + r + 5);
  },
});

const Sum = L?.CircleMarker.extend({
  options: { stroke: false },
  _updatePath() {
    const { _drawing, _ctx: ctx } = this._renderer;
    if (!_drawing || this._empty()) return;
    const { x, y } = this._point;
    disc(ctx, x, y, this._radius + 2, colour.ring);
    offer(ctx, x, y, this._radius, this.options.cars, this.options.docks, this.options.size);
  },
});

// One circle for each square of the screen that holds stations, with the cars and docks of all.
export function sums(map, dots) {
  if ([...dots.values()].some((dot) => !dot.offers)) return [];
  const zoom = map.getZoom();
  const cells = new Map();
  for (const dot of dots.values()) {
    const point = map.project(dot.getLatLng(), zoom);
    const key = `${Math.floor(point.x / CELL)} ${Math.floor(point.y / CELL)}`;
    const cell = cells.get(key) ?? { x: 0, y: 0, count: 0, cars: 0, docks: 0 };
    const [cars, docks] = isOpen(dot.offers) ? dot.offers : [0, 0];
    cells.set(key, { x: cell.x + point.x, y: cell.y + point.y, count: cell.count + 1, cars: cell.cars + cars, docks: cell.docks + docks });
  }
  return [...cells].map(([key, { x, y, count, cars, docks }]) => {
    const digits = String(Math.max(cars, docks)).length;
    const radius = Math.max(digits * 9, Math.min(26, 13 + Math.sqrt(count) * 1.6));
    // The middle of its stations, but so far inside its square that no neighbour is touched.
    const inside = (at, cell) => Math.max(cell * CELL + radius, Math.min((cell + 1) * CELL - radius, at));
    const [column, row] = key.split(" ").map(Number);
    const middle = map.unproject([inside(x / count, column), inside(y / count, row)], zoom);
    const sum = new Sum(middle, { radius, cars, docks, size: Math.round((radius * 1.3) / Math.max(2, digits)) });
    return sum.on("click", () => map.setView(sum.getLatLng(), SUMS_BELOW_ZOOM + 1.5));
  });
}
