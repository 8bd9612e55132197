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
  return () => {
    model.off("msg:custom", take);
    for (const layer of Object.values(layers)) layer.remove();
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
