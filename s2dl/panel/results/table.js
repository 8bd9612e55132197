// A virtual table: an ARIA grid that draws only the rows in sight, filters, sorts, and selects by mouse and keyboard.
const ROW_HEIGHT = 26;
const SPARE_ROWS = 8;
let tables = 0;

const readableSize = (bytes) => {
  const units = ["B", "kB", "MB", "GB"];
  let unit = 0;
  while (bytes >= 1000 && unit < units.length - 1) {
    bytes /= 1000;
    unit += 1;
  }
  return `${bytes.toFixed(unit === 0 || bytes >= 100 ? 0 : 1)} ${units[unit]}`;
};
const WRITE = {
  text: (value) => value,
  number: (value) => String(value),
  percent: (value) => `${value.toFixed(1)} %`,
  size: readableSize,
};
const written = (kind, value) => (value === null || value === undefined ? "–" : WRITE[kind](value));

function compareBy(values, descending) {
  const sign = descending ? -1 : 1;
  return (one, other) => {
    const a = values[one];
    const b = values[other];
    if (a === b) return one - other;
    // The unknown comes last, whichever way.
    if (a === null) return 1;
    if (b === null) return -1;
    return a < b ? -sign : sign;
  };
}

// Above the table: the filter, how much it lets through, and buttons that select.
function makeToolbar(model, id, act) {
  const bar = element("div", "s2dl-table-bar", { role: "toolbar", "aria-label": "Choose scenes", "aria-controls": id });
  const filter = element("input", "s2dl-table-filter", {
    type: "search",
    placeholder: "Filter: 32TPS S2A 2024-06…",
    "aria-label": "Filter the scenes",
    title: "Shows the rows that have all of these words, in any column",
    spellcheck: "false",
    "data-lm-suppress-shortcuts": "true",
  });
  const count = element("span", "s2dl-table-count", { role: "status" });
  const buttons = model.get("actions").map(({ key, label, title }) => {
    const button = element("button", "s2dl-button", { type: "button", title }, label);
    button.addEventListener("click", () => act(key));
    return button;
  });
  bar.append(filter, count, ...buttons);
  return { bar, filter, count, buttons };
}

function makeHead(columns, sortBy) {
  const head = element("div", "s2dl-table-row s2dl-table-head", { role: "row", "aria-rowindex": 1 });
  const headers = columns.map(({ key, label, kind }) => {
    const header = element("div", `s2dl-table-${kind}`, { role: "columnheader" });
    const button = element("button", "", { type: "button", title: `Sort by ${label.toLowerCase()}` }, label);
    button.addEventListener("click", () => sortBy(key));
    header.append(button);
    return header;
  });
  head.append(...headers);
  return { head, headers };
}

function render({ model, el }) {
  const id = `s2dl-table-${(tables += 1)}`;
  const columns = model.get("columns");
  const grid = element("div", "s2dl-table", {
    id,
    role: "grid",
    tabindex: "0",
    "aria-label": model.get("label"),
    "aria-multiselectable": "true",
    "aria-colcount": columns.length,
    // Else the notebook takes the arrows for its own.
    "data-lm-suppress-shortcuts": "true",
  });
  const { bar, filter, count, buttons } = makeToolbar(model, id, act);
  const { head, headers } = makeHead(columns, sortBy);
  const body = element("div", "s2dl-table-body", { role: "rowgroup" });
  const empty = element("div", "s2dl-table-empty");
  grid.style.setProperty("--s2dl-columns", columns.map((column) => column.width).join(" "));
  grid.style.setProperty("--s2dl-row", `${ROW_HEIGHT}px`);
  grid.append(head, body, empty);
  el.append(bar, grid);

  let rows = {};
  let haystack = null;
  let drawn = new Map();
  const view = new SceneView(model, grid, { rows: take, marks: mark, focus: reveal });

  function act(key) {
    if (key === "all") view.choose(view.order);
    else if (key === "none") view.choose([]);
    else view.tell({ do: key });
  }

  function sortBy(key) {
    const [before, descending] = model.get("sorting");
    model.set("sorting", [key, before === key && !descending]);
    model.save_changes();
  }

  // The rows as a person reads them, made when the first filter is typed.
  function words() {
    haystack ??= Array.from({ length: view.count }, (_, row) =>
      columns.map(({ key, kind }) => written(kind, rows[key]?.[row])).join(" ").toLowerCase(),
    );
    return haystack;
  }

  function arrange() {
    const wanted = model.get("filter").toLowerCase().split(/\s+/).filter(Boolean);
    let order = Array.from({ length: view.count }, (_, row) => row);
    if (wanted.length) order = order.filter((row) => wanted.every((word) => words()[row].includes(word)));
    const [key, descending] = model.get("sorting");
    if (rows[key]) order.sort(compareBy(rows[key], descending));
    columns.forEach((column, at) => {
      headers[at].setAttribute("aria-sort", column.key !== key ? "none" : descending ? "descending" : "ascending");
    });
    view.setOrder(order);
    count.textContent = view.count ? `${order.length} of ${view.count} shown` : "";
    empty.textContent = view.count ? "No scene has all of these words." : model.get("empty");
    empty.hidden = order.length > 0;
    head.hidden = view.count === 0;
    grid.setAttribute("aria-rowcount", order.length + 1);
    body.style.height = `${order.length * ROW_HEIGHT}px`;
    drawn.clear();
    body.replaceChildren();
    draw();
  }

  function rearrange() {
    if (filter.value !== model.get("filter")) filter.value = model.get("filter");
    arrange();
    tellOrder();
  }

  // A person who types a word, or holds an arrow, is heard when they pause.
  let telling;
  function tellOrder() {
    clearTimeout(telling);
    telling = setTimeout(() => view.tell({ do: "arrange" }, view.order), 150);
  }

  function makeRow(place) {
    const row = view.order[place];
    const line = element("div", "s2dl-table-row", { role: "row", id: `${id}-${row}`, "aria-rowindex": place + 2 });
    line.style.top = `${place * ROW_HEIGHT}px`;
    line.dataset.row = row;
    for (const { key, kind } of columns) {
      const cell = element("div", `s2dl-table-${kind}`, { role: "gridcell" }, written(kind, rows[key]?.[row]));
      if (key === "name") cell.title = cell.textContent;
      line.append(cell);
    }
    return line;
  }

  function draw() {
    const first = Math.max(0, Math.floor(grid.scrollTop / ROW_HEIGHT) - SPARE_ROWS);
    const last = Math.min(view.order.length, Math.ceil((grid.scrollTop + grid.clientHeight) / ROW_HEIGHT) + SPARE_ROWS);
    const before = drawn;
    drawn = new Map();
    for (let place = first; place < last; place += 1) drawn.set(place, before.get(place) ?? makeRow(place));
    // In order, for those who read the page and do not see it.
    const same = before.size === drawn.size && before.has(first);
    if (!same || !body.hasChildNodes()) body.replaceChildren(...drawn.values());
    mark();
  }

  function mark() {
    for (const line of drawn.values()) {
      const row = Number(line.dataset.row);
      line.setAttribute("aria-selected", view.selected.has(row));
      line.classList.toggle("s2dl-active", row === view.active);
      line.classList.toggle("s2dl-pointed", row === view.hovered);
    }
    if (drawn.has(view.placeOf.get(view.active))) grid.setAttribute("aria-activedescendant", `${id}-${view.active}`);
    else grid.removeAttribute("aria-activedescendant");
  }

  function reveal(row) {
    if (view.placeOf.has(row)) {
      const top = view.placeOf.get(row) * ROW_HEIGHT;
      const room = grid.clientHeight - head.offsetHeight;
      // Whole rows below the head.
      const least = Math.ceil((top + ROW_HEIGHT - room) / ROW_HEIGHT) * ROW_HEIGHT;
      if (top < grid.scrollTop) grid.scrollTop = top;
      else if (least > grid.scrollTop) grid.scrollTop = least;
    }
    draw();
  }

  function take(message) {
    rows = message.rows;
    haystack = null;
    view.count = rows.name?.length ?? 0;
    grid.scrollTop = 0;
    arrange();
    const [sorted] = model.get("sorting");
    if (view.count && (sorted || model.get("filter"))) tellOrder();
  }

  function pressed(event) {
    if (event.target !== grid) return;
    const page = Math.max(1, Math.floor(grid.clientHeight / ROW_HEIGHT) - 2);
    view.pressed(event, { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page });
  }

  function typed() {
    model.set("filter", filter.value);
    model.save_changes();
  }

  function showBusy() {
    for (const button of buttons) button.disabled = model.get("busy");
  }

  const resized = new ResizeObserver(draw);
  resized.observe(grid);
  grid.addEventListener("scroll", draw);
  grid.addEventListener("click", (event) => view.clicked(event));
  grid.addEventListener("keydown", pressed);
  view.followMouse(grid);
  filter.addEventListener("input", typed);
  model.on("change:filter change:sorting", rearrange);
  model.on("change:busy", showBusy);
  filter.value = model.get("filter");
  showBusy();
  arrange();
  const end = view.start();
  return () => {
    end();
    clearTimeout(telling);
    resized.disconnect();
    model.off("change:filter change:sorting", rearrange);
    model.off("change:busy", showBusy);
  };
}
export default { render };
