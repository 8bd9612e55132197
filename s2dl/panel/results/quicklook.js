// A picture whose bytes come as a message, or a sentence in its place.
function render({ model, el }) {
  const figure = document.createElement("figure");
  const place = document.createElement("div");
  const caption = document.createElement("figcaption");
  figure.className = "s2dl-quicklook";
  figure.setAttribute("aria-label", model.get("label"));
  place.className = "s2dl-quicklook-place";
  figure.append(place, caption);
  el.append(figure);

  let url = null;
  const forget = () => {
    if (url) URL.revokeObjectURL(url);
    url = null;
  };
  const show = (message, buffers) => {
    forget();
    figure.dataset.kind = message.kind;
    caption.textContent = message.name;
    caption.title = message.name;
    if (message.kind !== "shown") {
      place.textContent = message.sentence;
      return;
    }
    const image = document.createElement("img");
    url = URL.createObjectURL(new Blob([buffers[0]], { type: "image/png" }));
    image.src = url;
    image.alt = `Quicklook of ${message.name}`;
    place.replaceChildren(image);
  };
  model.on("msg:custom", show);
  model.send({ ask: "picture" });
  return () => {
    forget();
    model.off("msg:custom", show);
  };
}
export default { render };
