// What table, gallery and timeline share. Rows are known by their position in Python's table; `order` says which of them
// are shown, and in which order. What the person does shows at once and goes to Python as a message; what Python tells
// that is older than the person's last deed is ignored.
const HOVER_REST = 60;

const packed = (rows) => Int32Array.from(rows).buffer;
const unpacked = (view) => [...new Int32Array(view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength))];

function element(tag, className, attributes = {}, text = "") {
  const made = document.createElement(tag);
  made.className = className;
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.textContent = text;
  return made;
}

class SceneView {
  // `root` is the element whose room says that rows can be seen; `shows` answers to what has changed:
  // rows(message, buffers), order(), marks(), focus(row), and other(message, buffers) for the rest; asking() may say more
  // of the rows that it asks for.
  constructor(model, root, shows) {
    Object.assign(this, { model, root, shows });
    this.id = Math.random().toString(36).slice(2);
    this.turn = 0;
    this.edition = -1;
    this.count = 0;
    this.setOrder([]);
    this.selected = new Set();
    this.active = this.anchor = this.hovered = -1;
    this.stale = true;
    this.hear = this.hear.bind(this);
    this.room = new ResizeObserver(() => this.askForRows());
  }

  start() {
    this.model.on("msg:custom", this.hear);
    this.room.observe(this.root);
    return () => {
      clearTimeout(this.pointing);
      this.room.disconnect();
      this.model.off("msg:custom", this.hear);
    };
  }

  get seen() {
    return this.root.clientWidth > 0;
  }

  askForRows() {
    if (!this.stale || !this.seen) return;
    this.stale = false;
    this.model.send({ ask: "rows", ...this.shows.asking?.() });
  }

  hear(message, buffers) {
    switch (message.tell) {
      case "stale":
        this.stale = true;
        this.askForRows();
        break;
      case "rows":
        // The page may show a view twice: what one of them has asked for comes to both.
        if (message.edition === this.edition && !message.again) break;
        this.edition = message.edition;
        this.stale = false;
        this.anchor = this.active = this.hovered = -1;
        this.selected = new Set();
        this.shows.rows(message, buffers);
        break;
      case "selected":
        if (this.isPast(message)) break;
        this.selected = new Set(unpacked(buffers[0]));
        this.shows.marks();
        break;
      case "focus":
        if (this.isPast(message) || message.row === this.active || message.row >= this.count) break;
        this.active = message.row;
        this.shows.focus(message.row);
        break;
      case "hover":
        this.hovered = message.row;
        this.shows.marks();
        break;
      case "visible":
        this.setOrder(unpacked(buffers[0]).filter((row) => row < this.count));
        this.shows.order();
        break;
      default:
        this.shows.other?.(message, buffers);
    }
  }

  isPast({ view, turn }) {
    return view === this.id && turn < this.turn;
  }

  setOrder(order) {
    this.order = order;
    this.placeOf = new Map(order.map((row, place) => [row, place]));
  }

  tell(message, rows) {
    this.model.send({ edition: this.edition, ...message }, undefined, rows ? [packed(rows)] : []);
  }

  choose(rows) {
    this.selected = new Set(rows);
    this.turn += 1;
    this.shows.marks();
    const focus = this.selected.has(this.active) ? this.active : -1;
    this.tell({ do: "select", focus, view: this.id, turn: this.turn }, this.selected);
  }

  // What a click or a key on a row does, with Shift for a stretch and Ctrl for one more or less.
  pick(row, { stretch = false, add = false } = {}) {
    this.active = row;
    if (stretch && this.placeOf.has(this.anchor)) {
      const [low, high] = [this.placeOf.get(this.anchor), this.placeOf.get(row)].sort((a, b) => a - b);
      const between = this.order.slice(low, high + 1);
      this.choose(add ? [...this.selected, ...between] : between);
      return;
    }
    this.anchor = row;
    if (!add) this.choose([row]);
    else this.choose(this.selected.has(row) ? [...this.selected].filter((each) => each !== row) : [...this.selected, row]);
  }

  clicked(event) {
    const found = event.target.closest("[data-row]");
    if (found) this.pick(Number(found.dataset.row), { stretch: event.shiftKey, add: event.ctrlKey || event.metaKey });
  }

  // The keys of a list; `steps` says how many places each key goes. True when the key meant something.
  pressed(event, steps) {
    const last = this.order.length - 1;
    if (last < 0) return false;
    const add = event.ctrlKey || event.metaKey;
    const from = this.placeOf.get(this.active);
    const places = { Home: 0, End: last };
    for (const [key, step] of Object.entries(steps)) places[key] = from === undefined ? 0 : from + step;
    if (event.key in places) {
      const row = this.order[Math.min(last, Math.max(0, places[event.key]))];
      if (add && !event.shiftKey) this.active = row;
      else this.pick(row, { stretch: event.shiftKey });
      this.shows.focus(row);
    } else if (event.key === " " && this.placeOf.has(this.active)) {
      this.pick(this.active, { add: true });
    } else if (event.key.toLowerCase() === "a" && add) {
      this.choose(this.order);
    } else if (event.key === "Escape") {
      this.choose([]);
    } else {
      return false;
    }
    event.preventDefault();
    event.stopPropagation();
    return true;
  }

  // Where the mouse is: shown at once, told when it rests a moment.
  point(row) {
    if (row === this.hovered) return;
    this.hovered = row;
    this.shows.marks();
    clearTimeout(this.pointing);
    this.pointing = setTimeout(() => this.tell({ do: "point", row: this.hovered }), HOVER_REST);
  }

  followMouse(target) {
    target.addEventListener("mouseover", (event) => {
      const found = event.target.closest("[data-row]");
      this.point(found ? Number(found.dataset.row) : -1);
    });
    target.addEventListener("mouseleave", () => this.point(-1));
  }
}
