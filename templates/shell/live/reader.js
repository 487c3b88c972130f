// @ts-check
/* What a reader does: what is picked is lit, settings are kept in a link, and keys, pointer and fields are heard. */

function light() {
  const found = hover || pin ? resolved(hover || pin) : null, root = $('#live');
  document.body.classList.toggle('has-lit', !!found);
  drawOpened(false);
  $$('[data-arc]', root).forEach(n => n.classList.toggle('lit', !!found && found.lit.has(n.dataset.arc)));
  const nodes = new Set(found ? M.arcs.filter((/** @type {any} */ a) => found.lit.has(a.key)).flatMap((/** @type {any} */ a) => [a.head, a.tail]) : []);
  $$('#live-picture .node', root).forEach(n => n.classList.toggle('on', nodes.has(n.dataset.key)));
  $$('#live-triangle .cell').forEach(n => n.classList.toggle('lit', !!found && found.cells.has(n.dataset.sel.slice(2))));
  $$('#live-words tr[data-sel]').forEach(n => { const w = M.list[+n.dataset.sel.slice(2)]; n.classList.toggle('lit', !!found && isIn(found, w)); });
  $$('#live-fold li').forEach(n => n.classList.toggle('lit', !!found && n.dataset.sel === `${found.kind}:${found.arg}`));
  $$('#live-picture .arrow[data-key^="L>"]').forEach(n => n.classList.toggle('lit', !!found && found.keys.has(n.dataset.key)));
  $$('[data-sel][aria-pressed]').forEach(n => n.setAttribute('aria-pressed', String(n.dataset.sel === pin)));
  $$('#live-picture [aria-expanded]').forEach(n => n.setAttribute('aria-expanded', String(n.dataset.arc === shownArrow)));
  lightValues(found);
  drawReading(found);
  lightOpened();
  lightHandout(found);
}
const agree = (/** @type {Place} */ p, /** @type {Partial<Place> | undefined} */ q) => !!q && passes(q, p.letter, p.step) && (p.way === undefined || q.way === undefined || [p.way].flat().some(way => [q.way].flat().includes(way)));
const isIn = (/** @type {any} */ found, /** @type {Place[]} */ w) => found.parts.some((/** @type {Picked} */ sel) => sel.word ? (sel.word.length === w.length || !ending(letters[sel.word[sel.word.length - 1].letter])) && sel.word.every((p, i) => !!w[i] && agree(w[i], p)) : sel.node ? w.some(p => letters[p.letter].head === sel.node?.[0] && p.step === sel.node?.[1]) && (!sel.through || w.some(p => agree(p, sel.through)))
  : (sel.through || ofMain(w)) && (!sel.losses || sel.losses.has(w[0].step)) && (!sel.uses || sel.uses.has(w[w.length - 1].step)) && (!sel.through || w.some(p => agree(p, sel.through))));
let timer = 0;
function announce(/** @type {string} */ text) { clearTimeout(timer); timer = setTimeout(() => { $('#live-status').textContent = text; }, 250); }
const summary = () => `T = ${S.T}, L = ${heard(M.L)}, dL/d${facts.target} = ${heard(M.gradient)}`;

function rove() { $$('[data-rove]').forEach(group => { const all = $$('[data-sel][tabindex]', group); if (all.length && !all.some(n => n.tabIndex === 0)) all[0].setAttribute('tabindex', '0'); }); }
function draw() {
  M = modelled(S);
  if ((hover || pin) && !resolved(hover || pin)?.lit.size) hover = pin = '';
  drawGraph(); drawTriangle(); drawNumbers(); drawWords(); drawFold(); drawResults(); drawReach(); drawOpened(true); light(); rove();
}
/** Only numbers change: what has the reader's finger on it stays. */
function redraw() {
  const focus = /** @type {any} */ (document.activeElement), k = focus?.dataset?.k, t = focus?.dataset?.t;
  draw(); sync();
  if (k && t) $(`#live-numbers [data-k="${k}"][data-t="${t}"]`)?.focus();
}

const settings = () => new URLSearchParams([['T', String(S.T)], ...Object.entries(S.one).filter(([k, v]) => v !== fresh().one[k]).map(([k, v]) => [k, String(v)]), ...Object.entries(S.many).filter(([k, v]) => v.join() !== fresh().many[k].join()).map(([k, v]) => [k, v.join(' ')])]).toString();
function fromLink() {
  const given = new URLSearchParams(location.hash.slice(1)), good = (/** @type {string} */ x) => x.trim() !== '' && Number.isFinite(+x);
  given.forEach((value, key) => {
    if (key === 'T' && good(value) && Number.isInteger(+value) && +value >= facts.least && +value <= facts.most) S.T = +value;
    else if (Object.hasOwn(S.one, key) && good(value)) S.one[key] = +value;
    else if (Object.hasOwn(S.many, key)) { const all = value.split(' '); if (all.length === facts.most && all.every(good)) S.many[key] = all.map(Number); }
  });
}

const root = $('#live');
root.addEventListener('input', (/** @type {any} */ ev) => {
  const { k, t } = ev.target.dataset, value = ev.target.value;
  if (!k || value.trim() === '' || !Number.isFinite(+value)) return;
  if (t) S.many[k][+t - 1] = +value;
  else if (k === 'T') S.T = Math.max(facts.least, Math.min(facts.most, Math.round(+value)));
  else S.one[k] = +value;
  redraw(); announce(summary());
});
// The handout's own exhibits answer, too, so pointer and keys are heard everywhere.
const over = (/** @type {any} */ n) => { hover = n ? n.dataset.sel : ''; hoverIn = !!n && handout.contains(n); light(); };
document.addEventListener('pointerover', (/** @type {any} */ ev) => { if (ev.pointerType === 'touch') return; const n = ev.target.closest('[data-sel]'); if ((n ? n.dataset.sel : '') !== hover) over(n); });
document.documentElement.addEventListener('pointerleave', () => { if (hover) over(null); });
document.addEventListener('focusin', (/** @type {any} */ ev) => { const n = ev.target.closest('[data-sel]'); if (n && n.matches(':focus-visible')) over(n); });
document.addEventListener('focusout', () => { if (hover) over(null); });
const letGo = () => { pin = hover = ''; light(); announce(say.nothing); };
const choose = (/** @type {any} */ n) => {
  pin = pin === n.dataset.sel ? '' : n.dataset.sel; pinIn = !!pin && handout.contains(n); hover = '';
  light();
  const place = opened();
  announce(place ? spokenOpened(place) : pin ? $('#live-reading').textContent.trim().replace(/\s+/g, ' ').slice(0, 160) : say.nothing);
};
const go = (/** @type {number} */ to) => {
  stage = Math.max(0, Math.min(M.nodes.length, to));
  drawFold();
  pin = stage ? `d:${M.nodes[stage - 1].join()}` : ''; hover = '';
  light();
  announce(stage ? $(`#live-fold li.now`).textContent.trim().replace(/\s+/g, ' ') : say.all);
};
document.addEventListener('click', (/** @type {any} */ ev) => {
  if (ev.target.closest('#live-start')) { S = fresh(); stage = 0; pin = ''; redraw(); announce(summary()); return; }
  if (ev.target.closest('#live-link')) { const kept = settings(); history.replaceState(null, '', `#${kept}`); navigator.clipboard?.writeText(location.href).catch(() => {}); announce(say.copied); return; }
  if (ev.target.closest('#live-close')) { const arrow = $(`#live-picture [data-arc="${shownArrow}"]`); letGo(); arrow?.focus(); return; }
  if (ev.target.closest('#live-back')) { go(stage - 1); return; }
  if (ev.target.closest('#live-next')) { go(stage + 1); return; }
  const n = ev.target.closest('[data-sel]');
  if (n) choose(n);
});
document.addEventListener('keydown', ev => {
  const target = /** @type {any} */ (ev.target);
  if (ev.key === 'Escape') { if (pin || hover) letGo(); return; }
  const group = target.closest('[data-rove]'), d = /** @type {Record<string, number[]>} */ ({ ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] })[ev.key];
  if ((ev.key === 'Enter' || ev.key === ' ') && target.matches('[data-sel]:not(button)')) { ev.preventDefault(); choose(target); return; }
  if (!d || !group || ev.ctrlKey || ev.metaKey || ev.altKey) return;
  const middle = (/** @type {Element} */ n) => { const r = n.getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2]; }, [x, y] = middle(target);
  const best = $$('[data-sel][tabindex]', group).map(n => { const [a, b] = middle(n), along = (a - x) * d[0] + (b - y) * d[1], off = Math.abs((a - x) * d[1]) + Math.abs((b - y) * d[0]); return { n, along, far: along + 3 * off }; }).filter(z => z.along > 2).sort((p, q) => p.far - q.far)[0];
  ev.preventDefault();
  if (best) { target.setAttribute('tabindex', '-1'); best.n.setAttribute('tabindex', '0'); best.n.focus(); }
});
document.documentElement.classList.add('js');
fromLink(); link(); drawControls(); draw(); sync();
Object.assign(window, { live: { facts, partOf, get state() { return S; }, get model() { return M; }, redraw, resolved, sums: (/** @type {Picked} */ sel) => sums(M, VALUE, sel).whole() } });
