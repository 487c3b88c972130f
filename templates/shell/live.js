// @ts-check
'use strict';
/* The page that answers. Facts, formulas, pictures and program come with the page; steps are those of the text, 1 … T.
 *
 * A word is a path at the level of states, letter by letter. Whatever a reader picks is a set of words (`Selection`); one
 * recursion over letters adds up such a set, in any ring: counts, ways, or what the linear maps of the letters make of the
 * error that enters. Every exhibit lights what belongs to the set. */
(() => {
/** @typedef {number | any[]} Value  a number, or nested lists */
/** @typedef {{head: string, tail: string, lag: number | null, kind: string, ways: number[][], symbol: number}} Letter */
/** @typedef {{letter: number, step: number}} Place */
/** @typedef {{losses?: Set<number>, uses?: Set<number>, through?: Place, lag?: number, word?: Place[], node?: [string, number]}} Selection */

const $ = (/** @type {string} */ s, /** @type {ParentNode} */ r = document) => /** @type {any} */ (r.querySelector(s));
const $$ = (/** @type {string} */ s, /** @type {ParentNode} */ r = document) => /** @type {any[]} */ ([...r.querySelectorAll(s)]);
const range = (/** @type {number} */ a, /** @type {number} */ b) => Array.from({ length: Math.max(0, b - a + 1) }, (_, i) => a + i);

// ---------- arithmetic of numbers and nested lists, as NumPy has it ----------
/** @type {(a: any) => number} */
const depth = a => Array.isArray(a) ? 1 + depth(a[0]) : 0;
/** @returns {any} */
const zip = (/** @type {(a: number, b: number) => number} */ f, /** @type {any} */ a, /** @type {any} */ b) => {
  const p = depth(a), q = depth(b);
  if (!p && !q) return f(a, b);
  if (p > q) return a.map((/** @type {any} */ x) => zip(f, x, b));
  if (q > p) return b.map((/** @type {any} */ y) => zip(f, a, y));
  return range(0, Math.max(a.length, b.length) - 1).map(i => zip(f, a[a.length === 1 ? 0 : i], b[b.length === 1 ? 0 : i]));
};
/** @returns {any} */
const each = (/** @type {(...z: number[]) => number} */ f, /** @type {any[]} */ ...args) => {
  const [a, ...more] = args;
  if (!more.length) return Array.isArray(a) ? a.map(x => each(f, x)) : f(a);
  const tuple = more.reduce((t, b) => zip(/** @type {any} */ ((/** @type {any} */ x, /** @type {number} */ y) => ({ v: [...x.v, y] })), t, b), each(/** @type {any} */ ((/** @type {number} */ x) => ({ v: [x] })), a));
  return each(/** @type {any} */ ((/** @type {any} */ x) => f(...x.v)), tuple);
};
const flat = (/** @type {any} */ a) => Array.isArray(a) ? a.flat(Infinity) : [a];
const total = (/** @type {any} */ a) => flat(a).reduce((p, q) => p + q, 0);
const flip = (/** @type {any} */ a) => depth(a) < 2 ? a : a[0].map((/** @type {any} */ _, /** @type {number} */ i) => a.map((/** @type {any} */ r) => r[i]));
const dot = (/** @type {number[]} */ a, /** @type {number[]} */ b) => a.reduce((s, x, i) => s + x * b[i], 0);
const add = (/** @type {any[]} */ ...terms) => terms.reduce((a, b) => zip((x, y) => x + y, a, b));
const mul = (/** @type {any[]} */ ...terms) => terms.reduce((a, b) => zip((x, y) => x * y, a, b));
const rows = (/** @type {any} */ f) => (/** @type {any} */ z, /** @type {number | undefined} */ axis) => depth(z) < 2 ? f(z) : axis === 0 ? flip(flip(z).map((/** @type {any} */ r) => f(r))) : z.map((/** @type {any} */ r) => f(r));
const R = {
  add, mul, each, total, flip,
  div: (/** @type {any} */ a, /** @type {any} */ b) => zip((x, y) => x / y, a, b),
  matmul: (/** @type {any} */ a, /** @type {any} */ b) => {
    const p = depth(a), q = depth(b);
    if (!p || !q) return mul(a, b);
    if (q === 1) return p === 1 ? dot(a, b) : a.map((/** @type {any} */ r) => dot(r, b));
    const columns = flip(b);
    return p === 1 ? columns.map((/** @type {any} */ c) => dot(a, c)) : a.map((/** @type {any} */ r) => columns.map((/** @type {any} */ c) => dot(r, c)));
  },
  outer: (/** @type {any} */ a, /** @type {any} */ b) => a.map((/** @type {number} */ x) => b.map((/** @type {number} */ y) => x * y)),
  summed: (/** @type {any} */ a, /** @type {number} */ axis, /** @type {boolean} */ kept) => {
    const sums = (axis ? a : flip(a)).map(total);
    return !kept ? sums : axis ? sums.map((/** @type {number} */ x) => [x]) : [sums];
  },
  /** @type {Record<string, number>} */ sizes: {},
  concat: (/** @type {any[]} */ all, /** @type {number} */ axis) => axis ? all[0].map((/** @type {any} */ _, /** @type {number} */ i) => all.flatMap(a => a[i])) : all.flat(),
  part: (/** @type {any} */ a, /** @type {number} */ start, /** @type {number} */ stop, /** @type {number} */ axis) => axis ? a.map((/** @type {any} */ r) => r.slice(start, stop)) : a.slice(start, stop),
  padded: (/** @type {any} */ a, /** @type {number} */ before, /** @type {number} */ after, /** @type {number} */ axis) => {
    if (axis) return a.map((/** @type {any} */ r) => [...Array(before).fill(0), ...r, ...Array(after).fill(0)]);
    const zeros = (/** @type {number} */ n) => range(1, n).map(() => each(() => 0, a[0] ?? 0));
    return [...zeros(before), ...a, ...zeros(after)];
  },
  ones: (/** @type {any} */ a) => each(() => 1, a),
  components: (/** @type {any} */ a) => flat(a).length,
  softmax: rows((/** @type {number[]} */ z) => { const e = z.map(x => Math.exp(x - Math.max(...z))), s = total(e); return e.map(x => x / s); }),
  logsumexp: rows((/** @type {number[]} */ z) => { const m = Math.max(...z); return m + Math.log(total(z.map(x => Math.exp(x - m)))); }),
  erf: (/** @type {number} */ x) => {
    const a = Math.abs(x), s = Math.sign(x);
    if (a > 6) return s;
    if (a < 2.5) { let term = a, sum = a; for (let n = 1; Math.abs(term) > 1e-18 * sum; n++) { term *= -a * a / n; sum += term / (2 * n + 1); } return s * 2 / Math.sqrt(Math.PI) * sum; }
    let f = 0;
    for (let n = 60; n > 0; n--) f = n / 2 / (a + f);
    return s * (1 - Math.exp(-a * a) / Math.sqrt(Math.PI) / (a + f));
  },
};
const size = (/** @type {any} */ a) => Array.isArray(a) ? Math.hypot(...flat(a)) : a;

/** @type {any} */
const program = /*PROGRAM*/null;
if (!program) return;
const facts = JSON.parse($('#live-facts').textContent);
/** @type {Letter[]} */
const letters = facts.letters;
R.sizes = facts.sizes;
const say = facts.say;
const formula = [...$('#live-formulas').content.children].map(i => i.innerHTML);
const pictures = Object.fromEntries($$('template.live-picture').map(t => [t.dataset.steps, t.innerHTML]));
const symbol = (/** @type {number} */ id) => formula[id];
const at = (/** @type {number} */ id, /** @type {number} */ step) => formula[id].replaceAll('77777', String(step));
const scalar = !facts.variables.some((/** @type {any} */ x) => x.shape) && !facts.timeless.some((/** @type {any} */ x) => x.shape);
const main = facts.timeless.find((/** @type {any} */ p) => p.name === facts.target);

// ---------- state: all that a reader can change ----------
const numbered = facts.timeless.filter((/** @type {any} */ p) => p.shape === 0);
const scaled = facts.timeless.filter((/** @type {any} */ p) => p.shape > 0);
const series = facts.data.filter((/** @type {any} */ d) => d.shape === 0);
const ends = facts.outside.filter((/** @type {any} */ o) => o.shape === 0);
const fresh = () => ({
  T: facts.T,
  /** @type {Record<string, number>} */ one: Object.fromEntries([...numbered.map((/** @type {any} */ p) => [p.name, facts.values[p.name]]), ...ends.map((/** @type {any} */ o) => [o.label, facts.values[o.label]]), ...scaled.map((/** @type {any} */ p) => [p.name, 1])]),
  /** @type {Record<string, number[]>} */ many: Object.fromEntries(series.map((/** @type {any} */ d) => [d.name, range(1, facts.most).map(t => facts.values[d.name][(t - 1) % facts.values[d.name].length])])),
});
let S = fresh(), pin = '', hover = '', stage = 0;
/** @type {any} */ let M = null;

// ---------- the network: forwards, then sums over words by one recursion ----------
const lossSteps = (/** @type {number} */ T) => facts.lossAt === 'every' ? range(1, T) : facts.lossAt === 'last' ? [T] : facts.lossAt.filter((/** @type {number} */ t) => t <= T);
function evaluated(/** @type {typeof S} */ s) {
  const { T } = s;
  /** @type {Record<string, any>} */ const v = { T };
  for (const p of facts.timeless) v[p.name] = p.shape ? mul(s.one[p.name], facts.values[p.name]) : s.one[p.name];
  for (const d of facts.data) { const given = facts.values[d.name]; v[d.name] = [undefined, ...range(1, T).map(t => d.shape ? given[(t - 1) % given.length] : s.many[d.name][t - 1])]; }
  for (const x of facts.variables) v[x.name] = [];
  for (const o of facts.outside) v[o.name][o.step > 0 ? T + o.step : o.step] = o.shape ? facts.values[o.label] : s.one[o.label];
  for (const sweep of facts.sweeps) for (const t of sweep.direction > 0 ? range(1, T) : range(1, T).reverse()) for (const name of sweep.names) v[name][t] = program.forward[name](v, t);
  const losses = lossSteps(T), weight = facts.mean ? 1 / losses.length : 1;
  return { T, v, losses, weight, L: weight * losses.reduce((/** @type {number} */ a, /** @type {number} */ t) => a + v[facts.loss][t], 0) + (program.penalty ? program.penalty(v) : 0) };
}
/** What a letter at a step makes of an adjoint: the sum over its ways. */
const act = (/** @type {any} */ m, /** @type {number} */ l, /** @type {number} */ t, /** @type {any} */ d) =>
  add(...letters[l].ways.map(way => way.reduce((x, edge) => program.pull[edge](m.v, t, x), d)));
const tailStep = (/** @type {Letter} */ letter, /** @type {number} */ t) => t - (letter.lag ?? 0);
const exists = (/** @type {any} */ m, /** @type {Letter} */ letter, /** @type {number} */ t) => t >= 1 && t <= m.T && (letter.tail === facts.target || (tailStep(letter, t) >= 1 && tailStep(letter, t) <= m.T));
/** All letters at all steps, with their ends as keys. */
const arcs = (/** @type {any} */ m) => range(1, m.T).flatMap(t => letters.map((letter, l) => ({ l, t, letter })).filter(a => exists(m, a.letter, t)).map(a => ({ ...a, key: `${a.l}@${t}`, head: `${a.letter.head},${t}`, tail: a.letter.tail === facts.target ? facts.target : `${a.letter.tail},${tailStep(a.letter, t)}` })));

const COUNT = { one: 1, add: (/** @type {number} */ a, /** @type {number} */ b) => a + b, act: (/** @type {any} */ _m, /** @type {number} */ _l, /** @type {number} */ _t, /** @type {number} */ x) => x };
const WAYS = { ...COUNT, act: (/** @type {any} */ _m, /** @type {number} */ l, /** @type {number} */ _t, /** @type {number} */ x) => x * letters[l].ways.length };
const VALUE = { one: null, add, act };

/** Sums over words in a ring: what arrives at a node, or at the uses of the parameter. `null` is 0. */
function sums(/** @type {any} */ m, /** @type {any} */ ring, /** @type {Selection} */ sel = {}) {
  const one = ring.one ?? m.weight, plus = (/** @type {any} */ a, /** @type {any} */ b) => a === null ? b : b === null ? a : ring.add(a, b);
  /** @type {Map<string, [any, any]>} */ const known = new Map();
  /** @returns {[any, any]} */
  const node = (/** @type {string} */ name, /** @type {number} */ t) => {
    const key = `${name},${t}`;
    if (!known.has(key)) {
      /** @type {any} */ let all = null;
      /** @type {any} */ let passed = null;
      if (name === facts.loss && m.losses.includes(t) && (!sel.losses || sel.losses.has(t))) all = one;
      letters.forEach((letter, l) => {
        const s = t + (letter.lag ?? 0);
        if (letter.tail !== name || !exists(m, letter, s)) return;
        const [a, p] = step(l, s, node(letter.head, s));
        all = plus(all, a); passed = plus(passed, p);
      });
      known.set(key, [all, passed]);
    }
    return /** @type {[any, any]} */ (known.get(key));
  };
  const step = (/** @type {number} */ l, /** @type {number} */ s, /** @type {[any, any]} */ [all, passed]) => {
    const through = sel.through && sel.through.letter === l && sel.through.step === s, a = all === null ? null : ring.act(m, l, s, all);
    return /** @type {[any, any]} */ ([a, through ? a : passed === null ? null : ring.act(m, l, s, passed)]);
  };
  const use = (/** @type {number} */ k) => letters.reduce((sum, letter, l) => {
    if (letter.tail !== facts.target || (sel.uses && !sel.uses.has(k))) return sum;
    const [a, p] = step(l, k, node(letter.head, k));
    return plus(sum, sel.through ? p : a);
  }, /** @type {any} */ (null));
  /** How much arrives where the parameter is used at step k, before it is multiplied there. */
  const landing = (/** @type {number} */ k) => {
    /** @type {Map<number, any>} */ const groups = new Map();
    letters.forEach((letter, l) => {
      if (letter.tail !== facts.target || (sel.uses && !sel.uses.has(k)) || !exists(m, letter, k)) return;
      const [a, p] = node(letter.head, k), d = !sel.through ? a : sel.through.letter === l && sel.through.step === k ? a : p;
      if (d === null) return;
      letter.ways.forEach(way => { const last = way[way.length - 1], made = way.slice(0, -1).reduce((x, edge) => program.pull[edge](m.v, k, x), d); groups.set(last, groups.has(last) ? add(groups.get(last), made) : made); });
    });
    return groups.size ? Math.hypot(...[...groups.values()].map(size)) : null;
  };
  return { landing, arriving: scalar ? use : landing, node: (/** @type {string} */ name, /** @type {number} */ t) => node(name, t)[sel.through ? 1 : 0], use, whole: () => range(1, m.T).map(use).reduce(plus, null) };
}
/** The words of a set, as far as they are few. */
function listed(/** @type {any} */ m, most = 61) {
  /** @type {Place[][]} */ const found = [];
  const on = (/** @type {string} */ name, /** @type {number} */ t, /** @type {Place[]} */ before) => {
    letters.forEach((letter, l) => {
      if (letter.head !== name || !exists(m, letter, t) || found.length >= most) return;
      const word = [...before, { letter: l, step: t }];
      if (letter.tail === facts.target) found.push(word); else on(letter.tail, tailStep(letter, t), word);
    });
  };
  m.losses.forEach((/** @type {number} */ t) => on(facts.loss, t, []));
  const lag = (/** @type {Place[]} */ w) => w[0].step - w[w.length - 1].step, shape = (/** @type {Place[]} */ w) => w.map(p => p.letter).join();
  return found.sort((a, b) => lag(a) - lag(b) || shape(a).localeCompare(shape(b)) || a[0].step - b[0].step);
}
/** The value of one word: its letters applied one after the other. */
const spelled = (/** @type {any} */ m, /** @type {Place[]} */ word) => word.reduce((/** @type {any} */ x, p) => act(m, p.letter, p.step, x), m.weight);

/** The size of what one word brings to where the parameter is used. */
function arrived(/** @type {Place[]} */ word) {
  const { letter, step } = word[word.length - 1], d = word.slice(0, -1).reduce((/** @type {any} */ x, p) => act(M, p.letter, p.step, x), M.weight);
  /** @type {Map<number, any>} */ const groups = new Map();
  letters[letter].ways.forEach(way => { const last = way[way.length - 1], made = way.slice(0, -1).reduce((x, edge) => program.pull[edge](M.v, step, x), d); groups.set(last, groups.has(last) ? add(groups.get(last), made) : made); });
  return Math.hypot(...[...groups.values()].map(size));
}

function modelled(/** @type {typeof S} */ s) {
  const m = /** @type {any} */ (evaluated(s));
  m.arcs = arcs(m);
  m.values = sums(m, VALUE);
  m.total = m.values.whole() ?? 0;
  m.gradient = program.straight[facts.target] ? add(m.total, program.straight[facts.target](m.v)) : m.total;
  m.words = sums(m, COUNT).whole() ?? 0;
  m.paths = sums(m, WAYS).whole() ?? 0;
  m.list = m.words <= 60 ? listed(m) : [];
  m.nodes = backwards(m);
  return m;
}
/** The states in the order in which the backward pass meets them. */
function backwards(/** @type {any} */ m) {
  /** @type {[string, number][]} */ const found = [];
  const seen = new Set();
  const visit = (/** @type {string} */ name, /** @type {number} */ t) => {
    if (seen.has(`${name},${t}`)) return;
    seen.add(`${name},${t}`);
    m.arcs.filter((/** @type {any} */ a) => a.tail === `${name},${t}`).forEach((/** @type {any} */ a) => a.letter.head !== facts.loss && visit(a.letter.head, a.t));
    if (m.values.node(name, t) !== null) found.push([name, t]);
  };
  range(1, m.T).reverse().forEach(t => facts.states.forEach((/** @type {any} */ x) => visit(x.name, t)));
  return found;
}

// ---------- selections ----------
/** "c:3,1" a cell · "u:1" a column · "r:3" a row · "g:2" a lag · "l:4@3" an arrow · "w:5" a word · "d:h,2" a bundle · "all" */
function resolved(/** @type {string} */ name) {
  const [kind, arg = ''] = name.split(':'), numbers = arg.split(/[,@]/).map(Number), only = (/** @type {number} */ n) => new Set([n]);
  /** @type {Record<string, () => Selection[]>} */
  const made = {
    c: () => [{ losses: only(numbers[0]), uses: only(numbers[1]) }], u: () => [{ uses: only(numbers[0]) }], r: () => [{ losses: only(numbers[0]) }],
    g: () => M.losses.map((/** @type {number} */ t) => ({ losses: only(t), uses: only(t - numbers[0]) })), l: () => [{ through: { letter: numbers[0], step: numbers[1] } }],
    w: () => M.list[numbers[0]] ? [{ word: M.list[numbers[0]] }] : [], d: () => [{ node: /** @type {[string, number]} */ ([arg.split(',')[0], numbers[1]]) }], all: () => [{}],
  };
  if (!made[kind]) return null;
  const parts = made[kind](), lit = new Set(), cells = new Set();
  for (const sel of parts) {
    onWays(sel).forEach((/** @type {string} */ key) => lit.add(key));
    if (!sel.node) for (const t of M.losses) touched(sel, t).forEach(k => cells.add(`${t},${k}`));
  }
  return { kind, arg, parts, lit, cells };
}
/** The uses that words of a selection from one loss end at. */
const touched = (/** @type {Selection} */ sel, /** @type {number} */ t) => {
  if (sel.word) return sel.word[0].step === t ? [sel.word[sel.word.length - 1].step] : [];
  if (sel.losses && !sel.losses.has(t)) return [];
  const run = sums(M, COUNT, { ...sel, losses: new Set([t]) });
  return range(1, M.T).filter(k => run.use(k) !== null);
};
/** The arcs that words of a selection run along. */
function onWays(/** @type {Selection} */ sel) {
  if (sel.word) return sel.word.map(p => `${p.letter}@${p.step}`);
  const down = reach(M.losses.filter((/** @type {number} */ t) => !sel.losses || sel.losses.has(t)).map((/** @type {number} */ t) => `${facts.loss},${t}`), 'head', 'tail');
  const ends = sel.node ? [sel.node.join()] : M.arcs.filter((/** @type {any} */ a) => a.tail === facts.target && (!sel.uses || sel.uses.has(a.t))).map((/** @type {any} */ a) => a.key);
  const last = new Set(ends), goal = (/** @type {any} */ a) => sel.node ? last.has(a.tail) : last.has(a.key);
  const up = reach(M.arcs.filter(goal).map((/** @type {any} */ a) => a.head), 'tail', 'head');
  const on = (/** @type {any} */ a) => down.has(a.head) && (goal(a) || (a.tail !== facts.target && up.has(a.tail)));
  const whole = M.arcs.filter(on);
  if (!sel.through) return whole.map((/** @type {any} */ a) => a.key);
  const via = whole.find((/** @type {any} */ a) => a.l === sel.through?.letter && a.t === sel.through?.step);
  if (!via) return [];
  const before = reach([via.head], 'tail', 'head'), after = reach([via.tail], 'head', 'tail');
  return whole.filter((/** @type {any} */ a) => a === via || before.has(a.tail) || after.has(a.head)).map((/** @type {any} */ a) => a.key);
}
function reach(/** @type {string[]} */ from, /** @type {'head' | 'tail'} */ here, /** @type {'head' | 'tail'} */ there) {
  const seen = new Set(from), open = [...from];
  while (open.length) { const x = open.pop(); for (const a of M.arcs) if (a[here] === x && !seen.has(a[there])) { seen.add(a[there]); open.push(a[there]); } }
  return seen;
}
/** The sum of a selection. */
function summed(/** @type {any} */ found) {
  return found.parts.map((/** @type {Selection} */ sel) => sel.word ? spelled(M, sel.word) : sel.node ? M.values.node(...sel.node) : sums(M, VALUE, sel).whole()).filter((/** @type {any} */ x) => x !== null).reduce((/** @type {any} */ a, /** @type {any} */ b) => a === null ? b : add(a, b), null) ?? 0;
}
const counted = (/** @type {any} */ found, /** @type {any} */ ring) => found.parts.reduce((/** @type {number} */ n, /** @type {Selection} */ sel) => n + (sel.word ? (ring === COUNT ? 1 : sel.word.reduce((p, x) => p * letters[x.letter].ways.length, 1)) : (sel.node ? sums(M, ring).node(...sel.node) : sums(M, ring, sel).whole()) ?? 0), 0);

// ---------- numbers ----------
const places = Math.min(facts.digits, 8);
function split(/** @type {number} */ v, dec = places) {
  if (!Number.isFinite(v)) return ['∞'];
  const m = Math.abs(v), sign = v < 0 ? '−' : '';
  if (m < 1e-300) return ['0'];
  if (m >= 1e6 || m < 0.5 * 10 ** -dec) { const [c, x] = m.toExponential(1).split('e'); return [`${sign}${c}·10`, x.replace('+', '').replace('-', '−')]; }
  return [sign + m.toFixed(dec)];
}
const num = (/** @type {number} */ v, dec = places) => { const [a, x] = split(v, dec); return x ? `${a}<sup>${x}</sup>` : a; };
const short = (/** @type {any} */ a) => Array.isArray(a) && depth(a) === 1 && a.length <= 3 ? `(${a.map((/** @type {number} */ x) => num(x, Math.min(3, places))).join(', ')})` : num(size(a));
const heard = (/** @type {any} */ a) => String(+Number(size(a)).toPrecision(3));
const amount = (/** @type {number} */ n) => n > 1e15 ? num(n) : Math.round(n).toLocaleString('en').replaceAll(',', '\u202f');

// ---------- drawing ----------
const shown = (/** @type {any} */ x) => scalar ? num(x) : num(size(x));
const button = (/** @type {string} */ sel, /** @type {string} */ label, /** @type {string} */ body, kind = '') => `<button type="button" class="${kind}" data-sel="${sel}" tabindex="-1" aria-pressed="false" aria-label="${label}">${body}</button>`;
const spell = (/** @type {Place[]} */ word) => [...word].reverse().map(p => `<span class="letter" data-arc="${p.letter}@${p.step}">${at(letters[p.letter].symbol, p.step)}</span>`).join('');
const sounds = (/** @type {Place[]} */ word) => [...word].reverse().map(p => `${letters[p.letter].kind} ${p.step}`).join(', ');
const fill = (/** @type {string} */ text, /** @type {Record<string, any>} */ by) => text.replace(/\{(\w+)\}/g, (_, key) => by[key] ?? '');

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
function drawGraph() {
  $('#live-picture').innerHTML = pictures[S.T] ?? '';
  $$('#live-picture [data-formula]').forEach(n => { n.outerHTML = formula[+n.dataset.formula]; });
  $$('#live-picture svg').forEach(svg => { svg.setAttribute('role', 'group'); svg.setAttribute('data-rove', ''); });
  M.arcs.forEach((/** @type {any} */ a) => {
    const g = $(`#live-picture [data-key="${a.head}>${a.tail}"]`);
    if (!g) return;
    g.dataset.sel = `l:${a.l}@${a.t}`; g.dataset.arc = a.key;
    g.setAttribute('role', 'button'); g.setAttribute('tabindex', '-1'); g.setAttribute('aria-pressed', 'false');
    g.setAttribute('aria-label', `${a.letter.kind} ${a.t}, ${a.head} → ${a.tail}`);
    const hit = $('path', g).cloneNode(); hit.setAttribute('class', 'hit'); g.prepend(hit);
  });
  facts.states.forEach((/** @type {any} */ x) => range(1, S.T).forEach(t => { const g = $(`#live-picture [data-key="${x.name},${t}"]`); if (g) { g.dataset.sel = `d:${x.name},${t}`; g.setAttribute('role', 'button'); g.setAttribute('tabindex', '-1'); g.setAttribute('aria-pressed', 'false'); g.setAttribute('aria-label', fill(say.arrives, { node: `${x.name} ${t}` })); } }));
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
  const cells = (/** @type {number} */ t) => {
    const sel = { losses: new Set([t]) }, counts = sums(M, COUNT, sel), all = sums(M, WAYS, sel), values = sums(M, VALUE, sel), share = left(t, values);
    return steps.map(k => {
      const words = counts.use(k), ways = all.use(k);
      if (words === null) return '<td></td>';
      const value = values.arriving(k) ?? 0, many = words > 1 || ways > 1 ? `<small>${amount(words)} / ${amount(ways)}</small>` : '';
      return `<td>${button(`c:${t},${k}`, `${say.loss_at} ${t}, ${say.used_at} ${k}: ${heard(value)}`, `${shown(value)}${many}`, `cell s${shade(share[k - 1])}`)}</td>`;
    }).join('');
  };
  const row = (/** @type {number} */ t) => `<tr><th scope="row">${button(`r:${t}`, `${say.loss_at} ${t}`, `${say.loss_at} ${t}`, 'loss')}</th>${cells(t)}<td class="right">${scalar ? shown(sums(M, VALUE, { losses: new Set([t]) }).whole() ?? 0) : ''}</td></tr>`;
  const foot = `<tr><th scope="row">${say.column_sum}</th>${steps.map(k => `<td class="right" data-column="${k}">${shown(M.values.arriving(k) ?? 0)}</td>`).join('')}<td class="right">${scalar ? `<b>${shown(M.total)}</b>` : ''}</td></tr>`;
  $('#live-triangle').innerHTML = `<table class="triangle" data-rove><thead>${head}</thead><tbody>${M.losses.map(row).join('')}</tbody><tfoot>${foot}</tfoot></table>`;
}
function drawNumbers() {
  const steps = range(1, S.T), name = (/** @type {any} */ x) => symbol(x.symbol);
  const input = (/** @type {any} */ d, /** @type {number} */ t) => `<input type="number" step="0.1" data-k="${d.name}" data-t="${t}" value="${S.many[d.name][t - 1]}" aria-label="${d.name} ${t}">`;
  const line = (/** @type {string} */ head, /** @type {(t: number) => string} */ body, end = '', kind = '') => `<tr class="${kind}"><th scope="row">${head}</th>${steps.map(t => `<td class="right">${body(t)}</td>`).join('')}<td class="right">${end}</td></tr>`;
  $('#live-numbers').innerHTML = `<table><thead><tr><td>${say.step}</td>${steps.map(t => `<th scope="col" class="right">${t}</th>`).join('')}<th scope="col" class="right">${say.sum}</th></tr></thead><tbody>${[
    ...facts.data.map((/** @type {any} */ d) => line(name(d), t => d.shape ? short(M.v[d.name][t]) : input(d, t))),
    ...facts.variables.map((/** @type {any} */ x, /** @type {number} */ i) => line(name(x), t => short(M.v[x.name][t]), x.name === facts.loss ? `<b>${num(M.L)}</b>` : '', i ? '' : 'rule')),
    ...facts.states.map((/** @type {any} */ x, /** @type {number} */ i) => line(symbol(x.adjoint).replaceAll('77777', '<mi>𝑡</mi>').replace(/<mn><mi>𝑡<\/mi><\/mn>/g, '<mi>𝑡</mi>'), t => { const d = M.values.node(x.name, t); return d === null ? '0' : short(d); }, '', i ? '' : 'rule')),
    line(`${say.adds}`, t => shown(M.values.use(t) ?? 0), `<b>${shown(M.total)}</b>`, 'rule'),
  ].join('')}</tbody></table>`;
}
function drawWords() {
  if (M.words > 60) { $('#live-words').innerHTML = `<p class="soft">${fill(say.few_words, { words: amount(M.words), paths: amount(M.paths) })}</p>`; return; }
  const steps = range(1, S.T), lagOf = (/** @type {Place[]} */ w) => w[0].step - w[w.length - 1].step;
  let before = NaN;
  const body = M.list.map((/** @type {Place[]} */ w, /** @type {number} */ i) => {
    const lag = lagOf(w), first = lag !== before, ways = w.reduce((p, x) => p * letters[x.letter].ways.length, 1);
    before = lag;
    const cells = steps.map(t => `<td>${spell(w.filter(p => p.step === t))}</td>`).join('');
    return `<tr class="${first && i ? 'rule' : ''}" data-sel="w:${i}"><td>${first ? button(`g:${lag}`, `${say.lag} ${lag}`, String(lag)) : ''}</td><td>${button(`w:${i}`, `${say.word} ${sounds(w)}`, String(i + 1))}</td>${cells}<td class="right">${ways}</td><td class="right">${scalar ? shown(spelled(M, w)) : num(arrived(w))}</td></tr>`;
  }).join('');
  $('#live-words').innerHTML = `<table class="words" data-rove><thead><tr><th scope="col">${say.lag}</th><th scope="col">${say.word}</th>${steps.map(t => `<th scope="col">${say.step} ${t}</th>`).join('')}<th scope="col" class="right">${say.ways}</th><th scope="col" class="right">${scalar ? say.adds : say.adds_size}</th></tr></thead><tbody>${body}</tbody></table>`;
}
/** One line for each node of the backward pass: what arrives, by the letters that arrive there. */
function drawFold() {
  const state = new Map(facts.states.map((/** @type {any} */ x) => [x.name, x]));
  stage = Math.min(stage, M.nodes.length);
  const line = (/** @type {[string, number]} */ [name, t], /** @type {number} */ i) => {
    const into = M.arcs.filter((/** @type {any} */ a) => a.tail === `${name},${t}` && (a.letter.head === facts.loss ? M.losses.includes(a.t) : M.values.node(a.letter.head, a.t) !== null));
    const terms = into.map((/** @type {any} */ a) => `<span class="term" data-arc="${a.key}">${at(a.letter.symbol, a.t)}${a.letter.head === facts.loss ? '' : at(state.get(a.letter.head).adjoint, a.t)}</span>`).join(' + ');
    const ways = sums(M, WAYS).node(name, t), value = M.values.node(name, t);
    return `<li data-sel="d:${name},${t}" class="${i < stage ? '' : 'later'}${i === stage - 1 ? ' now' : ''}"><span>${at(state.get(name).adjoint, t)}</span><span>= ${terms}</span><span>= ${short(value)}</span><span class="soft">${amount(ways)} ${ways === 1 ? say.path : say.paths}</span></li>`;
  };
  $('#live-fold').innerHTML = M.nodes.map(line).join('');
  $('#live-at').textContent = fill(say.of, { at: stage, all: M.nodes.length });
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
/** Under the graph: what is picked, letter by letter, or how many words it is and what they add up to. */
function drawReading(/** @type {any} */ found) {
  const box = $('#live-reading');
  if (!found) { box.innerHTML = `<p class="soft">${say.none_chosen}</p>`; return; }
  const words = counted(found, COUNT), ways = counted(found, WAYS), value = summed(found);
  const word = found.parts.length === 1 ? found.parts[0].word ?? (words === 1 && !found.parts[0].node ? M.list.find((/** @type {Place[]} */ w) => w.every((p) => found.lit.has(`${p.letter}@${p.step}`))) : null) : null;
  if (!word) {
    const what = found.parts[0].node ? `${at(facts.states.find((/** @type {any} */ x) => x.name === found.parts[0].node[0]).adjoint, found.parts[0].node[1])} = ` : '';
    box.innerHTML = `<p>${what}<b>${short(value)}</b> <span class="soft">${amount(words)} ${words === 1 ? say.word : say.words}, ${amount(ways)} ${ways === 1 ? say.path : say.paths}</span></p>`;
    return;
  }
  let so = M.weight;
  const columns = word.map((/** @type {Place} */ p) => { const one = scalar ? act(M, p.letter, p.step, 1) : null; so = act(M, p.letter, p.step, so); return { p, one, so }; }).reverse();
  box.innerHTML = `<table><tbody><tr><th scope="row">${say.letters}</th>${columns.map((/** @type {any} */ c) => `<td>${at(letters[c.p.letter].symbol, c.p.step)}</td>`).join('')}<td></td></tr>${scalar ? `<tr><th scope="row">${say.values}</th>${columns.map((/** @type {any} */ c) => `<td>${num(c.one)}</td>`).join('')}<td></td></tr>` : ''}<tr><th scope="row">${say.so_far}</th>${columns.map((/** @type {any} */ c) => `<td>${short(c.so)}</td>`).join('')}<td class="soft">${amount(ways)} ${ways === 1 ? say.path : say.paths}</td></tr></tbody></table>`;
}

// ---------- lighting ----------
function light() {
  const found = hover || pin ? resolved(hover || pin) : null, root = $('#live');
  root.classList.toggle('has-lit', !!found);
  $$('[data-arc]', root).forEach(n => n.classList.toggle('lit', !!found && found.lit.has(n.dataset.arc)));
  const nodes = new Set(found ? M.arcs.filter((/** @type {any} */ a) => found.lit.has(a.key)).flatMap((/** @type {any} */ a) => [a.head, a.tail]) : []);
  $$('#live-picture .node', root).forEach(n => n.classList.toggle('on', nodes.has(n.dataset.key)));
  $$('#live-triangle .cell').forEach(n => n.classList.toggle('lit', !!found && found.cells.has(n.dataset.sel.slice(2))));
  $$('#live-words tr[data-sel]').forEach(n => { const w = M.list[+n.dataset.sel.slice(2)]; n.classList.toggle('lit', !!found && isIn(found, w)); });
  $$('#live-fold li').forEach(n => n.classList.toggle('lit', !!found && n.dataset.sel === `${found.kind}:${found.arg}`));
  $$('[data-sel][aria-pressed]', root).forEach(n => n.setAttribute('aria-pressed', String(n.dataset.sel === pin)));
  drawReading(found);
}
const isIn = (/** @type {any} */ found, /** @type {Place[]} */ w) => found.parts.some((/** @type {Selection} */ sel) => sel.word ? sel.word === w : sel.node ? w.some(p => letters[p.letter].head === sel.node?.[0] && p.step === sel.node?.[1])
  : (!sel.losses || sel.losses.has(w[0].step)) && (!sel.uses || sel.uses.has(w[w.length - 1].step)) && (!sel.through || w.some(p => p.letter === sel.through?.letter && p.step === sel.through?.step)));
let timer = 0;
function announce(/** @type {string} */ text) { clearTimeout(timer); timer = setTimeout(() => { $('#live-status').textContent = text; }, 250); }
const summary = () => `T = ${S.T}, L = ${heard(M.L)}, dL/d${facts.target} = ${heard(M.gradient)}`;

function rove() { $$('[data-rove]', $('#live')).forEach(group => { const all = $$('[data-sel][tabindex]', group); if (all.length && !all.some(n => n.tabIndex === 0)) all[0].setAttribute('tabindex', '0'); }); }
function draw() {
  M = modelled(S);
  if ((hover || pin) && !resolved(hover || pin)?.lit.size) hover = pin = '';
  drawGraph(); drawTriangle(); drawNumbers(); drawWords(); drawFold(); drawResults(); drawReach(); light(); rove();
}
/** Only numbers change: what has the reader's finger on it stays. */
function redraw() {
  const focus = /** @type {any} */ (document.activeElement), k = focus?.dataset?.k, t = focus?.dataset?.t;
  draw(); sync();
  if (k && t) $(`#live-numbers [data-k="${k}"][data-t="${t}"]`)?.focus();
}

// ---------- a link that keeps the settings ----------
const settings = () => new URLSearchParams([['T', String(S.T)], ...Object.entries(S.one).filter(([k, v]) => v !== fresh().one[k]).map(([k, v]) => [k, String(v)]), ...Object.entries(S.many).filter(([k, v]) => v.join() !== fresh().many[k].join()).map(([k, v]) => [k, v.join(' ')])]).toString();
function fromLink() {
  const given = new URLSearchParams(location.hash.slice(1)), good = (/** @type {string} */ x) => x.trim() !== '' && Number.isFinite(+x);
  given.forEach((value, key) => {
    if (key === 'T' && good(value) && Number.isInteger(+value) && +value >= facts.least && +value <= facts.most) S.T = +value;
    else if (Object.hasOwn(S.one, key) && good(value)) S.one[key] = +value;
    else if (Object.hasOwn(S.many, key)) { const all = value.split(' '); if (all.length === facts.most && all.every(good)) S.many[key] = all.map(Number); }
  });
}

// ---------- what a reader does ----------
const root = $('#live');
root.addEventListener('input', (/** @type {any} */ ev) => {
  const { k, t } = ev.target.dataset, value = ev.target.value;
  if (!k || value.trim() === '' || !Number.isFinite(+value)) return;
  if (t) S.many[k][+t - 1] = +value;
  else if (k === 'T') S.T = Math.max(facts.least, Math.min(facts.most, Math.round(+value)));
  else S.one[k] = +value;
  redraw(); announce(summary());
});
root.addEventListener('pointerover', (/** @type {any} */ ev) => { if (ev.pointerType === 'touch') return; const n = ev.target.closest('[data-sel]'); const now = n ? n.dataset.sel : ''; if (now !== hover) { hover = now; light(); } });
root.addEventListener('pointerleave', () => { if (hover) { hover = ''; light(); } });
root.addEventListener('focusin', (/** @type {any} */ ev) => { const n = ev.target.closest('[data-sel]'); if (n && n.matches(':focus-visible')) { hover = n.dataset.sel; light(); } });
root.addEventListener('focusout', () => { if (hover) { hover = ''; light(); } });
const choose = (/** @type {any} */ n) => { pin = pin === n.dataset.sel ? '' : n.dataset.sel; hover = ''; light(); announce(pin ? $('#live-reading').textContent.trim().replace(/\s+/g, ' ').slice(0, 160) : say.nothing); };
const go = (/** @type {number} */ to) => {
  stage = Math.max(0, Math.min(M.nodes.length, to));
  drawFold();
  pin = stage ? `d:${M.nodes[stage - 1].join()}` : ''; hover = '';
  light();
  announce(stage ? $(`#live-fold li.now`).textContent.trim().replace(/\s+/g, ' ') : say.all);
};
root.addEventListener('click', (/** @type {any} */ ev) => {
  if (ev.target.closest('#live-start')) { S = fresh(); stage = 0; pin = ''; redraw(); announce(summary()); return; }
  if (ev.target.closest('#live-link')) { const kept = settings(); history.replaceState(null, '', `#${kept}`); navigator.clipboard?.writeText(location.href).catch(() => {}); announce(say.copied); return; }
  if (ev.target.closest('#live-back')) { go(stage - 1); return; }
  if (ev.target.closest('#live-next')) { go(stage + 1); return; }
  const n = ev.target.closest('[data-sel]');
  if (n) choose(n);
});
document.addEventListener('keydown', ev => {
  const target = /** @type {any} */ (ev.target);
  if (ev.key === 'Escape') { if (pin || hover) { pin = hover = ''; light(); announce(say.nothing); } return; }
  if (!root.contains(target)) return;
  const group = target.closest('[data-rove]'), d = /** @type {Record<string, number[]>} */ ({ ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] })[ev.key];
  if ((ev.key === 'Enter' || ev.key === ' ') && target.matches('g[data-sel]')) { ev.preventDefault(); choose(target); return; }
  if (!d || !group || ev.ctrlKey || ev.metaKey || ev.altKey) return;
  const middle = (/** @type {Element} */ n) => { const r = n.getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2]; }, [x, y] = middle(target);
  const best = $$('[data-sel][tabindex]', group).map(n => { const [a, b] = middle(n), along = (a - x) * d[0] + (b - y) * d[1], off = Math.abs((a - x) * d[1]) + Math.abs((b - y) * d[0]); return { n, along, far: along + 3 * off }; }).filter(z => z.along > 2).sort((p, q) => p.far - q.far)[0];
  ev.preventDefault();
  if (best) { target.setAttribute('tabindex', '-1'); best.n.setAttribute('tabindex', '0'); best.n.focus(); }
});
document.documentElement.classList.add('js');
fromLink(); drawControls(); draw(); sync();
Object.assign(window, { live: { get state() { return S; }, get model() { return M; }, redraw, resolved, sums: (/** @type {Selection} */ sel) => sums(M, VALUE, sel).whole() } });
})();
