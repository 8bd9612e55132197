// A bar for each scene that is chosen or downloaded, and one for all of them; words come ready-made.
const NO_BAR = new Set(["planned", "offline"]);

// What Jupyter writes into its pages for its own programs.
function pageConfig() {
  const element = document.getElementById("jupyter-config-data");
  try {
    return JSON.parse(element?.textContent || "{}");
  } catch {
    return {};
  }
}

function span(className) {
  const made = document.createElement("span");
  made.className = className;
  return made;
}

function makeBar(className) {
  const line = document.createElement("div");
  const label = span("s2dl-bar-label");
  const bar = document.createElement("progress");
  const words = span("s2dl-bar-words");
  const file = span("s2dl-bar-file");
  line.className = `s2dl-bar ${className}`;
  line.setAttribute("role", "listitem");
  bar.max = 1;
  line.append(label, bar, words, file);
  return { line, label, bar, words, file };
}

function linkTo(address, label) {
  const link = document.createElement("a");
  link.href = address;
  link.setAttribute("download", "");
  link.textContent = "Save file";
  link.setAttribute("aria-label", `Save the file of ${label}`);
  return link;
}

// The clipboard is there on pages that the browser trusts only; elsewhere the path stands in the button's title.
function copyButton(path, label) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "Copy path";
  button.title = path;
  button.setAttribute("aria-label", `Copy the path of ${label}`);
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(path);
      button.textContent = "Copied";
    } catch {
      window.prompt("Path of the file", path);
    }
  });
  return button;
}

function render({ model, el }) {
  const config = pageConfig();
  const base = config.baseUrl || "/";
  const list = document.createElement("div");
  list.className = "s2dl-bars";
  list.setAttribute("role", "list");
  list.setAttribute("aria-label", model.get("label"));
  list.tabIndex = 0;
  el.append(list);
  const total = makeBar("s2dl-bar-total");
  let bars = new Map();

  const fill = ({ line, label, bar, words, file }, { label: name, status, part, words: said, path, link }) => {
    label.textContent = name;
    label.title = name;
    bar.setAttribute("aria-label", name);
    bar.hidden = NO_BAR.has(status);
    if (part === null) bar.removeAttribute("value");
    else bar.value = part;
    words.textContent = said;
    words.title = said;
    line.dataset.status = status;
    file.replaceChildren(...(link ? [linkTo(base + link, name)] : []), ...(path ? [copyButton(path, name)] : []));
  };

  const show = ({ names, total: sum, changed }) => {
    if (names) {
      bars = new Map(names.map((name) => [name, makeBar("")]));
      list.replaceChildren(...(names.length ? [total.line] : []), ...[...bars.values()].map((bar) => bar.line));
    }
    fill(total, { label: "Total", status: "total", ...sum });
    total.line.hidden = !sum.words;
    list.hidden = bars.size === 0;
    for (const [name, bar] of Object.entries(changed)) if (bars.has(name)) fill(bars.get(name), bar);
  };
  model.on("msg:custom", show);
  model.send({ ask: "bars", root: config.serverRoot || "" });
  return () => model.off("msg:custom", show);
}
export default { render };
