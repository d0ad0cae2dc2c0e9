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

/** A way to ask for `paint` that paints at once, but then not again for a while: what changes fifty times a second is read by nobody. */
export function calmly(paint, gap = 125) {
  let last = 0;
  let timer = null;
  const run = () => {
    timer = null;
    last = performance.now();
    paint();
  };
  return () => {
    if (timer !== null) return;
    timer = setTimeout(() => nextFrame(run), Math.max(0, last + gap - performance.now()));
  };
}
