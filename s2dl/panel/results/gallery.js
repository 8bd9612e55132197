// A gallery: thumbnails in the table's order. Only those in view are in the page, and only they are asked for.
const CELL = { width: 132, height: 158 };
const SPARE_LINES = 1;
const KEPT_PICTURES = 300;
const SCROLL_REST = 120;
let galleries = 0;

function makeCell(id, row, caption) {
  const cell = element("div", "s2dl-gallery-cell", { role: "option", id: `${id}-${row}` });
  const frame = element("div", "s2dl-gallery-frame");
  cell.dataset.row = row;
  cell.append(
    frame,
    element("div", "s2dl-gallery-date", {}, caption.date),
    element("div", "s2dl-gallery-words", {}, caption.words),
  );
  cell.title = caption.title;
  return { cell, frame };
}

function render({ model, el }) {
  const id = `s2dl-gallery-${(galleries += 1)}`;
  const list = element("div", "s2dl-gallery", {
    role: "listbox",
    tabindex: "0",
    "aria-label": "Quicklooks of the scenes",
    "aria-multiselectable": "true",
    "data-lm-suppress-shortcuts": "true",
  });
  const body = element("div", "s2dl-gallery-body");
  const empty = element("div", "s2dl-empty", {}, model.get("empty"));
  list.append(body, empty);
  el.append(list);

  let captions = [];
  let drawn = new Map();
  // Row → address of its picture, or the sentence in its place; the one looked at least recently is forgotten first.
  const pictures = new Map();
  const view = new SceneView(model, list, { rows: take, order: arrange, marks: mark, focus: reveal, other: receive });

  const perLine = () => Math.max(1, Math.floor(list.clientWidth / CELL.width));
  const placed = (place) => ({ line: Math.floor(place / perLine()), column: place % perLine() });

  function take(message) {
    captions = message.captions;
    view.count = captions.length;
    view.setOrder(captions.map((_, row) => row));
    for (const row of [...pictures.keys()]) forget(row);
    list.scrollTop = 0;
    arrange();
  }

  function arrange() {
    drawn.clear();
    body.replaceChildren();
    draw();
  }

  function draw() {
    if (!view.seen) return;
    const lines = Math.ceil(view.order.length / perLine());
    body.style.height = `${lines * CELL.height}px`;
    empty.hidden = view.order.length > 0;
    const first = Math.max(0, Math.floor(list.scrollTop / CELL.height) - SPARE_LINES) * perLine();
    const last = (Math.ceil((list.scrollTop + list.clientHeight) / CELL.height) + SPARE_LINES) * perLine();
    const before = drawn;
    drawn = new Map();
    view.order.slice(first, last).forEach((row, at) => {
      const made = before.get(row) ?? makeCell(id, row, captions[row]);
      const { line, column } = placed(first + at);
      made.cell.style.transform = `translate(${column * CELL.width}px, ${line * CELL.height}px)`;
      made.cell.setAttribute("aria-setsize", view.order.length);
      made.cell.setAttribute("aria-posinset", first + at + 1);
      drawn.set(row, made);
      fill(row);
    });
    const cells = [...drawn.values()].map(({ cell }) => cell);
    if (cells.length !== body.childElementCount || cells.some((cell, at) => body.children[at] !== cell)) {
      body.replaceChildren(...cells);
    }
    mark();
    askSoon();
  }

  function fill(row) {
    const { frame } = drawn.get(row);
    const picture = pictures.get(row);
    if (frame.dataset.shows === (picture?.url ?? picture?.sentence ?? "")) return;
    frame.dataset.shows = picture?.url ?? picture?.sentence ?? "";
    if (!picture?.url) {
      frame.textContent = picture?.sentence ?? "";
      return;
    }
    const image = element("img", "", { alt: "", draggable: "false" });
    image.src = picture.url;
    frame.replaceChildren(image);
  }

  function mark() {
    for (const [row, { cell }] of drawn) {
      cell.setAttribute("aria-selected", view.selected.has(row));
      cell.classList.toggle("s2dl-active", row === view.active);
      cell.classList.toggle("s2dl-pointed", row === view.hovered);
    }
    if (drawn.has(view.active)) list.setAttribute("aria-activedescendant", `${id}-${view.active}`);
    else list.removeAttribute("aria-activedescendant");
  }

  function reveal(row) {
    if (view.seen && view.placeOf.has(row)) {
      const top = placed(view.placeOf.get(row)).line * CELL.height;
      if (top < list.scrollTop) list.scrollTop = top;
      else if (top + CELL.height > list.scrollTop + list.clientHeight) list.scrollTop = top + CELL.height - list.clientHeight;
    }
    draw();
  }

  // When scrolling rests, Python hears what is in view, and drops what it was fetching for other places.
  let asking;
  let asked = "";
  function askSoon() {
    clearTimeout(asking);
    asking = setTimeout(() => {
      const missing = [...drawn.keys()].filter((row) => !pictures.get(row)?.url);
      if (asked === `${view.edition} ${missing}`) return;
      asked = `${view.edition} ${missing}`;
      view.tell({ do: "want" }, missing);
    }, SCROLL_REST);
  }

  function receive(message, buffers) {
    if (message.tell !== "picture" || message.edition !== view.edition) return;
    forget(message.row);
    const { row, sentence } = message;
    if (sentence) pictures.set(row, { sentence });
    else pictures.set(row, { url: URL.createObjectURL(new Blob([buffers[0]], { type: "image/jpeg" })) });
    for (const old of pictures.keys()) {
      if (pictures.size <= KEPT_PICTURES) break;
      if (!drawn.has(old)) forget(old);
    }
    if (drawn.has(row)) fill(row);
  }

  function forget(row) {
    if (pictures.get(row)?.url) URL.revokeObjectURL(pictures.get(row).url);
    pictures.delete(row);
  }

  function pressed(event) {
    const page = perLine() * Math.max(1, Math.floor(list.clientHeight / CELL.height) - 1);
    const steps = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: perLine(), ArrowUp: -perLine(), PageDown: page, PageUp: -page };
    view.pressed(event, steps);
  }

  const resized = new ResizeObserver(draw);
  resized.observe(list);
  list.addEventListener("scroll", draw);
  list.addEventListener("click", (event) => view.clicked(event));
  list.addEventListener("keydown", pressed);
  view.followMouse(list);
  const end = view.start();
  return () => {
    end();
    clearTimeout(asking);
    resized.disconnect();
    for (const row of [...pictures.keys()]) forget(row);
  };
}
export default { render };
