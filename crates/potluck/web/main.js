// The shell: which page is open, whether the router can be heard, and nothing else.

import { el, icon, put, say } from './element.js';
import { follow } from './live.js';
import { notices } from './notices.js';
import { learn } from './session.js';
import * as keys from './keys.js';
import * as now from './now.js';
import * as models from './models.js';
import * as playground from './playground.js';
import * as providers from './providers.js';
import * as requests from './requests.js';
import * as use from './use.js';

const PAGES = { now, models, requests, playground, providers, use, keys };
const main = document.querySelector('main');
const tabs = new Map();
let close = () => {};

function build() {
  const nav = document.querySelector('nav.pages');
  for (const [name, page] of Object.entries(PAGES)) {
    const tab = el('a', { href: `#/${name}` }, icon(name), el('span', {}, page.title));
    tabs.set(name, tab);
    nav.append(tab);
  }
}

/** Open the page that the address names: `#/models?can=tools`. */
function open() {
  const [, name = 'now', query = ''] = /^#\/([a-z]+)\??(.*)$/.exec(location.hash) ?? [];
  const page = PAGES[name] ?? now;
  close();
  main.replaceChildren();
  close = page.open(main, new URLSearchParams(query)) ?? (() => {});
  document.title = `${page.title} · potluck`;
  for (const [each, tab] of tabs) put(tab, 'aria-current', PAGES[each] === page && 'page');
}

/** Open another page for the person, and say so to those who cannot see it. */
function turn() {
  open();
  window.scrollTo(0, 0);
  main.focus({ preventScroll: true });
}

function showLink(state) {
  const link = document.querySelector('.link-state');
  put(link, 'data-link', state);
  say(link.querySelector('.words'), state === 'live' ? 'live' : 'the router cannot be reached; trying again');
}

function skip(event) {
  event.preventDefault();
  main.focus();
}

await learn();
build();
notices(document.querySelector('.notices'));
open();
document.querySelector('.skip').addEventListener('click', skip);
window.addEventListener('hashchange', turn);
follow(showLink);
