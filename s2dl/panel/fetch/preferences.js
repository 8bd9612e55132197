// A field for each setting, under headings; each change is sent at once, and what came of it stands beside the field.
let forms = 0;

function make(tag, className, text = "") {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text;
  return made;
}

function makeControl({ kind, choices, minimum, maximum }) {
  if (kind === "choice") {
    const select = make("select", "");
    select.append(...choices.map((choice) => new Option(choice, choice)));
    return select;
  }
  const input = make("input", "");
  input.spellcheck = false;
  input.type = { "yes or no": "checkbox", number: "number", "whole number": "number" }[kind] || "text";
  if (input.type === "number") {
    input.step = kind === "number" ? "any" : "1";
    if (minimum !== null) input.min = minimum;
    if (maximum !== null) input.max = maximum;
  }
  return input;
}

function makeRow(id, setting, send) {
  const line = make("div", "s2dl-preference");
  const label = make("label", "", setting.label);
  const control = makeControl(setting);
  const reset = make("button", "s2dl-button", "Default");
  const says = make("div", "s2dl-preference-says");
  const description = make("span", "", setting.description);
  const note = make("span", "s2dl-preference-note");
  const error = make("span", "s2dl-text s2dl-text-error");
  control.id = label.htmlFor = `${id}-${setting.name}`;
  says.id = `${control.id}-says`;
  control.setAttribute("aria-describedby", says.id);
  error.setAttribute("role", "alert");
  reset.type = "button";
  reset.title = setting.default ? `Use the default: ${setting.default}` : "Use the default: none";
  reset.setAttribute("aria-label", `Default of ${setting.label}`);
  says.append(description, note, error);
  line.append(label, control, reset, says);
  const isBox = control.type === "checkbox";
  const text = () => (isBox ? String(control.checked) : control.value);
  control.addEventListener("change", () => send({ do: "set", name: setting.name, text: text() }));
  reset.addEventListener("click", () => send({ do: "reset", name: setting.name }));

  const show = (now) => {
    // What was refused stays in its field, to be mended.
    if (!now.error) {
      if (isBox) control.checked = now.text === "true";
      else control.value = now.text;
    }
    if (!isBox && control.tagName === "INPUT") control.placeholder = now.default;
    note.textContent = now.note;
    error.textContent = now.error;
    error.hidden = !now.error;
    control.setAttribute("aria-invalid", String(Boolean(now.error)));
    control.disabled = now.source === "environment";
    reset.disabled = now.source !== "file";
  };
  return { line, show };
}

function render({ model, el }) {
  const id = `s2dl-preferences-${(forms += 1)}`;
  const form = make("div", "s2dl-preferences");
  form.dataset.lmSuppressShortcuts = "true";
  const place = make("p", "s2dl-preferences-place");
  const trouble = make("div", "s2dl-text s2dl-text-error");
  trouble.setAttribute("role", "alert");
  const groups = make("div", "s2dl-preferences-groups");
  form.append(place, trouble, groups);
  el.append(form);
  const rows = new Map();

  const build = (settings) => {
    for (const setting of settings) {
      let group = groups.querySelector(`[data-group="${CSS.escape(setting.group)}"]`);
      if (!group) {
        group = make("fieldset", "");
        group.dataset.group = setting.group;
        group.append(make("legend", "s2dl-heading", setting.group));
        groups.append(group);
      }
      const row = makeRow(id, setting, (message) => model.send(message));
      rows.set(setting.name, row);
      group.append(row.line);
    }
  };
  const show = (now) => {
    place.textContent = `Stored for later runs in ${now.place}; passwords are never stored there.`;
    trouble.textContent = now.trouble;
    trouble.hidden = !now.trouble;
    if (rows.size === 0) build(now.rows);
    for (const setting of now.rows) rows.get(setting.name).show(setting);
  };
  model.on("msg:custom", show);
  model.send({ do: "tell" });
  return () => model.off("msg:custom", show);
}
export default { render };
