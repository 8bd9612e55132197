// The user's jobs, a line each, and above them what makes new ones. Python hears once a second that they are in sight.
const NEWS = 1000;
let batches = 0;

function make(tag, className, properties = {}) {
  return Object.assign(document.createElement(tag), { className, ...properties });
}

function field(id, label, properties) {
  const row = make("label", "s2dl-batch-field", { htmlFor: id, title: properties.title });
  const input = make("input", "", { id, ...properties });
  row.append(make("span", "", { textContent: label }), input);
  return { row, input };
}

function pressable(words, title, act) {
  const button = make("button", "s2dl-button", { type: "button", textContent: words, title });
  button.addEventListener("click", act);
  return button;
}

// A job's line; its parts stay the same while it changes, so that none of them loses the focus.
function makeLine(job, say) {
  const line = make("div", "s2dl-job");
  line.setAttribute("role", "listitem");
  const title = make("b", "s2dl-job-title");
  const task = make("span", "s2dl-job-task");
  const head = make("div", "s2dl-job-head");
  const state = make("div", "s2dl-job-state");
  const bar = make("progress", "", { max: 1 });
  const words = make("span", "s2dl-job-words");
  const buttons = make("div", "s2dl-job-buttons");
  const close = make("div", "s2dl-job-close", { hidden: true });
  const parts = {
    // One button for both, so that whoever has pressed it by key is still there.
    run: pressable("Start", "", () => say(line.dataset.active === "true" ? "stop" : "start")),
    watch: pressable("Watch", "How each of its scenes is, and its log", () => say("watch")),
    copy: pressable("Copy", "Another job of the same task, under the name that stands above", () => say("copy")),
    remove: pressable("Remove", "Forget it; its files stay", () => say("remove")),
  };
  head.append(title, task);
  buttons.append(...Object.values(parts));
  state.append(bar, words);
  line.append(head, buttons, state, close);

  const show = (now, watched) => {
    title.textContent = now.title;
    task.textContent = task.title = now.task;
    words.textContent = words.title = now.words;
    bar.hidden = !now.active && now.state !== "stopped";
    bar.setAttribute("aria-label", now.title);
    if (now.part === null) bar.removeAttribute("value");
    else bar.value = now.part;
    line.dataset.state = now.state;
    line.dataset.active = now.active;
    parts.run.textContent = now.press;
    parts.run.title = now.active ? "What is complete stays" : "In a process of its own, which goes on when the notebook is closed";
    parts.remove.disabled = now.active;
    for (const part of Object.values(parts)) part.setAttribute("aria-label", `${part.textContent}: ${now.title}`);
    const isWatched = watched.job === job;
    parts.watch.setAttribute("aria-pressed", String(isWatched));
    close.hidden = !isWatched;
    close.replaceChildren(...(isWatched ? closeLook(watched) : []));
  };
  return { line, show };
}

function closeLook({ scenes, more, log }) {
  const lines = scenes.map(({ label, status, words }) => {
    const line = make("div", "s2dl-job-scene");
    line.dataset.status = status;
    line.append(make("span", "", { textContent: label }), make("span", "s2dl-bar-words", { textContent: words }));
    return line;
  });
  if (more) lines.push(make("div", "s2dl-job-scene", { textContent: `and ${more} more` }));
  if (!scenes.length) lines.push(make("div", "s2dl-job-scene", { textContent: "Its scenes are known once it has asked." }));
  if (log) lines.push(make("pre", "s2dl-job-log", { textContent: log }));
  return lines;
}

function render({ model, el }) {
  const id = `s2dl-batch-${(batches += 1)}`;
  const box = make("div", "s2dl-batch");
  // Else the notebook takes what is typed for its own shortcuts.
  box.dataset.lmSuppressShortcuts = "true";
  const bar = make("div", "s2dl-batch-bar");
  const name = field(`${id}-name`, "Name", { type: "text", placeholder: "if it shall have one", title: "What to call the job", spellcheck: false });
  const at = field(`${id}-at`, "Start at", { type: "datetime-local", title: "When a job begins that is started here; empty for at once" });
  const code = field(`${id}-code`, "2FA code", { type: "text", inputMode: "numeric", autocomplete: "one-time-code", title: "A job logs in by itself: give it a code that no login has used" });
  const store = (what) => () => {
    model.send({ do: "store", what, name: name.input.value });
    name.input.value = "";
  };
  const question = pressable("Store question", "Each run asks it anew and fetches only what is new; leave To empty for all that is to come", store("question"));
  const selection = pressable("Store selection", "The selected scenes, with the options of the tab Downloads", store("selection"));
  const sentence = make("div", "s2dl-text");
  const empty = make("div", "s2dl-batch-empty", {
    textContent: "No job yet. A job is a question or a selection that is stored; it runs in a process of its own, now or later, once or again and again.",
  });
  const list = make("div", "s2dl-jobs");
  sentence.setAttribute("role", "status");
  list.setAttribute("role", "list");
  list.setAttribute("aria-label", "Jobs");
  bar.append(name.row, question, selection, at.row, code.row);
  box.append(bar, sentence, empty, list);
  el.append(box);

  let lines = new Map();
  let watched = 0;
  const say = (what, job) => {
    const more = { start: { at: at.input.value, code: code.input.value }, copy: { name: name.input.value } }[what] ?? {};
    const target = what === "watch" && watched === job ? 0 : job;
    model.send({ do: what, job: target, ...more });
    if (what === "start") code.input.value = ""; // it is good once only
  };
  const show = (now) => {
    watched = now.watched.job;
    sentence.textContent = now.sentence;
    sentence.className = `s2dl-text s2dl-text-${now.trouble ? "error" : "plain"}`;
    code.row.hidden = !now.needsCode;
    empty.hidden = now.jobs.length > 0;
    const before = lines;
    lines = new Map(now.jobs.map(({ job }) => [job, before.get(job) ?? makeLine(job, (what) => say(what, job))]));
    for (const [job, { line }] of before) if (!lines.has(job)) line.remove();
    // The newest comes first.
    for (const job of now.jobs) {
      const { line, show: renew } = lines.get(job.job);
      if (!line.isConnected) list.prepend(line);
      renew(job, now.watched);
    }
  };
  const isSeen = () => list.isConnected && box.clientWidth > 0 && !document.hidden;
  const asking = setInterval(() => isSeen() && model.send({ ask: "news" }), NEWS);
  model.on("msg:custom", show);
  model.send({ ask: "all" });
  return () => {
    clearInterval(asking);
    model.off("msg:custom", show);
  };
}
export default { render };
