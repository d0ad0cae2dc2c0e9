// Where a question is written: text, pictures, and what the answer must keep to. Enter sends, Shift and Enter begin a line.

import { el, put, say, show } from './element.js';
import { read } from './pictures.js';

/** The composer; `send(content, options)` is given a message's content, `stop()` ends what runs. */
export function composer({ send, stop }) {
  const text = el('textarea', { rows: 3, 'aria-label': 'Your message', placeholder: 'Ask something' });
  const pictures = [];
  const shown = el('ul', { class: 'attached', 'aria-label': 'Attached pictures' });
  const wrong = el('p', { class: 'wrong', role: 'alert', hidden: true });
  const file = el('input', {
    type: 'file',
    accept: 'image/*',
    multiple: true,
    class: 'unseen',
    'aria-label': 'Attach pictures',
    tabindex: -1,
  });
  const attach = el(
    'button',
    { type: 'button', class: 'button', on: { click: () => file.click() } },
    'Attach a picture',
  );
  const private_ = option(
    'No training on prompts',
    'Only providers that say that they do not train on what they are sent',
  );
  const picture = option('Make a picture', 'Ask for a picture instead of words: a model that makes them is drawn');
  const go = el('button', { type: 'submit', class: 'primary' }, 'Send');
  const end = el('button', { type: 'button', class: 'button', hidden: true, on: { click: stop } }, 'Stop');
  const node = el(
    'form',
    { class: 'composer' },
    text,
    shown,
    wrong,
    el('div', { class: 'row' }, attach, file, picture.node, private_.node, el('span', { class: 'grow' }), end, go),
  );

  const take = async (files) => {
    const { taken, problem } = await read(files, pictures.length);
    pictures.push(...taken);
    say(wrong, problem);
    show(wrong, Boolean(problem));
    showPictures(shown, pictures);
  };
  const submit = async () => {
    const content = contentOf(text.value.trim(), pictures);
    if (!content || end.hidden === false) return;
    text.value = '';
    pictures.length = 0;
    showPictures(shown, pictures);
    busy(true);
    await send(content, { private: private_.on(), picture: picture.on() });
    busy(false);
  };
  const busy = (runs) => {
    show(end, runs);
    show(go, !runs);
  };
  file.addEventListener('change', () => take(file.files));
  node.addEventListener('submit', (event) => {
    event.preventDefault();
    submit();
  });
  text.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    submit();
  });
  text.addEventListener('paste', (event) => event.clipboardData.files.length && take(event.clipboardData.files));
  return { node };
}

/** A message's content: a text, or parts where pictures are with it. */
function contentOf(text, pictures) {
  if (!pictures.length) return text || null;
  const parts = pictures.map((picture) => ({ type: 'image_url', image_url: { url: picture.url } }));
  return text ? [{ type: 'text', text }, ...parts] : parts;
}

function showPictures(list, pictures) {
  const items = pictures.map((picture, at) => {
    const off = el('button', { type: 'button', class: 'off', 'aria-label': `Take off ${picture.name}` }, '×');
    off.addEventListener('click', () => {
      pictures.splice(at, 1);
      showPictures(list, pictures);
    });
    return el('li', {}, el('img', { src: picture.url, alt: picture.name }), off);
  });
  list.replaceChildren(...items);
}

function option(label, title) {
  const node = el('button', { type: 'button', class: 'toggle', title, 'aria-pressed': 'false' }, label);
  const on = () => node.getAttribute('aria-pressed') === 'true';
  node.addEventListener('click', () => put(node, 'aria-pressed', String(!on())));
  return { node, on };
}
