// A bar for each scene that is downloaded, and one for all of them; words come ready-made.
function makeBar(className) {
  const line = document.createElement("div");
  const label = document.createElement("span");
  const bar = document.createElement("progress");
  const words = document.createElement("span");
  line.className = `s2dl-bar ${className}`;
  label.className = "s2dl-bar-label";
  words.className = "s2dl-bar-words";
  bar.max = 1;
  line.append(label, bar, words);
  return { line, label, bar, words };
}

function fill({ line, label, bar, words }, { label: name, status, part, words: said }) {
  label.textContent = name;
  label.title = name;
  bar.setAttribute("aria-label", name);
  if (part === null) bar.removeAttribute("value");
  else bar.value = part;
  words.textContent = said;
  words.title = said;
  line.dataset.status = status;
}

function render({ model, el }) {
  const list = document.createElement("div");
  list.className = "s2dl-bars";
  list.setAttribute("role", "group");
  list.setAttribute("aria-label", model.get("label"));
  el.append(list);
  const total = makeBar("s2dl-bar-total");
  let bars = new Map();

  const show = ({ names, total: sum, changed }) => {
    if (names.length !== bars.size || names.some((name) => !bars.has(name))) {
      bars = new Map(names.map((name) => [name, makeBar("")]));
      list.replaceChildren(...(names.length ? [total.line] : []), ...[...bars.values()].map((bar) => bar.line));
    }
    fill(total, { label: "Total", status: "total", ...sum });
    for (const [name, bar] of Object.entries(changed)) fill(bars.get(name), bar);
  };
  model.on("msg:custom", show);
  model.send({ ask: "bars" });
  return () => model.off("msg:custom", show);
}
export default { render };
