// @ts-check
/* Numbers as they are printed, and the exhibits: graph, triangle, table of numbers, words, folding, reach. */

const places = Math.min(facts.digits, 8);
function split(/** @type {number} */ v, dec = places, digits = 1) {
  if (!Number.isFinite(v)) return ['∞'];
  const m = Math.abs(v), sign = v < 0 ? '−' : '';
  if (m < 1e-300) return ['0'];
  if (m >= 1e6 || m < 0.5 * 10 ** -dec) { const [c, x] = m.toExponential(digits).split('e'); return [`${sign}${c}·10`, x.replace('+', '').replace('-', '−')]; }
  return [sign + m.toFixed(dec)];
}
const num = (/** @type {number} */ v, dec = places) => { const [a, x] = split(v, dec); return x ? `${a}<sup>${x}</sup>` : a; };
const short = (/** @type {any} */ a) => Array.isArray(a) && depth(a) === 1 && a.length <= 3 ? `(${a.map((/** @type {number} */ x) => num(x, Math.min(3, places))).join(', ')})` : num(size(a));
const heard = (/** @type {any} */ a) => String(+Number(size(a)).toPrecision(3));
const amount = (/** @type {number} */ n) => n > 1e15 ? num(n) : Math.round(n).toLocaleString('en').replaceAll(',', '\u202f');

const shown = (/** @type {any} */ x) => scalar ? num(x) : num(size(x));
const button = (/** @type {string} */ sel, /** @type {string} */ label, /** @type {string} */ body, kind = '') => `<button type="button" class="${kind}" data-sel="${sel}" tabindex="-1" aria-pressed="false" aria-label="${label}">${body}</button>`;
const spell = (/** @type {Place[]} */ word) => [...word].reverse().map(p => `<span class="letter" data-arc="${p.letter}@${p.step}">${at(letters[p.letter].symbol, p.step)}</span>`).join('');
const sounds = (/** @type {Place[]} */ word) => [...word].reverse().map(p => `${letters[p.letter].kind} ${p.step}`).join(', ');
const fill = (/** @type {string} */ text, /** @type {Record<string, any>} */ by) => text.replace(/\{(\w+)\}/g, (_, key) => by[key] ?? '');

/** Numbers that are put into places of their own, so that what stands around them is laid out once. */
/** @type {string[]} */
let moving = [];
const moved = (/** @type {string} */ text) => `<span data-moved="${moving.push(text) - 1}"></span>`;
/** Fills a box: where all but its numbers is as it was, only these are put in anew. */
function put(/** @type {any} */ box, /** @type {() => string} */ html) {
  moving = [];
  const text = html(), was = kept.get(box);
  if (was?.text !== text) box.innerHTML = text;
  const places = was?.text === text ? was.places : $$('[data-moved]', box).sort((a, b) => a.dataset.moved - b.dataset.moved);
  moving.forEach((number, i) => { if (was?.text !== text || was.numbers[i] !== number) places[i].innerHTML = number; });
  kept.set(box, { text, places, numbers: moving });
}
/** @type {Map<any, {text: string, places: any[], numbers: string[]}>} */
const kept = new Map();

function drawControls() {
  const slider = (/** @type {string} */ key, /** @type {string} */ label, /** @type {string} */ head, /** @type {number} */ low, /** @type {number} */ high, /** @type {number} */ step, /** @type {number} */ value) =>
    `<div class="k"><span aria-hidden="true">${head}</span><input type="range" min="${low}" max="${high}" step="${step}" data-k="${key}" aria-label="${label}" value="${value}"><input type="number" step="${step}" data-k="${key}" aria-label="${label}" value="${value}"${key === 'T' ? ` min="${low}" max="${high}"` : ''}></div>`;
  const wide = (/** @type {number} */ v) => Math.max(2, Math.ceil(Math.abs(v) * 2));
  $('#live-controls').innerHTML = [
    slider('T', say.steps, symbolT(), facts.least, facts.most, 1, S.T),
    ...numbered.map((/** @type {any} */ p) => slider(p.name, p.name, symbol(p.symbol), -wide(facts.values[p.name]), wide(facts.values[p.name]), 0.01, S.one[p.name])),
    ...ends.map((/** @type {any} */ o) => slider(o.label, o.label, symbol(o.symbol), -wide(facts.values[o.label]), wide(facts.values[o.label]), 0.01, S.one[o.label])),
    ...scaled.map((/** @type {any} */ p) => slider(p.name, fill(say.times, { name: p.name }), `${symbol(p.symbol)}&thinsp;×`, -2, 3, 0.01, 1)),
  ].join('') + `<div class="k"><button type="button" id="live-start">${say.start}</button><button type="button" id="live-link">${say.link}</button></div>`;
}
const symbolT = () => '<math><mi>T</mi></math>';
function sync() {
  $$('#live [data-k]').forEach(i => {
    const value = i.dataset.t ? S.many[i.dataset.k][+i.dataset.t - 1] : i.dataset.k === 'T' ? S.T : S.one[i.dataset.k];
    if (document.activeElement !== i || i.type === 'range') i.value = String(value);
  });
}
/** Gives a picture what it came without: heads, and its names in boxes, in which they are centred or begin or end. */
function finish(/** @type {any} */ box, /** @type {(id: number) => string} */ text) {
  $$('.arrow', box).forEach(drawHead);
  $$('[data-formula]', box).forEach(n => {
    const side = n.getAttribute('class') ?? '', x = n.getAttribute('x') - (side === 'start' ? 0 : side === 'end' ? 240 : 120);
    n.outerHTML = `<foreignObject x="${x}" y="${n.getAttribute('y') - 20}" width="240" height="40"><div class="${side}">${text(+n.dataset.formula)}</div></foreignObject>`;
  });
}
/** The head of an arrow, whose shaft ends in its notch. */
function drawHead(/** @type {any} */ g) {
  const path = $('path', g), d = path.getAttribute('d'), [a, b, x, y] = d.match(/-?[\d.]+/g).map(Number).slice(-4), span = Math.hypot(x - a, y - b), [u, v] = [(x - a) / span, (y - b) / span];
  const to = (/** @type {number} */ along, /** @type {number} */ across) => `${(x + along * u - across * v).toFixed(1)} ${(y + along * v + across * u).toFixed(1)}`;
  path.insertAdjacentHTML('afterend', `<path class="head" d="M${to(6.2, 0)}L${to(-1.5, 3.2)} ${x} ${y} ${to(-1.5, -3.2)}z"/>`);
}
/** Beside an arrow its letter, and its factor under it. */
function drawLetters() {
  const placed = (/** @type {any} */ a) => a.letter.place?.[S.T];
  const labels = M.arcs.filter(placed).map((/** @type {any} */ a) => {
    const path = $(`#live-picture [data-arc="${a.key}"] path:not(.hit)`), start = path?.getAttribute('d').match(/-?[\d.]+/g).map(Number);
    if (!path) return '';
    const [dx, dy, numbered] = placed(a), [x, y] = [start[0] + 44 * dx, start[1] + 44 * dy], under = numbered ? '<small></small>' : '';
    return `<g class="label letter" data-arc="${a.key}"><foreignObject x="${(x - 60).toFixed(1)}" y="${(y - 20).toFixed(1)}" width="120" height="40"><div>${at(a.letter.symbol, a.t)}${under}</div></foreignObject></g>`;
  });
  $('#live-picture svg')?.insertAdjacentHTML('beforeend', labels.join(''));
}
const drawFactors = () => $$('#live-picture .letter').forEach(n => { const [l, t] = n.dataset.arc.split('@').map(Number); $$('small', n).forEach(small => { const [a, x] = split(act(M, l, t, 1), 3, 0); small.innerHTML = x ? `${a}<sup>${x}</sup>` : a; }); });
let drawnSteps = 0;
function drawGraph() {
  if (drawnSteps !== S.T) { drawSteps(); reserve(); }
  drawnSteps = S.T;
  drawFactors();
}
function drawSteps() {
  $('#live-picture').innerHTML = `${pictures[S.T] ?? ''}${facts.unled.includes(S.T) ? `<p class="soft">${say.unled}</p>` : ''}`;
  layAxis();
  finish($('#live-picture'), symbol);
  $$('#live-picture svg').forEach(svg => { svg.setAttribute('role', 'group'); svg.setAttribute('data-rove', ''); });
  M.arcs.forEach((/** @type {any} */ a) => {
    const g = $(`#live-picture [data-key="${a.head}>${a.tail}${a.mark}"]`);
    if (!g) return;
    g.dataset.sel = `l:${a.l}@${a.t}`; g.dataset.arc = a.key;
    g.setAttribute('role', 'button'); g.setAttribute('tabindex', '-1'); g.setAttribute('aria-pressed', 'false');
    g.setAttribute('aria-label', `${a.letter.kind} ${a.t}, ${a.head} → ${a.tail}`); g.setAttribute('aria-expanded', 'false'); g.setAttribute('aria-controls', 'live-opened');
    const hit = $('path', g).cloneNode(); hit.setAttribute('class', 'hit'); g.prepend(hit);
  });
  facts.states.forEach((/** @type {any} */ x) => range(1, S.T).forEach(t => { const g = $(`#live-picture [data-key="${x.name},${t}"]`); if (g) { g.dataset.sel = `d:${x.name},${t}`; g.setAttribute('role', 'button'); g.setAttribute('tabindex', '-1'); g.setAttribute('aria-pressed', 'false'); g.setAttribute('aria-label', fill(say.arrives, { node: `${x.name} ${t}` })); } }));
  drawLetters();
  ruleGraph();
}
/** What is left, where the parameter is used, of a unit of the error that enters: the shade, in powers of ten. */
const shade = (/** @type {number} */ r) => !(r > 0) ? 0 : Math.max(1, Math.min(20, Math.round(14 + 3.5 * Math.log10(r) * (r > 1 ? 2 : 1))));
function left(/** @type {number} */ t, /** @type {any} */ run = sums(M, VALUE, { losses: new Set([t]) }), m = M) {
  const entering = m.arcs.filter((/** @type {any} */ a) => a.letter.head === facts.loss && a.t === t).map((/** @type {any} */ a) => size(act(m, a.l, t, m.weight)));
  const whole = Math.hypot(...entering);
  return range(1, m.T).map(k => whole ? (run.landing(k) ?? 0) / whole : 0);
}
function drawTriangle() {
  const steps = range(1, S.T), head = `<tr><td class="corner">${say.used_at}</td>${steps.map(k => `<th scope="col">${button(`u:${k}`, fill(say.used_at, {}) + ` ${k}`, String(k), 'parameter')}</th>`).join('')}<th scope="col">${scalar ? say.sum : ''}</th></tr>`;
  const row = (/** @type {number} */ t) => {
    const sel = { losses: new Set([t]) }, counts = sums(M, COUNT, sel), all = sums(M, WAYS, sel), values = sums(M, VALUE, sel), share = left(t, values);
    const cell = (/** @type {number} */ k) => {
      const words = counts.use(k), ways = all.use(k);
      if (words === null) return '';
      const value = values.arriving(k) ?? 0, many = words > 1 || ways > 1 ? `<small>${amount(words)} / ${amount(ways)}</small>` : '';
      return button(`c:${t},${k}`, `${say.loss_at} ${t}, ${say.used_at} ${k}: ${heard(value)}`, `${cellOf(value)}${many}`, `cell s${shade(share[k - 1])}`);
    };
    return rowOnAxis(button(`r:${t}`, `${say.loss_at} ${t}`, `${say.loss_at} ${t}`, 'loss'), cell, scalar ? cellOf(values.whole() ?? 0) : '');
  };
  const foot = rowOnAxis(say.column_sum, k => cellOf(M.values.arriving(k) ?? 0), scalar ? `<b>${cellOf(M.total)}</b>` : '');
  $('#live-triangle').innerHTML = onAxis('triangle', `<thead>${head}</thead><tbody>${M.losses.map(row).join('')}</tbody><tfoot>${foot}</tfoot>`);
}
function drawNumbers() {
  const name = (/** @type {any} */ x) => symbol(x.symbol);
  const input = (/** @type {any} */ d, /** @type {number} */ t) => `<input type="number" step="0.1" data-k="${d.name}" data-t="${t}" aria-label="${d.name} ${t}">`;
  const pick = (/** @type {string} */ sel, /** @type {string} */ label, /** @type {string} */ body) => `<span role="button" tabindex="-1" aria-pressed="false" aria-label="${label}" data-sel="${sel}">${body}</span>`;
  put($('#live-numbers'), () => onAxis('numbers', `<thead><tr><td class="corner">${say.step}</td>${range(1, S.T).map(t => `<th scope="col">${t}</th>`).join('')}<th scope="col">${say.sum}</th></tr></thead><tbody>${[
    ...facts.data.map((/** @type {any} */ d) => rowOnAxis(name(d), t => d.shape ? moved(narrow(M.v[d.name][t])) : input(d, t), '', '', `${d.name},`)),
    ...facts.variables.map((/** @type {any} */ x, /** @type {number} */ i) => rowOnAxis(name(x), t => moved(narrow(M.v[x.name][t])), x.name === facts.loss ? `<b>${moved(fitting(M.L))}</b>` : '', i ? '' : 'rule', `${x.name},`)),
    ...facts.states.map((/** @type {any} */ x, /** @type {number} */ i) => rowOnAxis(general(x.adjoint), t => { const d = M.values.node(x.name, t); return pick(`d:${x.name},${t}`, fill(say.arrives, { node: `${x.name} ${t}` }), moved(d === null ? '0' : narrow(d))); }, '', i ? '' : 'rule', `${x.name},d`)),
    rowOnAxis(say.adds, t => moved(cellOf(M.values.use(t) ?? 0)), `<b>${moved(cellOf(M.total))}</b>`, 'rule'),
  ].join('')}</tbody>`));
}
const drawWords = () => put($('#live-words'), wordsTable);
function wordsTable() {
  if (M.words > 60) return `<p class="soft">${fill(say.few_words, { words: amount(M.words), paths: amount(M.paths) })}</p>`;
  const steps = range(1, S.T), lagOf = (/** @type {Place[]} */ w) => w[0].step - w[w.length - 1].step, several = M.paths > M.words;
  let before = NaN;
  const body = M.list.map((/** @type {Place[]} */ w, /** @type {number} */ i) => {
    const lag = lagOf(w), first = lag !== before, ways = w.reduce((p, x) => p * letters[x.letter].ways.length, 1);
    before = lag;
    const cells = steps.map(t => `<td>${spell(w.filter(p => p.step === t))}</td>`).join('');
    return `<tr class="${first && i ? 'rule' : ''}" data-sel="w:${i}"><td>${first ? button(`g:${lag}`, `${say.lag} ${lag}`, String(lag)) : ''}</td><td>${button(`w:${i}`, `${say.word} ${sounds(w)}`, String(i + 1))}</td>${cells}${several ? `<td class="right">${ways}</td>` : ''}<td class="right">${moved(scalar ? shown(spelled(M, w)) : num(arrived(w)))}</td></tr>`;
  }).join('');
  return `<table class="words" data-rove><thead><tr><th scope="col">${say.lag}</th><th scope="col">${say.word}</th>${steps.map(t => `<th scope="col"><span class="${S.T > 4 ? 'unseen' : ''}">${say.step}</span> ${t}</th>`).join('')}${several ? `<th scope="col" class="right">${say.ways}</th>` : ''}<th scope="col" class="right">${scalar ? say.adds : say.adds_size}</th></tr></thead><tbody>${body}</tbody></table>`;
}
/** The arrows by which something arrives at a node, or at the parameter. */
const arriving = (/** @type {string} */ key) => M.arcs.filter((/** @type {any} */ a) => a.tail === key && (a.letter.head === facts.loss ? M.losses.includes(a.t) : M.values.node(a.letter.head, a.t) !== null));
/** How many products of letters are left to make: of each word, but what is folded is one factor, made once. */
function products() {
  const folded = M.nodes.slice(0, stage).map((/** @type {[string, number]} */ node) => node.join(','));
  /** @type {Map<string, [number, number]>} */ const seen = new Map();
  /** @type {(a: any) => [number, number]} */ const through = a => {
    if (a.letter.head === facts.loss) return [1, 0];
    if (folded.includes(a.head)) return [1, 1];
    const [words, made] = open(a.head);
    return [words, made + words];
  };
  /** @type {(key: string) => [number, number]} */ const open = key => {
    const found = seen.get(key) ?? arriving(key).map(through).reduce((/** @type {[number, number]} */ [x, y], /** @type {[number, number]} */ [words, made]) => [x + words, y + made], [0, 0]);
    seen.set(key, found);
    return found;
  };
  return [facts.target, ...folded].reduce((sum, key) => sum + open(key)[1], 0);
}
/** One line for each node of the backward pass: what arrives, by the letters that arrive there. */
function drawFold() {
  const state = new Map(facts.states.map((/** @type {any} */ x) => [x.name, x]));
  stage = Math.min(stage, M.nodes.length);
  const line = (/** @type {[string, number]} */ [name, t], /** @type {number} */ i) => {
    const terms = arriving(`${name},${t}`).map((/** @type {any} */ a) => `<span class="term" data-arc="${a.key}">${at(a.letter.symbol, a.t)}${a.letter.head === facts.loss ? '' : at(state.get(a.letter.head).adjoint, a.t)}</span>`).join(' + ');
    const ways = sums(M, WAYS).node(name, t), value = M.values.node(name, t);
    return `<li data-sel="d:${name},${t}"><span>${at(state.get(name).adjoint, t)}</span><span>= ${terms}</span><span>= ${moved(short(value))}</span><span class="soft">${amount(ways)} ${ways === 1 ? say.path : say.paths}</span></li>`;
  };
  put($('#live-fold'), () => M.nodes.map(line).join(''));
  $$('#live-fold li').forEach((li, i) => { li.classList.toggle('later', i >= stage); li.classList.toggle('now', i === stage - 1); });
  $('#live-at').textContent = fill(say.of, { at: stage, all: M.nodes.length });
  $('#live-products').textContent = `${amount(products())} ${say.products}`;
  $('#live-back').disabled = stage === 0; $('#live-next').disabled = stage === M.nodes.length;
}
/** The last row of the triangle for every value of the main parameter, darker where more is left. */
function drawReach() {
  const box = $('#live-reach');
  if (!main) { box.innerHTML = ''; return; }
  const low = main.shape ? 0 : -2, high = main.shape ? 2.5 : 2, n = 60, last = M.losses[M.losses.length - 1];
  const bands = range(0, n).map(i => low + (high - low) * i / n).map(x => {
    const m = /** @type {any} */ (evaluated({ ...S, one: { ...S.one, [main.name]: x } }));
    m.arcs = M.arcs;
    return left(last, sums(m, VALUE, { losses: new Set([last]) }), m).map(shade);
  });
  const w = 600 / (n + 1), h = 16, here = (S.one[main.name] - low) / (high - low) * (600 - w) + w / 2;
  const rect = (/** @type {number} */ i, /** @type {number} */ k) => `<rect class="s${bands[i][k - 1]}" x="${(i * w).toFixed(1)}" y="${(S.T - k) * h}" width="${(w + 0.6).toFixed(1)}" height="${h + 0.6}"/>`;
  box.innerHTML = `<svg viewBox="0 0 600 ${S.T * h}" preserveAspectRatio="none" width="600" height="${S.T * h}" role="img" aria-label="${say.reach}">${range(0, n).map(i => range(1, S.T).map(k => rect(i, k)).join('')).join('')}<line class="mark" x1="${here.toFixed(1)}" x2="${here.toFixed(1)}" y1="0" y2="${S.T * h}"/></svg>
  <div class="ends"><span>${String(low).replace('-', '−')}</span><span>${symbol(main.symbol)}${main.shape ? '&thinsp;×' : ''}</span><span>${high}</span></div>`;
}
function drawResults() {
  $('#live-results').innerHTML = `<span>${symbol(facts.total)} = <b data-of="L">${num(M.L)}</b></span> <span>d${symbol(facts.total)}/d${symbol(main.symbol)} = <b data-of="gradient">${Array.isArray(M.gradient) ? `${say.size} ${num(size(M.gradient))}` : num(M.gradient)}</b></span> <span class="soft">${amount(M.words)} ${say.words}, ${amount(M.paths)} ${M.paths === 1 ? say.path : say.paths}</span>`;
}
