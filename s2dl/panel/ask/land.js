// Land and lakes under all else on the map: the whole Earth from afar, what lies around the view from near.
function groundOn(leaflet, model) {
  const { L } = window;
  const options = { pane: model.get("pane"), interactive: false };
  const style = ({ properties }) => ({ className: properties.className, stroke: false, fillOpacity: 1 });
  const layers = { everywhere: L.geoJSON(null, { ...options, style }), near: L.geoJSON(null, { ...options, style }) };
  const take = ({ kind, near }, [bytes]) => {
    if (kind in layers) layers[kind].clearLayers().addData(JSON.parse(new TextDecoder().decode(bytes)));
    if (kind !== "sight") return;
    layers[near ? "near" : "everywhere"].addTo(leaflet);
    layers[near ? "everywhere" : "near"].remove();
  };
  model.on("msg:custom", take);
  model.send({ ask: "all" });
  const forget = model.get("spare") ? whenNoTileComes(leaflet, () => model.send({ tiles: "missing" })) : () => {};
  return () => {
    forget();
    model.off("msg:custom", take);
    for (const layer of Object.values(layers)) layer.remove();
  };
}

// One tile may be missing anywhere; where the first ones fail there is no way to them.
function whenNoTileComes(leaflet, tell) {
  const forgets = [];
  const follow = (layer) => {
    if (!(layer instanceof window.L.TileLayer)) return;
    const stop = () => layer.off({ tileload: stop, tileerror: failed });
    const failed = () => {
      stop();
      tell();
    };
    layer.on({ tileload: stop, tileerror: failed });
    forgets.push(stop);
    // All of them may have failed before anyone listened.
    const tiles = layer.getContainer();
    if (tiles?.querySelector("img") && !tiles.querySelector(".leaflet-tile-loaded") && !layer.isLoading()) failed();
  };
  const added = ({ layer }) => follow(layer);
  leaflet.eachLayer(follow);
  leaflet.on("layeradd", added);
  return () => {
    leaflet.off("layeradd", added);
    for (const stop of forgets) stop();
  };
}

function render({ model, el }) {
  let isGone = false;
  let forget = () => {};
  el.classList.add("s2dl-unseen");
  viewAround(el, model, () => isGone).then((view) => {
    if (view && !isGone) forget = groundOn(view.obj, model);
  });
  return () => {
    isGone = true;
    forget();
  };
}
export default { render };
