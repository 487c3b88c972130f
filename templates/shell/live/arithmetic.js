// @ts-check
/* Numbers and nested lists, as NumPy has them; and what finds elements of the page. */

const $ = (/** @type {string} */ s, /** @type {ParentNode} */ r = document) => /** @type {any} */ (r.querySelector(s));
const $$ = (/** @type {string} */ s, /** @type {ParentNode} */ r = document) => /** @type {any[]} */ ([...r.querySelectorAll(s)]);
const range = (/** @type {number} */ a, /** @type {number} */ b) => Array.from({ length: Math.max(0, b - a + 1) }, (_, i) => a + i);

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
