// One painting a frame: many changes between two frames cost one update of the page.

const due = new Set();
let asked = false;

/** Run `paint` with the next frame, once however often it is asked for. */
export function nextFrame(paint) {
  due.add(paint);
  if (asked) return;
  asked = true;
  requestAnimationFrame(() => {
    asked = false;
    const now = [...due];
    due.clear();
    for (const each of now) each();
  });
}
