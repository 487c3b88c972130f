// @ts-check
'use strict';
/* The page around the one that is watched: whenever the server says that there is a new one, it is loaded where the reader was;
 * what is wrong stands above it. All that comes from outside is set as text. */
(() => {
const byId = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));
const frame = /** @type {HTMLIFrameElement} */ (byId('page'));
const state = byId('state');
let shown = 0;

/** @type {(made: number) => void} */
const load = made => {
  if (made === shown) return;
  const before = frame.contentWindow, hash = shown && before ? before.location.hash : '';
  const [x, y] = shown && before ? [before.scrollX, before.scrollY] : [0, 0];
  frame.onload = () => frame.contentWindow?.scrollTo(x, y);
  frame.src = `/page?${made}${hash}`;
  frame.hidden = false;
  shown = made;
};

/** @type {(fault: {message: string, line: number, first: number, lines: string[]} | null) => void} */
const complain = fault => {
  byId('fault').hidden = !fault;
  if (!fault) return;
  byId('message').textContent = fault.message;
  byId('kept').hidden = !shown;
  const lines = /** @type {HTMLOListElement} */ (byId('lines'));
  lines.start = fault.first;
  lines.replaceChildren(...fault.lines.map((text, at) => {
    const line = document.createElement('li');
    line.textContent = text;
    if (fault.first + at === fault.line) line.className = 'wrong';
    return line;
  }));
};

const events = new EventSource('/events');
events.onmessage = event => {
  const told = JSON.parse(event.data);
  state.hidden = true;
  load(told.made);
  complain(told.fault);
};
events.onerror = () => { state.textContent = state.dataset.ended ?? ''; state.hidden = false; };
})();
