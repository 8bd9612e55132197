// The view of the map in which a widget stands; the panel may be shown several times. Null when the widget is gone.
async function viewAround(el, model, isGone) {
  const leaflet = await model.widget_manager.get_model(model.get("leaflet"));
  while (!isGone()) {
    for (const waiting of Object.values(leaflet.views ?? {})) {
      const view = await waiting;
      if (view.obj?.getContainer?.().contains(el)) return view;
    }
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
  return null;
}
