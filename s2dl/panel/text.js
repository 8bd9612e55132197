// A line of text; the role makes screen readers say it.
function render({ model, el }) {
  const line = document.createElement("div");
  const show = () => {
    line.className = `s2dl-text s2dl-text-${model.get("kind")}`;
    line.textContent = model.get("value");
    line.hidden = !line.textContent && model.get("role") !== "status";
  };
  if (model.get("role")) line.setAttribute("role", model.get("role"));
  if (model.get("role") === "heading") line.setAttribute("aria-level", "3");
  if (model.get("role") === "status") line.setAttribute("aria-live", "polite");
  model.on("change:value change:kind", show);
  show();
  el.append(line);
  return () => model.off("change:value change:kind", show);
}
export default { render };
