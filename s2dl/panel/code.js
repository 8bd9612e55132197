// A button that copies code and shows it; where a page may not copy, the person does.
function render({ model, el }) {
  const button = document.createElement("button");
  const dialog = document.createElement("dialog");
  const words = document.createElement("p");
  const code = document.createElement("textarea");
  const close = document.createElement("button");
  button.className = "s2dl-button jupyter-button";
  button.type = "button";
  button.textContent = model.get("label");
  button.title = model.get("hint");
  dialog.className = "s2dl-code";
  dialog.setAttribute("aria-label", model.get("label"));
  code.readOnly = true;
  code.setAttribute("aria-label", "Python code");
  code.spellcheck = false;
  close.className = "s2dl-button jupyter-button";
  close.type = "button";
  close.textContent = "Close";
  dialog.append(words, code, close);
  // Else the notebook takes the keys for its own.
  dialog.setAttribute("data-lm-suppress-shortcuts", "true");
  el.append(button, dialog);

  let isOurs = false;
  const show = async ({ code: text }) => {
    if (!isOurs) return;
    isOurs = false;
    code.value = text;
    code.rows = Math.min(24, text.split("\n").length + 1);
    let isCopied = true;
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      isCopied = false;
    }
    words.textContent = isCopied ? "Copied; paste it into a cell or a script." : "Copy this into a cell or a script:";
    dialog.showModal();
    if (!isCopied) code.select();
  };
  button.addEventListener("click", () => {
    isOurs = true;
    model.send({ ask: "code" });
  });
  close.addEventListener("click", () => dialog.close());
  model.on("msg:custom", show);
  return () => model.off("msg:custom", show);
}
export default { render };
