// @ts-check
/* What the page comes with, all that a reader can change, and the network: forwards, then sums over words by one recursion. */

/** @typedef {number | any[]} Value  a number, or nested lists */
/** @typedef {{head: string, tail: string, lag: number | null, at: number | null, kind: string, ways: number[][], symbol: number, parts: [number, number][]}} Letter */
/** @typedef {{letter: number, step: number, way?: number | number[]}} Place  a letter at a step; with ways, these of its ways alone */
/** @typedef {{losses?: Set<number>, uses?: Set<number>, through?: Partial<Place>, lag?: number, word?: Place[], node?: [string, number]}} Picked */

/** @type {any} */
const program = /*PROGRAM*/null;
const facts = JSON.parse($('#live-facts').textContent);
/** @type {Letter[]} */
const letters = facts.letters;
/** Those of words to the parameter that the page is about; the rest end words to other parameters. */
const own = letters.slice(0, facts.own);
R.sizes = facts.sizes;
const say = facts.say;
const formula = [...$('#live-formulas').content.children].map(i => i.innerHTML);
const pictures = Object.fromEntries($$('template.live-picture').map(t => [t.dataset.steps, t.innerHTML]));
const symbol = (/** @type {number} */ id) => formula[id];
const stepped = (/** @type {string} */ text, /** @type {number} */ step) => text.replace(/777\d\d/g, n => String(step + Number(n) - 77777));
const at = (/** @type {number} */ id, /** @type {number} */ step) => stepped(formula[id], step);
const scalar = !facts.variables.some((/** @type {any} */ x) => x.shape) && !facts.timeless.some((/** @type {any} */ x) => x.shape);
const main = facts.timeless.find((/** @type {any} */ p) => p.name === facts.target);

const numbered = facts.timeless.filter((/** @type {any} */ p) => p.shape === 0);
const scaled = facts.timeless.filter((/** @type {any} */ p) => p.shape > 0);
const series = facts.data.filter((/** @type {any} */ d) => d.shape === 0);
const ends = facts.outside.filter((/** @type {any} */ o) => o.shape === 0);
const fresh = () => ({
  T: facts.T,
  /** @type {Record<string, number>} */ one: Object.fromEntries([...numbered.map((/** @type {any} */ p) => [p.name, facts.values[p.name]]), ...ends.map((/** @type {any} */ o) => [o.label, facts.values[o.label]]), ...scaled.map((/** @type {any} */ p) => [p.name, 1])]),
  /** @type {Record<string, number[]>} */ many: Object.fromEntries(series.map((/** @type {any} */ d) => [d.name, range(1, facts.most).map(t => facts.values[d.name][(t - 1) % facts.values[d.name].length])])),
});
let S = fresh(), pin = '', hover = '', pinIn = false, hoverIn = false, stage = 0;
/** @type {any} */ let M = null;

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
const waysOf = (/** @type {number} */ l, /** @type {Place['way']} */ way) => way === undefined ? letters[l].ways : [way].flat().map(w => letters[l].ways[w]);
/** What a letter at a step makes of an adjoint: the sum over its ways, or some of them. */
const act = (/** @type {any} */ m, /** @type {number} */ l, /** @type {number} */ t, /** @type {any} */ d, /** @type {Place['way']} */ only = undefined) =>
  add(...waysOf(l, only).map(way => way.reduce((x, edge) => program.pull[edge](m.v, t, x), d)));
/** Where a letter leads; with `at` always to that step, 0 for T. */
const tailStep = (/** @type {any} */ m, /** @type {Letter} */ letter, /** @type {number} */ t) => letter.at === null ? t - (letter.lag ?? 0) : letter.at || m.T;
/** The steps from which a letter leads to a step. */
const headSteps = (/** @type {any} */ m, /** @type {Letter} */ letter, /** @type {number} */ t) => letter.at === null ? [t + (letter.lag ?? 0)] : (letter.at || m.T) === t ? range(1, m.T) : [];
/** Whether a letter ends words, with the use of a parameter. */
const ending = (/** @type {Letter} */ letter) => endings.has(letter);
const endings = new Set(letters.filter(letter => !letters.some(next => next.head === letter.tail)));
const exists = (/** @type {any} */ m, /** @type {Letter} */ letter, /** @type {number} */ t) => t >= 1 && t <= m.T && (ending(letter) || (tailStep(m, letter, t) >= 1 && tailStep(m, letter, t) <= m.T));
/** All letters at all steps, with their ends as keys. */
const arcs = (/** @type {any} */ m) => range(1, m.T).flatMap(t => own.map((letter, l) => ({ l, t, letter })).filter(a => exists(m, a.letter, t)).map(a => ({ ...a, key: `${a.l}@${t}`, head: `${a.letter.head},${t}`, tail: a.letter.tail === facts.target ? facts.target : `${a.letter.tail},${tailStep(m, a.letter, t)}`, mark: a.letter.at === null ? '' : `@${a.letter.at}` })));

const COUNT = { one: 1, add: (/** @type {number} */ a, /** @type {number} */ b) => a + b, act: (/** @type {any} */ _m, /** @type {number} */ _l, /** @type {number} */ _t, /** @type {number} */ x) => x };
const WAYS = { ...COUNT, act: (/** @type {any} */ _m, /** @type {number} */ l, /** @type {number} */ _t, /** @type {number} */ x, /** @type {Place['way']} */ only = undefined) => x * waysOf(l, only).length };
const VALUE = { one: null, add, act };

/** Whether a letter at a step is that through which words have to run: a letter, at any step or one, or any letter at a step. */
const passes = (/** @type {Partial<Place> | undefined} */ through, /** @type {number} */ l, /** @type {number} */ t) => !!through && (through.letter === undefined || through.letter === l) && (through.step === undefined || through.step === t);
/** Adds, per last arrow of some ways, what arrives there. */
const landed = (/** @type {any} */ m, /** @type {Map<number, any>} */ groups, /** @type {number[][]} */ ways, /** @type {number} */ step, /** @type {any} */ d) => ways.forEach(way => {
  const last = way[way.length - 1], made = way.slice(0, -1).reduce((x, edge) => program.pull[edge](m.v, step, x), d);
  groups.set(last, groups.has(last) ? add(groups.get(last), made) : made);
});
/** Sums over words in a ring: what arrives at a node, or at the uses of the parameter. `null` is 0. */
function sums(/** @type {any} */ m, /** @type {any} */ ring, /** @type {Picked} */ sel = {}) {
  const one = ring.one ?? m.weight, plus = (/** @type {any} */ a, /** @type {any} */ b) => a === null ? b : b === null ? a : ring.add(a, b);
  /** @type {Map<string, [any, any]>} */ const known = new Map();
  /** @returns {[any, any]} */
  const node = (/** @type {string} */ name, /** @type {number} */ t) => {
    const key = `${name},${t}`;
    if (!known.has(key)) {
      /** @type {any} */ let all = null;
      /** @type {any} */ let passed = null;
      if (name === facts.loss && m.losses.includes(t) && (!sel.losses || sel.losses.has(t))) all = one;
      own.forEach((letter, l) => {
        if (letter.tail === name) headSteps(m, letter, t).filter(s => exists(m, letter, s)).forEach(s => {
          const [a, p] = step(l, s, node(letter.head, s));
          all = plus(all, a); passed = plus(passed, p);
        });
      });
      known.set(key, [all, passed]);
    }
    return /** @type {[any, any]} */ (known.get(key));
  };
  const step = (/** @type {number} */ l, /** @type {number} */ s, /** @type {[any, any]} */ [all, passed]) => {
    const through = passes(sel.through, l, s), a = all === null ? null : ring.act(m, l, s, all);
    const b = a === null || !through ? a : ring.act(m, l, s, all, sel.through?.way);
    return /** @type {[any, any]} */ ([a, through ? b : passed === null ? null : ring.act(m, l, s, passed)]);
  };
  const use = (/** @type {number} */ k) => own.reduce((sum, letter, l) => {
    if (letter.tail !== facts.target || (sel.uses && !sel.uses.has(k))) return sum;
    const [a, p] = step(l, k, node(letter.head, k));
    return plus(sum, sel.through ? p : a);
  }, /** @type {any} */ (null));
  /** How much arrives where the parameter is used at step k, before it is multiplied there. */
  const landing = (/** @type {number} */ k) => {
    /** @type {Map<number, any>} */ const groups = new Map();
    own.forEach((letter, l) => {
      if (letter.tail !== facts.target || (sel.uses && !sel.uses.has(k)) || !exists(m, letter, k)) return;
      const [a, p] = node(letter.head, k), d = !sel.through || passes(sel.through, l, k) ? a : p;
      if (d === null) return;
      landed(m, groups, waysOf(l, passes(sel.through, l, k) ? sel.through?.way : undefined), k, d);
    });
    return groups.size ? Math.hypot(...[...groups.values()].map(size)) : null;
  };
  return { landing, arriving: scalar ? use : landing, node: (/** @type {string} */ name, /** @type {number} */ t) => node(name, t)[sel.through ? 1 : 0], before: (/** @type {string} */ name, /** @type {number} */ t) => node(name, t)[0], use, whole: () => range(1, m.T).map(use).reduce(plus, null) };
}
/** The words of a set, as far as they are few. */
function listed(/** @type {any} */ m, most = 61) {
  /** @type {Place[][]} */ const found = [];
  const on = (/** @type {string} */ name, /** @type {number} */ t, /** @type {Place[]} */ before) => {
    own.forEach((letter, l) => {
      if (letter.head !== name || !exists(m, letter, t) || found.length >= most) return;
      const word = [...before, { letter: l, step: t }];
      if (letter.tail === facts.target) found.push(word); else on(letter.tail, tailStep(m, letter, t), word);
    });
  };
  m.losses.forEach((/** @type {number} */ t) => on(facts.loss, t, []));
  const lag = (/** @type {Place[]} */ w) => w[0].step - w[w.length - 1].step, shape = (/** @type {Place[]} */ w) => w.map(p => p.letter).join();
  return found.sort((a, b) => lag(a) - lag(b) || shape(a).localeCompare(shape(b)) || a[0].step - b[0].step);
}
/** The value of one word: its letters applied one after the other. */
const spelled = (/** @type {any} */ m, /** @type {Place[]} */ word) => word.reduce((/** @type {any} */ x, p) => act(m, p.letter, p.step, x, p.way), m.weight);

/** The size of what one word brings to where the parameter is used. */
function arrived(/** @type {Place[]} */ word) {
  const { letter, step, way } = word[word.length - 1], d = word.slice(0, -1).reduce((/** @type {any} */ x, p) => act(M, p.letter, p.step, x, p.way), M.weight);
  /** @type {Map<number, any>} */ const groups = new Map();
  landed(M, groups, waysOf(letter, way), step, d);
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
