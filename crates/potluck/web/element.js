// Elements and their text. What comes from the router is only ever text: nothing here reads markup.

/** Make an element: its tag, its properties (`class`, `on`, `data`, else attributes), its children. */
export function el(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  dress(node, properties);
  node.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return node;
}

/** The same in SVG. */
export function svg(tag, properties = {}, ...children) {
  const node = document.createElementNS('http://www.w3.org/2000/svg', tag);
  dress(node, properties);
  node.append(...children);
  return node;
}

function dress(node, { class: names, on = {}, data = {}, ...attributes }) {
  if (names) node.setAttribute('class', names);
  for (const [event, act] of Object.entries(on)) node.addEventListener(event, act);
  Object.assign(node.dataset, data);
  for (const [name, value] of Object.entries(attributes)) put(node, name, value);
}

/** Set an attribute, or take it off for `null` and `false`; untouched where it is so already. */
export function put(node, name, value) {
  if (value === null || value === undefined || value === false) {
    if (node.hasAttribute(name)) node.removeAttribute(name);
    return;
  }
  const text = value === true ? '' : String(value);
  if (node.getAttribute(name) !== text) node.setAttribute(name, text);
}

/** Set the text, untouched where it is so already: an equal text would be laid out again. */
export function say(node, text) {
  const words = text ?? '';
  const only = node.firstChild;
  if (only?.nodeType === Node.TEXT_NODE && !only.nextSibling) {
    if (only.data !== words) only.data = words;
  } else if (words || only) {
    node.textContent = words;
  }
}

/** Show or hide. */
export function show(node, visible) {
  if (node.hidden === visible) node.hidden = !visible;
}

/** An icon of the page's own set. */
export function icon(name) {
  return svg(
    'svg',
    { class: 'icon', 'aria-hidden': 'true', focusable: 'false' },
    svg('use', { href: `#icon-${name}` }),
  );
}
