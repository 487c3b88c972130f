// @ts-check
/* An arrow between states, opened: the ways of equations that it adds up, each with its formula and number, lit in one step. */

/** The arrow that is open: that which is kept, or one of its ways. */
const opened = () => /[ly]:/.test(pin) ? /** @type {Place | undefined} */ (resolved(pin)?.parts[0]?.through) : undefined;
const named = (/** @type {string} */ key) => key.replace(',', ' ');
/** The nodes on a way, as they are spoken. */
const route = (/** @type {number} */ l, /** @type {number} */ w, /** @type {number} */ t) => {
  const keys = edgeKeys(letters[l].ways[w], t);
  return [keys[0].split('>')[0], ...keys.map(k => k.split(/[>@]/)[1])].map(named).join(', ');
};
/** Of scalars the factor that a way is; of arrays what it makes of all that arrives where the arrow begins. */
function partOf(/** @type {number} */ l, /** @type {number} */ t, /** @type {number | undefined} */ way = undefined) {
  const arriving = scalar ? 1 : M.values.node(letters[l].head, t);
  return arriving === null ? 0 : act(M, l, t, arriving, way);
}

const saidOf = (/** @type {Letter} */ letter) => letter.ways.length > 1 ? fill(say.opened_as, { ways: amount(letter.ways.length) }) : say.opened_one;

let shownArrow = '';
function drawOpened(/** @type {boolean} */ anew) {
  const box = $('#live-opened'), place = opened(), name = place ? `${place.letter}@${place.step}` : '';
  if (name === shownArrow && !anew) return;
  const focus = box.contains(document.activeElement) ? /** @type {any} */ (document.activeElement).dataset.sel : '';
  shownArrow = name;
  box.hidden = !place;
  box.innerHTML = place ? inside(place.letter, place.step) : '';
  finish(box, id => at(id, place?.step ?? 0));
  $$('svg', box).forEach(svg => { svg.setAttribute('aria-label', say.cell); });
  if (focus) $(`[data-sel="${focus}"]`, box)?.focus();
}
function inside(/** @type {number} */ l, /** @type {number} */ t) {
  const letter = letters[l], several = letter.ways.length > 1, more = letter.ways.length - letter.parts.length;
  const row = (/** @type {[number, number]} */ [nodes, made], /** @type {number} */ w) =>
    `<tr data-sel="y:${l}@${t},${w}"><td>${button(`y:${l}@${t},${w}`, `${say.way} ${w + 1}: ${route(l, w, t)}`, at(nodes, t))}</td><td>${at(made, t)}</td><td class="right">${short(partOf(l, t, w))}</td></tr>`;
  const sum = several ? `<tfoot><tr><th scope="row">${at(letter.symbol, t)}${scalar || letter.head === facts.loss ? '' : at(adjoint(letter.head), t)}</th><td></td><td class="right"><b>${short(partOf(l, t))}</b></td></tr></tfoot>` : '';
  const picture = $('#live-cell')?.innerHTML;
  return `<p class="steps"><span>${at(letter.symbol, t)}</span><span>${saidOf(letter)}</span><button type="button" id="live-close">${say.close}</button></p>
    <div class="opened"><div class="scroll" tabindex="0">${picture ? stepped(picture, t) : `<p class="soft">${say.no_cell}</p>`}</div>
    <div class="scroll" tabindex="0"><table data-rove><thead><tr><th scope="col">${say.way}</th><th scope="col">${scalar ? say.is_factor : say.makes}</th><th scope="col" class="right">${say.values}</th></tr></thead><tbody>${letter.parts.map(row).join('')}</tbody>${sum}</table>${more ? `<p class="soft">${fill(say.more_ways, { more: amount(more) })}</p>` : ''}</div></div>`;
}
const adjoint = (/** @type {string} */ name) => facts.states.find((/** @type {any} */ x) => x.name === name).adjoint;

/** The ways of the open arrow in the picture of its step: all, or that which is pointed at or kept. */
function lightOpened() {
  const place = opened(), box = $('#live-opened');
  if (!place) return;
  const over = hover.startsWith(`y:${place.letter}@${place.step},`) ? Number(hover.split(',')[1]) : place.way;
  const keys = new Set(waysOf(place.letter, over).flatMap(way => edgeKeys(way, place.step)));
  $$('.arrow', box).forEach(n => n.classList.toggle('lit', keys.has(n.dataset.key)));
  const ends = new Set([...keys].flatMap(k => k.split(/[>@]/)));
  $$('.node', box).forEach(n => n.classList.toggle('on', ends.has(n.dataset.key)));
  $$('tr[data-sel]', box).forEach(n => n.classList.toggle('lit', over !== undefined && n.dataset.sel.endsWith(`,${over}`)));
}
const spokenOpened = (/** @type {Place} */ place) => {
  const letter = letters[place.letter];
  return `${letter.kind} ${place.step}: ${saidOf(letter)} ${letter.parts.map((_, w) => `${route(place.letter, w, place.step)}: ${heard(partOf(place.letter, place.step, w))}`).join('; ')}`;
};
