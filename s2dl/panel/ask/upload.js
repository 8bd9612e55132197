// Files, chosen or dropped, sent in pieces as messages.
const PIECE = 1_000_000;

async function send(model, files) {
  const size = files.reduce((sum, file) => sum + file.size, 0);
  if (size > model.get("largest")) {
    model.send({ refused: size });
    return;
  }
  model.send({ begin: true });
  for (const file of files) {
    for (let at = 0; at === 0 || at < file.size; at += PIECE) {
      const piece = await file.slice(at, at + PIECE).arrayBuffer();
      model.send({ piece: file.name }, undefined, [piece]);
    }
  }
  model.send({ end: true });
}

function render({ model, el }) {
  const place = document.createElement("label");
  const input = document.createElement("input");
  const words = document.createElement("span");
  place.className = "s2dl-upload";
  place.title = model.get("hint");
  input.type = "file";
  input.multiple = true;
  words.textContent = model.get("label");
  place.append(input, words);
  el.append(place);

  input.addEventListener("change", () => {
    const files = [...input.files];
    // So that the same file can be chosen again.
    input.value = "";
    if (files.length) send(model, files);
  });
  const over = (event) => {
    event.preventDefault();
    event.stopPropagation();
    place.classList.toggle("s2dl-upload-over", event.type === "dragover");
  };
  for (const kind of ["dragenter", "dragover", "dragleave"]) place.addEventListener(kind, over);
  place.addEventListener("drop", (event) => {
    over(event);
    const files = [...event.dataTransfer.files];
    if (files.length) send(model, files);
  });
}
export default { render };
