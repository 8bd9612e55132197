// Footprints on the map in whose corner this widget, a legend, stands; Leaflet draws them, with its own tooltip.
// Rows are known by their position in Python's table of scenes.
const MANY = 1500; // from here on a canvas moves more smoothly than SVG
const FOUND = { weight: 1.5, fill: true };
// Without a filling, which would tint the pictures that lie below.
const CHOSEN = { color: "#e0007a", weight: 3, fill: false, interactive: false, className: "s2dl-path-chosen" };
const HOVERED = { color: "#e0007a", weight: 4, fillOpacity: 0.15, interactive: false, className: "s2dl-path-pointed" };
const POINTING = ["mousemove", "mouseover", "mouseout"];
const numbersOf = (Kind, view) => new Kind(view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength));

function legendOf(words) {
  const legend = document.createElement("div");
  legend.className = "s2dl-legend";
  const heading = document.createElement("b");
  heading.textContent = "Cloud cover";
  legend.append(heading);
  for (const [text, colour] of Object.entries(words)) {
    const line = document.createElement("div");
    const patch = document.createElement("span");
    patch.style.background = colour;
    line.append(patch, text);
    legend.append(line);
  }
  return legend;
}

// The kernel hears of clicks and of where the map is, not of every move of the mouse.
function quieten(view) {
  const send = view.send.bind(view);
  view.send = (content, ...rest) => {
    if (content?.event !== "interaction" || !POINTING.includes(content.type)) send(content, ...rest);
  };
}

function rowsOf(buffers) {
  const [positions, ends, owners] = [Float32Array, Int32Array, Int32Array].map((Kind, at) => numbersOf(Kind, buffers[at]));
  const shapes = new Map();
  let from = 0;
  ends.forEach((end, ring) => {
    const points = [];
    for (let at = from; at < end; at += 1) points.push([positions[2 * at + 1], positions[2 * at]]);
    from = end;
    const rings = shapes.get(owners[ring]) ?? [];
    rings.push([points]);
    shapes.set(owners[ring], rings);
  });
  return shapes;
}

function layerOn(view, model) {
  const leaflet = view.obj;
  const { L } = window;
  const panes = model.get("panes");
  leaflet.getPane(panes.chosen).style.pointerEvents = "none";
  const found = L.featureGroup().addTo(leaflet);
  const chosen = L.featureGroup().addTo(leaflet);
  const overlay = L.svg({ pane: panes.chosen });
  const tooltip = L.tooltip({ offset: [12, 0], direction: "right", className: "s2dl-tooltip" });
  let shapes = new Map();
  let polygons = new Map();
  let labels = [];
  let pointed = -1;
  let under = -1; // the mouse
  let hovered = null;
  let isDrawing = false;
  let telling = 0;

  const draw = (row, style) => L.polygon(shapes.get(row), style);

  // A renderer of its own for each group, anew for as many as there are now; Leaflet would keep the old one for ever.
  const drawers = new Map();
  function rendererFor(group, count, pane) {
    drawers.get(group)?.remove();
    drawers.set(group, count > MANY ? L.canvas({ pane }) : L.svg({ pane }));
    return drawers.get(group);
  }

  function showFound({ labels: words, colours }, buffers) {
    found.clearLayers();
    shapes = rowsOf(buffers);
    labels = words;
    const pane = panes.found;
    const renderer = rendererFor(found, shapes.size, pane);
    // Many lie on top of one another: their fillings must not add up to a solid colour.
    const fillOpacity = Math.min(0.15, 0.4 / Math.max(shapes.size, 1));
    polygons = new Map();
    for (const row of shapes.keys()) {
      const polygon = draw(row, { ...FOUND, color: colours[row], fillOpacity, pane, renderer });
      polygon.row = row;
      polygons.set(row, polygon);
      found.addLayer(polygon);
    }
    showChosen({}, [new DataView(new ArrayBuffer(0))]);
    under = -1;
    point(-1);
  }

  function showChosen(_, [buffer]) {
    chosen.clearLayers();
    const rows = [...numbersOf(Int32Array, buffer)].filter((row) => shapes.has(row));
    const pane = panes.chosen;
    const renderer = rendererFor(chosen, rows.length, pane);
    for (const row of rows) chosen.addLayer(draw(row, { ...CHOSEN, pane, renderer }));
  }

  function showVisible({ all }, [buffer]) {
    const rows = all ? null : new Set(numbersOf(Int32Array, buffer));
    for (const [row, polygon] of polygons) {
      const visible = rows === null || rows.has(row);
      if (visible !== found.hasLayer(polygon)) found[visible ? "addLayer" : "removeLayer"](polygon);
    }
  }

  function point(row) {
    if (row === pointed) return;
    pointed = row;
    hovered?.remove();
    const pane = panes.chosen;
    hovered = shapes.has(row) ? draw(row, { ...HOVERED, pane, renderer: overlay }) : null;
    hovered?.addTo(leaflet);
    if (row < 0) tooltip.remove();
  }

  function tell(row) {
    under = row;
    point(row);
    clearTimeout(telling);
    telling = setTimeout(() => model.send({ hover: row }), 60);
  }

  found.on("mouseover mousemove", ({ propagatedFrom, layer, latlng }) => {
    if (isDrawing) return;
    const { row } = propagatedFrom ?? layer;
    const words = document.createElement("span");
    words.textContent = labels[row];
    tooltip.setContent(words).setLatLng(latlng).addTo(leaflet);
    if (row !== under) tell(row);
  });
  found.on("mouseout", () => tell(-1));
  found.on("click", ({ propagatedFrom, layer }) => {
    if (!isDrawing) model.send({ click: (propagatedFrom ?? layer).row });
  });
  const begun = () => (isDrawing = true);
  const ended = () => (isDrawing = false);
  leaflet.on("draw:drawstart draw:editstart draw:deletestart", begun);
  leaflet.on("draw:drawstop draw:editstop draw:deletestop", ended);

  // The map is as high as the form, whose height changes.
  const resized = new ResizeObserver(() => leaflet.invalidateSize({ pan: false }));
  resized.observe(leaflet.getContainer());

  const take = (message, buffers) => {
    if (message.kind === "found") showFound(message, buffers);
    else if (message.kind === "chosen") showChosen(message, buffers);
    else if (message.kind === "visible") showVisible(message, buffers);
    // What the mouse is over here goes before what it has just left elsewhere.
    else if (message.kind === "hover") point(under >= 0 ? under : message.row);
  };
  model.on("msg:custom", take);
  model.send({ ask: "all" });
  return () => {
    clearTimeout(telling);
    resized.disconnect();
    model.off("msg:custom", take);
    leaflet.off("draw:drawstart draw:editstart draw:deletestart", begun);
    leaflet.off("draw:drawstop draw:editstop draw:deletestop", ended);
    for (const layer of [found, chosen, tooltip, hovered, overlay, ...drawers.values()]) layer?.remove();
  };
}

function render({ model, el }) {
  let isGone = false;
  let forget = () => {};
  el.append(legendOf(model.get("legend")));
  viewAround(el, model, () => isGone).then((view) => {
    if (!view || isGone) return;
    quieten(view);
    forget = layerOn(view, model);
  });
  return () => {
    isGone = true;
    forget();
  };
}
export default { render };
