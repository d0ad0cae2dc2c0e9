// A model's words: paragraphs, and code where it is fenced. Any other mark is left as the model wrote it.

import { el, say } from './element.js';

/** A place for words that grow; `set(text)` shows them, keeping the blocks that stay. */
export function prose() {
  const node = el('div', { class: 'prose' });
  const set = (text) => {
    const blocks = divide(text);
    while (node.children.length > blocks.length) node.lastChild.remove();
    blocks.forEach((block, at) => place(node, block, at));
  };
  return { node, set };
}

function place(node, { code, text }, at) {
  const tag = code ? 'PRE' : 'P';
  let child = node.children[at];
  if (child?.tagName !== tag) {
    const made = code ? el('pre', { tabindex: 0 }, el('code')) : el('p');
    if (child) child.replaceWith(made);
    else node.append(made);
    child = made;
  }
  say(code ? child.firstChild : child, text);
}

/** The blocks of a text: code between fences, else paragraphs. */
function divide(text) {
  const blocks = text
    .split(/^```[^\n]*\n?/m)
    .flatMap((part, at) => (at % 2 ? [{ code: true, text: part.replace(/\n$/, '') }] : paragraphs(part)));
  return blocks.filter((block) => block.code || block.text);
}

const paragraphs = (text) =>
  text.split(/\n{2,}/).map((each) => ({ code: false, text: each.replace(/^\n+|\n+$/g, '') }));
