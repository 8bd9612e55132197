// A virtual table: an ARIA grid that draws only the rows in sight, sorts, and selects by mouse and keyboard.
// Rows are known by their position in Python's table; `order` says in which order they are shown.
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

function element(tag, className, attributes = {}) {
  const made = document.createElement(tag);
  made.className = className;
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

function sorted(values, count, descending) {
  const order = Array.from({ length: count }, (_, row) => row);
  if (!values) return order;
  const sign = descending ? -1 : 1;
  return order.sort((one, other) => {
    const a = values[one];
    const b = values[other];
    if (a === b) return one - other;
    // The unknown comes last, whichever way.
    if (a === null) return 1;
    if (b === null) return -1;
    return a < b ? -sign : sign;
  });
}

function render({ model, el }) {
  const id = `s2dl-table-${(tables += 1)}`;
  const columns = model.get("columns");
  const grid = element("div", "s2dl-table", {
    role: "grid",
    tabindex: "0",
    "aria-label": model.get("label"),
    "aria-multiselectable": "true",
    "aria-colcount": columns.length,
    // Else the notebook takes the arrows for its own.
    "data-lm-suppress-shortcuts": "true",
  });
  const head = element("div", "s2dl-table-row s2dl-table-head", { role: "row", "aria-rowindex": 1 });
  const body = element("div", "s2dl-table-body", { role: "rowgroup" });
  const empty = element("div", "s2dl-table-empty");
  empty.textContent = model.get("empty");
  grid.style.setProperty("--s2dl-columns", columns.map((column) => column.width).join(" "));
  grid.style.setProperty("--s2dl-row", `${ROW_HEIGHT}px`);
  grid.append(head, body, empty);
  el.append(grid);

  let rows = {};
  let count = 0;
  let order = [];
  let placeOf = [];
  let selected = new Set();
  let active = -1;
  let anchor = -1;
  let sorting = { key: null, descending: false };
  let drawn = new Map();

  const headers = columns.map((column) => {
    const header = element("div", `s2dl-table-${column.kind}`, { role: "columnheader", "aria-sort": "none" });
    const button = element("button", "", { type: "button", title: `Sort by ${column.label.toLowerCase()}` });
    button.textContent = column.label;
    button.addEventListener("click", () => sortBy(column.key));
    header.append(button);
    head.append(header);
    return header;
  });

  function sortBy(key) {
    const again = sorting.key === key;
    sorting = { key, descending: again && !sorting.descending };
    columns.forEach((column, at) => {
      const ours = column.key === key;
      headers[at].setAttribute("aria-sort", !ours ? "none" : sorting.descending ? "descending" : "ascending");
    });
    arrange();
  }

  function arrange() {
    order = sorted(rows[sorting.key], count, sorting.descending);
    placeOf = new Array(count);
    order.forEach((row, place) => (placeOf[row] = place));
    drawn.clear();
    body.replaceChildren();
    draw();
  }

  function makeRow(place) {
    const row = order[place];
    const line = element("div", "s2dl-table-row", { role: "row", id: `${id}-${row}`, "aria-rowindex": place + 2 });
    line.style.top = `${place * ROW_HEIGHT}px`;
    line.dataset.row = row;
    for (const column of columns) {
      const cell = element("div", `s2dl-table-${column.kind}`, { role: "gridcell" });
      const value = rows[column.key]?.[row] ?? null;
      cell.textContent = value === null ? "–" : WRITE[column.kind](value);
      if (column.key === "name") cell.title = value;
      line.append(cell);
    }
    return line;
  }

  function draw() {
    const first = Math.max(0, Math.floor(grid.scrollTop / ROW_HEIGHT) - SPARE_ROWS);
    const last = Math.min(count, Math.ceil((grid.scrollTop + grid.clientHeight) / ROW_HEIGHT) + SPARE_ROWS);
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
      line.setAttribute("aria-selected", selected.has(row));
      line.classList.toggle("s2dl-table-active", row === active);
    }
    const shown = active >= 0 && drawn.has(placeOf[active]);
    if (shown) grid.setAttribute("aria-activedescendant", `${id}-${active}`);
    else grid.removeAttribute("aria-activedescendant");
  }

  function reveal(row) {
    const top = placeOf[row] * ROW_HEIGHT;
    const room = grid.clientHeight - head.offsetHeight;
    if (top < grid.scrollTop) grid.scrollTop = top;
    else if (top + ROW_HEIGHT > grid.scrollTop + room) grid.scrollTop = top + ROW_HEIGHT - room;
    draw();
  }

  function choose(rowsChosen) {
    selected = new Set(rowsChosen);
    mark();
    model.set("selected", [...selected].sort((one, other) => one - other));
    model.set("active", selected.has(active) ? active : -1);
    model.save_changes();
  }

  function between(one, other) {
    const [low, high] = [placeOf[one], placeOf[other]].sort((a, b) => a - b);
    return order.slice(low, high + 1);
  }

  // What a click or a key on a row does, with Shift for a stretch and Ctrl for one more or less.
  function pick(row, { stretch, add }) {
    active = row;
    if (stretch && anchor >= 0) {
      choose(add ? [...selected, ...between(anchor, row)] : between(anchor, row));
      return;
    }
    anchor = row;
    if (!add) choose([row]);
    else choose(selected.has(row) ? [...selected].filter((each) => each !== row) : [...selected, row]);
  }

  function clicked(event) {
    const line = event.target.closest("[data-row]");
    if (line) pick(Number(line.dataset.row), { stretch: event.shiftKey, add: event.ctrlKey || event.metaKey });
  }

  function pressed(event) {
    if (!count || event.target !== grid) return;
    const add = event.ctrlKey || event.metaKey;
    const page = Math.max(1, Math.floor(grid.clientHeight / ROW_HEIGHT) - 2);
    const from = active >= 0 ? placeOf[active] : -1;
    const goal = { ArrowDown: from + 1, ArrowUp: from - 1, PageDown: from + page, PageUp: from - page, Home: 0, End: count - 1 };
    if (event.key in goal) {
      const row = order[Math.min(count - 1, Math.max(0, goal[event.key]))];
      if (add && !event.shiftKey) active = row;
      else pick(row, { stretch: event.shiftKey, add: false });
      reveal(row);
    } else if (event.key === " " && active >= 0) {
      pick(active, { stretch: false, add: true });
    } else if (event.key.toLowerCase() === "a" && add) {
      choose(order);
    } else if (event.key === "Escape") {
      choose([]);
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  }

  function take(message) {
    rows = message.rows;
    count = rows.name?.length ?? 0;
    anchor = -1;
    grid.scrollTop = 0;
    grid.setAttribute("aria-rowcount", count + 1);
    body.style.height = `${count * ROW_HEIGHT}px`;
    empty.hidden = count > 0;
    head.hidden = count === 0;
    arrange();
  }

  function follow() {
    selected = new Set(model.get("selected"));
    mark();
  }

  function followActive() {
    const row = model.get("active");
    if (row === active || row >= count) return;
    active = row;
    if (row >= 0) reveal(row);
    else mark();
  }

  const resized = new ResizeObserver(draw);
  resized.observe(grid);
  grid.addEventListener("scroll", draw);
  grid.addEventListener("click", clicked);
  grid.addEventListener("keydown", pressed);
  model.on("msg:custom", take);
  model.on("change:selected", follow);
  model.on("change:active", followActive);
  follow();
  take({ rows: {} });
  model.send({ ask: "rows" });
  return () => {
    resized.disconnect();
    model.off("msg:custom", take);
    model.off("change:selected", follow);
    model.off("change:active", followActive);
  };
}
export default { render };
