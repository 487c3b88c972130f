// @ts-check
/* One time axis: in the graph, under it and in the tables step t stands between the same two lines, in one box that scrolls. */

/** Where the first step of the picture has its middle, and how far it is from step to step, in px. */
const PX = 44, UNDRAWN = [1, 2], onPage = () => (facts.axis[S.T] ?? UNDRAWN).map((/** @type {number} */ cm) => PX * cm);
const begins = () => onPage()[0], pitch = () => onPage()[1];
function layAxis() {
  const style = $('#live').style;
  for (const [name, px] of Object.entries({ step: pitch(), first: begins(), before: Math.max(0, begins() - pitch() / 2) })) style.setProperty(`--${name}`, `${px.toFixed(2)}px`);
  style.setProperty('--steps', String(S.T));
}
/** A table whose columns are the steps, between what its rows are called and what they come to. */
const onAxis = (/** @type {string} */ kind, /** @type {string} */ rows) => `<table class="axis ${kind}" ${kind === 'reading' ? '' : 'data-rove'}><colgroup><col class="head">${range(1, S.T).map(() => '<col class="step">').join('')}<col class="end"></colgroup>${rows}</table>`;
const rowOnAxis = (/** @type {string} */ head, /** @type {(t: number) => string} */ body, end = '', kind = '', of = '') => `<tr class="${kind}"><th scope="row">${head}</th>${range(1, S.T).map(t => `<td${of ? ` data-node="${of.replace(',', `,${t},`)}"` : ''}>${body(t)}</td>`).join('')}<td>${end}</td></tr>`;

/** A number with as many decimals as there is room for. */
function fitting(/** @type {number} */ v, dec = places) {
  while (dec > 1 && split(v, dec)[0].length > pitch() / 8.4 - 1) dec--;
  return num(v, dec);
}
/** A short vector in a row if there is room, else one entry below another; of other arrays the size. */
function narrow(/** @type {any} */ a) {
  if (!Array.isArray(a) || depth(a) !== 1 || a.length > 3) return fitting(size(a));
  const entries = a.map((/** @type {number} */ x) => fitting(x, Math.min(3, places)));
  return entries.join().replace(/<\/?sup>/g, '').length * 7 + 8 < pitch() ? `<span class="pair">(${entries.join(', ')})</span>` : `<span class="vector">${entries.join('<br>')}</span>`;
}
const cellOf = (/** @type {any} */ x) => fitting(scalar ? x : size(x));

/** Lines between the steps of the picture. */
function ruleGraph() {
  const svg = $('#live-picture svg'), line = (/** @type {number} */ t) => { const x = (begins() + (t - 0.5) * pitch()).toFixed(1); return `<path class="between" d="M${x} 0V${svg.getAttribute('height')}"/>`; };
  svg?.insertAdjacentHTML('afterbegin', range(1, S.T - 1).map(line).join(''));
}

/** The nodes on the ways of a selection, at both levels. */
const nodesOn = (/** @type {any} */ found) => new Set([...found?.keys ?? []].flatMap(key => key.split(/[>@]/)));
/** Lights the numbers of the nodes on its ways, of a step its column, of a bundle its adjoint. */
function lightValues(/** @type {any} */ found) {
  const nodes = nodesOn(found), step = found?.kind === 's' ? found.arg : '';
  $$('[data-node]').forEach(n => {
    const [name, t, of] = n.dataset.node.split(',');
    n.classList.toggle('lit', !!found && (step ? step === t : of && found.kind === 'd' ? found.arg === `${name},${t}` : nodes.has(`${name},${t}`)));
  });
}

/** The letters of a selection, each at the step where it begins. */
const lettersOf = (/** @type {any} */ found) => wordOf(found) ?? M.arcs.filter((/** @type {any} */ a) => found.lit.has(a.key)).map((/** @type {any} */ a) => ({ letter: a.l, step: a.t }));
/** The one word that a selection is, if it is one. */
const wordOf = (/** @type {any} */ found) => found.parts.length > 1 ? null : found.parts[0].word ?? (!found.parts[0].node && counted(found, COUNT) === 1 ? M.list.find((/** @type {Place[]} */ w) => w.every(p => found.lit.has(`${p.letter}@${p.step}`))) ?? null : null);
/** What a selection brings to each state on its way, from the loss on. */
function arrivals(/** @type {any} */ found) {
  /** @type {Map<string, any>} */ const sum = new Map();
  const put = (/** @type {string} */ key, /** @type {any} */ x) => { if (x !== null) sum.set(key, sum.has(key) ? add(sum.get(key), x) : x); };
  for (const sel of found.parts) {
    if (sel.word) { sel.word.reduce((/** @type {any} */ x, /** @type {Place} */ p) => { if (letters[p.letter].head !== facts.loss) put(`${letters[p.letter].head},${p.step}`, x); return act(M, p.letter, p.step, x, p.way); }, M.weight); continue; }
    const run = sums(M, VALUE, sel), on = new Set(onWays(sel)), arcs = M.arcs.filter((/** @type {any} */ a) => on.has(a.key));
    const nodes = new Set([...arcs.map((/** @type {any} */ a) => a.head), ...sel.node ? [sel.node.join()] : []].filter(key => !key.startsWith(`${facts.loss},`)));
    for (const key of nodes) { const [name, t] = key.split(','); put(key, run.node(name, Number(t)) ?? run.before(name, Number(t))); }
  }
  return sum;
}
/** What a selection adds; of arrays the size of what arrives where the parameter is used, if that is at one step. */
function worth(/** @type {any} */ found) {
  const word = wordOf(found), [sel] = found.parts;
  if (scalar || sel.node) return short(summed(found));
  const size_ = word ? arrived(word) : found.parts.length === 1 && sel.uses?.size === 1 ? sums(M, VALUE, sel).landing([...sel.uses][0]) : size(summed(found));
  return `${say.size} ${num(size_ ?? 0)}`;
}
/** How much is picked, and what it adds up to. */
function told(/** @type {any} */ found) {
  const words = counted(found, COUNT), ways = counted(found, WAYS), node = found.parts[0].node, word = wordOf(found);
  const whole = !found.parts[0].through, what = node && whole ? at(adjoint(node[0]), node[1]) : word ? spell(word) : whatIs[found.kind]?.(found.arg) ?? '';
  return `<p class="told">${what ? `<span>${what}</span>${whole && (scalar || node) ? ' = ' : ': '}` : ''}<b>${worth(found)}</b> <span class="soft">${amount(words)} ${words === 1 ? say.word : say.words}, ${amount(ways)} ${ways === 1 ? say.path : say.paths}</span></p>`;
}
/** @type {Record<string, (arg: string) => string>} */
const whatIs = { all: () => `d${symbol(facts.total)}/d${symbol(main.symbol)}`, k: l => general(letters[Number(l)].symbol), s: t => `${say.step} ${t}` };
const MOST_VALUES = 3;
/** Under the graph: what is picked, or else everything, in the columns of its steps. */
function drawReading(/** @type {any} */ picked) {
  const found = picked ?? resolved('all'), shown = lettersOf(found), so = arrivals(found);
  const here = (/** @type {number} */ t) => shown.filter((/** @type {Place} */ p) => p.step === t), most = Math.max(...range(1, S.T).map(t => here(t).length));
  const passed = facts.states.filter((/** @type {any} */ x) => range(1, S.T).some(t => so.has(`${x.name},${t}`)));
  const head = (/** @type {any} */ x) => facts.states.length > 1 ? fill(say.so_far_at, { node: general(x.symbol) }) : say.so_far;
  const values = (/** @type {number} */ t) => [...here(t)].reverse().map(p => fitting(act(M, p.letter, p.step, 1, p.way))).join('<br>');
  const rows = [
    rowOnAxis(say.letters, t => spell(here(t))),
    scalar && most <= MOST_VALUES ? rowOnAxis(say.values, values) : '',
    ...passed.map((/** @type {any} */ x) => rowOnAxis(head(x), t => so.has(`${x.name},${t}`) ? narrow(so.get(`${x.name},${t}`)) : '')),
  ];
  $('#live-reading').innerHTML = told(found) + (shown.length ? onAxis('reading', `<tbody>${rows.join('')}</tbody>`) : '') + (picked ? '' : `<p class="soft">${say.none_chosen}</p>`);
}
/** Room for whatever may be picked, so that nothing moves away from under the pointer. */
function reserve() {
  const box = $('#live-reading');
  box.style.minHeight = '';
  drawReading(null);
  const lines = scalar && !$$('tr', box)[1]?.cells[1].innerHTML.includes('<br>') ? MOST_VALUES * 1.3 : 0;
  box.style.minHeight = `calc(${Math.ceil(box.getBoundingClientRect().height)}px + ${lines}em)`;
}
/** A symbol for any step. */
const general = (/** @type {number} */ id) => symbol(id).replaceAll('77777', '<mi>𝑡</mi>').replace(/<mn><mi>𝑡<\/mi><\/mn>/g, '<mi>𝑡</mi>');
