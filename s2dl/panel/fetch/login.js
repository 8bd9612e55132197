// Who is logged in, and the fields to log in. Password and code are cleared as soon as they are sent.
let boxes = 0;

function make(tag, className, properties = {}) {
  const made = document.createElement(tag);
  made.className = className;
  return Object.assign(made, properties);
}

function field(id, label, properties) {
  const row = make("label", "s2dl-login-field", { htmlFor: id });
  const input = make("input", "", { id, ...properties });
  const text = make("span", "", { textContent: label });
  row.append(text, input);
  return { row, input };
}

function render({ model, el }) {
  const id = `s2dl-login-${(boxes += 1)}`;
  const box = make("div", "s2dl-login");
  // Else the notebook takes what is typed for its own shortcuts.
  box.dataset.lmSuppressShortcuts = "true";
  const line = make("div", "s2dl-login-line");
  const words = make("span", "s2dl-login-words");
  words.setAttribute("role", "status");
  const open = make("button", "s2dl-button", { type: "button", textContent: "Log in" });
  open.setAttribute("aria-controls", `${id}-form`);
  const leave = make("button", "s2dl-button", { type: "button", textContent: "Log out" });
  line.append(words, open, leave);

  const form = make("form", "s2dl-login-form", { id: `${id}-form`, hidden: true, noValidate: true });
  form.setAttribute("aria-label", "Log in to the Copernicus Data Space");
  const user = field(`${id}-user`, "User name", { type: "text", autocomplete: "username", spellcheck: false });
  user.input.autocapitalize = "off";
  const password = field(`${id}-password`, "Password", { type: "password", autocomplete: "current-password" });
  const code = field(`${id}-code`, "2FA code", { type: "text", autocomplete: "one-time-code", inputMode: "numeric", placeholder: "if you use one" });
  const keep = make("label", "s2dl-login-keep", { title: "In this system's keyring, never in a file or the notebook" });
  const remember = make("input", "", { type: "checkbox" });
  keep.append(remember, make("span", "", { textContent: "Remember in the keyring" }));
  const send = make("button", "s2dl-button s2dl-button-primary", { type: "submit", textContent: "Log in" });
  const cancel = make("button", "s2dl-button", { type: "button", textContent: "Cancel" });
  const sentence = make("div", "s2dl-text");
  sentence.setAttribute("role", "alert");
  form.append(user.row, password.row, code.row, keep, send, cancel);
  box.append(line, form, sentence);
  el.append(box);

  const unfold = (wanted) => {
    form.hidden = !wanted;
    open.setAttribute("aria-expanded", String(wanted));
    if (!wanted) return;
    (user.input.value ? password : user).input.focus({ preventScroll: true });
    box.scrollIntoView({ block: "nearest" });
  };
  const clear = () => {
    password.input.value = "";
    code.input.value = "";
  };

  let before = { asked: false, in: false };
  const show = (now) => {
    words.textContent = now.words;
    open.hidden = now.in;
    leave.hidden = !now.in;
    send.disabled = open.disabled = leave.disabled = now.busy;
    send.textContent = now.busy ? "Logging in…" : "Log in";
    sentence.textContent = now.sentence;
    sentence.className = `s2dl-text s2dl-text-${now.trouble ? "error" : "plain"}`;
    sentence.hidden = !now.sentence;
    if (!user.input.value && document.activeElement !== user.input) user.input.value = now.name;
    if (now.in && !before.in) unfold(false);
    if (now.asked && !before.asked) unfold(true);
    before = now;
  };
  open.addEventListener("click", () => unfold(form.hidden));
  leave.addEventListener("click", () => model.send({ do: "log out" }));
  cancel.addEventListener("click", () => {
    clear();
    unfold(false);
    open.focus();
    model.send({ do: "dismiss" });
  });
  // JupyterLab takes from Enter what a browser does with it in a form.
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.target.tagName !== "INPUT") return;
    event.preventDefault();
    if (!send.disabled) form.requestSubmit();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const typed = { username: user.input.value, password: password.input.value, totp: code.input.value };
    clear();
    model.send({ do: "log in", ...typed, remember: remember.checked });
  });
  model.on("msg:custom", show);
  unfold(false);
  model.send({ do: "tell" });
  return () => {
    clear();
    model.off("msg:custom", show);
  };
}
export default { render };
