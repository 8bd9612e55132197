// Names for the handles of the slider beside which this widget stands unseen; its maker gives them none.
async function placed(el, isGone) {
  while (!isGone()) {
    const range = el.closest(".s2dl-range");
    if (range) return range;
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
  return null;
}

function render({ model, el }) {
  let isGone = false;
  el.classList.add("s2dl-unseen");
  const names = model.get("names");
  const name = (range) => {
    range.querySelectorAll(".noUi-handle").forEach((handle, at) => handle.setAttribute("aria-label", names[at]));
  };
  const remade = new MutationObserver(([{ target }]) => name(target.closest(".s2dl-range")));
  placed(el, () => isGone).then((range) => {
    if (!range) return;
    name(range);
    remade.observe(range, { childList: true, subtree: true });
  });
  return () => {
    isGone = true;
    remade.disconnect();
  };
}
export default { render };
