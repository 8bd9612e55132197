// The timeline: a figure drawn in Python, and over it what the page draws itself: rings around the selected scenes and the
// one that is pointed at, and the band of dates that is dragged over. Points are shares of the figure's width and height.
const NEAR = 14;
const DRAGGED = 5;
const REDRAW_REST = 300;
const MARK = "#e0007a";
const INVITATION = "Click a dot, or drag over dates, to select scenes; Ctrl adds to the selection.";

const isDark = (el) => {
  const light = document.body.dataset.jpThemeLight;
  if (light) return light === "false";
  const [red, green, blue] = getComputedStyle(el).color.match(/\d+/g).map(Number);
  return red + green + blue > 384;
};
const floats = (view) => new Float32Array(view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength));

function render({ model, el }) {
  const box = element("div", "s2dl-timeline", {
    role: "group",
    tabindex: "0",
    "aria-label": "Cloud cover over time; the arrow keys go from scene to scene, Shift takes all between",
    "data-lm-suppress-shortcuts": "true",
  });
  const figure = element("div", "s2dl-timeline-figure");
  const image = element("img", "", { alt: "", draggable: "false" });
  const canvas = element("canvas", "");
  const words = element("div", "s2dl-timeline-words", { role: "status" });
  const empty = element("div", "s2dl-empty", {}, model.get("empty"));
  figure.append(image, canvas);
  box.append(figure, words, empty);
  el.append(box);

  let captions = [];
  let x = new Float32Array();
  let y = new Float32Array();
  let url = null;
  let asked = {};
  let band = null;
  const view = new SceneView(model, box, { rows: take, order() {}, marks: draw, focus: draw, asking });

  function asking() {
    asked = { width: box.clientWidth, ratio: Math.min(2, window.devicePixelRatio), dark: isDark(box) };
    return asked;
  }

  function take(message, [png, across, down]) {
    captions = message.captions;
    view.count = captions.length;
    x = floats(across);
    y = floats(down);
    // What the filter hides has no place.
    const shown = captions.map((_, row) => row).filter((row) => !Number.isNaN(x[row]));
    view.setOrder(shown.sort((one, other) => x[one] - x[other] || y[one] - y[other]));
    empty.hidden = shown.length > 0;
    figure.hidden = words.hidden = shown.length === 0;
    if (url) URL.revokeObjectURL(url);
    url = URL.createObjectURL(new Blob([png], { type: "image/png" }));
    image.onload = draw;
    image.alt = message.title;
    image.src = url;
    draw();
  }

  function draw() {
    const { clientWidth: width, clientHeight: height } = figure;
    if (!width) return;
    const ratio = window.devicePixelRatio;
    canvas.width = width * ratio;
    canvas.height = height * ratio;
    const paint = canvas.getContext("2d");
    paint.scale(ratio, ratio);
    const ring = (row, radius, line) => {
      if (Number.isNaN(x[row] ?? NaN)) return;
      paint.lineWidth = line;
      paint.beginPath();
      paint.arc(x[row] * width, y[row] * height, radius, 0, 2 * Math.PI);
      paint.stroke();
    };
    paint.strokeStyle = MARK;
    for (const row of view.selected) ring(row, 6, 2);
    ring(view.hovered, 9, 2);
    if (document.activeElement === box) ring(view.active, 9, 1);
    if (band) {
      paint.fillStyle = `${MARK}22`;
      paint.fillRect(Math.min(band.from, band.to), 0, Math.abs(band.to - band.from), height);
    }
    say();
  }

  function say() {
    const [low, high] = band ? [band.from, band.to].sort((a, b) => a - b) : [];
    const pointed = captions[view.hovered] ?? (document.activeElement === box ? captions[view.active] : undefined);
    words.textContent = band ? counted(within(low, high).length) : (pointed ?? INVITATION);
  }

  const counted = (count) => `${count} ${count === 1 ? "scene" : "scenes"}`;
  const within = (low, high) => view.order.filter((row) => x[row] * figure.clientWidth >= low && x[row] * figure.clientWidth <= high);

  function nearest({ offsetX, offsetY }) {
    let found = -1;
    let least = NEAR;
    for (const row of view.order) {
      const away = Math.hypot(x[row] * figure.clientWidth - offsetX, y[row] * figure.clientHeight - offsetY);
      if (away < least) [found, least] = [row, away];
    }
    return found;
  }

  function pressed(event) {
    view.pressed(event, { ArrowRight: 1, ArrowLeft: -1, PageDown: 10, PageUp: -10 });
  }

  function down(event) {
    if (event.button !== 0) return;
    canvas.setPointerCapture(event.pointerId);
    canvas.dataset.from = event.offsetX;
    box.focus({ preventScroll: true });
    event.preventDefault();
  }

  function moved(event) {
    const from = Number(canvas.dataset.from);
    if ("from" in canvas.dataset && (band || Math.abs(event.offsetX - from) > DRAGGED)) {
      band = { from, to: event.offsetX };
      draw();
    } else {
      view.point(nearest(event));
    }
  }

  function up(event) {
    if (!("from" in canvas.dataset)) return;
    delete canvas.dataset.from;
    const add = event.ctrlKey || event.metaKey;
    if (band) {
      const chosen = within(Math.min(band.from, band.to), Math.max(band.from, band.to));
      band = null;
      view.choose(add || event.shiftKey ? [...view.selected, ...chosen] : chosen);
    } else if (nearest(event) >= 0) {
      view.pick(nearest(event), { stretch: event.shiftKey, add });
    }
  }

  // Another theme or another width wants another figure.
  let waiting;
  function look() {
    draw();
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      if (!view.seen || (isDark(box) === asked.dark && Math.abs(box.clientWidth - asked.width) < 40)) return;
      view.stale = true;
      view.askForRows();
    }, REDRAW_REST);
  }

  const resized = new ResizeObserver(look);
  const themed = new MutationObserver(look);
  resized.observe(box);
  themed.observe(document.body, { attributes: true, attributeFilter: ["data-jp-theme-light", "class"] });
  canvas.addEventListener("pointerdown", down);
  canvas.addEventListener("pointermove", moved);
  canvas.addEventListener("pointerup", up);
  canvas.addEventListener("pointerleave", () => view.point(-1));
  box.addEventListener("keydown", pressed);
  box.addEventListener("focus", draw);
  box.addEventListener("blur", draw);
  figure.hidden = words.hidden = true;
  const end = view.start();
  return () => {
    end();
    clearTimeout(waiting);
    resized.disconnect();
    themed.disconnect();
    if (url) URL.revokeObjectURL(url);
  };
}
export default { render };
