// Our own rough drawing of the city: ground, woods, water, main roads and a few names. It stands where no tiles do.

const L = window.L;
const [WORDS_FROM_ZOOM, WORDS_TO_ZOOM] = [11.5, 14.5];

// Draws on the map; answers with a function that puts the colours on anew.
export function drawOutline(map, outline, colour) {
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
