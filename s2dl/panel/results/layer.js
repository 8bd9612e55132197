// Pictures on the map. Their bytes come as messages: the page makes addresses of its own of them and hands these to the
// map's image layers, which Python makes without any. A small list on the map says which lie there, from top to bottom.
function initialize({ model }) {
  const urls = new Map();
  const forget = (layer) => {
    URL.revokeObjectURL(urls.get(layer));
    urls.delete(layer);
  };
  const hear = async (message, buffers) => {
    if (message.tell === "gone") forget(message.layer);
    if (message.tell !== "picture") return;
    const url = URL.createObjectURL(new Blob([buffers[0]], { type: "image/png" }));
    const layer = await model.widget_manager.get_model(message.layer);
    forget(message.layer);
    urls.set(message.layer, url);
    // Set without a save: Python never hears of it, and no notebook holds it.
    layer.set("url", url);
  };
  model.on("msg:custom", hear);
  model.send({ ask: "pictures" });
  return () => {
    model.off("msg:custom", hear);
    for (const layer of [...urls.keys()]) forget(layer);
  };
}

function makeButton(words, label, act) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "s2dl-onmap-button";
  button.textContent = words;
  button.title = label;
  // A sign says nothing to those who hear it.
  if (words.length === 1) button.setAttribute("aria-label", label);
  button.addEventListener("click", act);
  return button;
}

function makeSlider(model) {
  const label = document.createElement("label");
  const slider = document.createElement("input");
  Object.assign(slider, { type: "range", min: 0, max: 100 });
  slider.addEventListener("input", () => {
    model.set("opacity", slider.value / 100);
    model.save_changes();
  });
  label.append("Opacity", slider);
  return { label, slider };
}

function render({ model, el }) {
  const box = document.createElement("div");
  box.className = "s2dl-onmap";
  box.setAttribute("role", "group");
  box.setAttribute("aria-label", "Pictures on the map");
  // Else the map takes them for its own.
  for (const kind of ["pointerdown", "mousedown", "dblclick", "wheel", "click", "keydown"]) {
    box.addEventListener(kind, (event) => event.stopPropagation());
  }
  const head = document.createElement("div");
  const count = document.createElement("b");
  head.className = "s2dl-onmap-head";
  head.append(count, makeButton("Remove all", "Take all pictures off the map", () => model.send({ do: "clear" })));
  const { label, slider } = makeSlider(model);
  const list = document.createElement("ul");
  box.append(head, label, list);
  el.append(box);

  const line = ({ key, label: name, kind }) => {
    const item = document.createElement("li");
    const words = document.createElement("span");
    words.textContent = kind === "quicklook" ? name : `${name} (${kind})`;
    words.title = words.textContent;
    const front = makeButton("↑", `Bring to the front: ${words.textContent}`, () => model.send({ do: "front", key }));
    const away = makeButton("✕", `Take off the map: ${words.textContent}`, () => model.send({ do: "remove", key }));
    item.append(words, front, away);
    return item;
  };
  const show = () => {
    const entries = model.get("entries");
    const coming = model.get("coming");
    box.hidden = entries.length + coming === 0;
    count.textContent = coming ? `On the map: ${entries.length}, ${coming} loading…` : `On the map: ${entries.length}`;
    slider.value = model.get("opacity") * 100;
    list.replaceChildren(...entries.map(line));
  };
  model.on("change:entries change:coming change:opacity", show);
  show();
  return () => model.off("change:entries change:coming change:opacity", show);
}
export default { initialize, render };
