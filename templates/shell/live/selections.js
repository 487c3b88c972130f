// @ts-check
/* Whatever a reader picks is a set of words, by a name; every exhibit lights what belongs to it. */

/** "c:3,1" a cell · "u:1" a column · "r:3" a row · "g:2" a lag · "l:4@3" an arrow · "y:4@3,0" one way of it ·
 * "w:5" a word · "p:5" a row of the handout · "a:h,3>a,3" an arrow of its pictures · "d:h,2" a bundle
 * "k:4" all words with a letter · "s:3" with one at a step · "n:a,3" through a node · "f:0,3" a term of the folded sum · "all" */
function resolved(/** @type {string} */ name) {
  const [kind, arg = ''] = name.split(':'), numbers = arg.split(/[,@]/).map(Number), only = (/** @type {number} */ n) => new Set([n]);
  /** @type {Record<string, () => Picked[]>} */
  const made = {
    c: () => [{ losses: only(numbers[0]), uses: only(numbers[1]) }], u: () => [{ uses: only(numbers[0]) }], r: () => [{ losses: only(numbers[0]) }],
    g: () => M.losses.map((/** @type {number} */ t) => ({ losses: only(t), uses: only(t - numbers[0]) })), l: () => [{ through: { letter: numbers[0], step: numbers[1] } }],
    y: () => numbers[0] < own.length ? [{ through: { letter: numbers[0], step: numbers[1], way: numbers[2] } }] : rowsWith(word => word.some(p => p.letter === numbers[0] && p.step === numbers[1])),
    p: () => ofRow(arg), a: () => along(arg),
    k: () => [{ through: { letter: numbers[0] } }], s: () => [{ through: { step: numbers[0] } }], n: () => throughNode(arg), f: () => ofFold(numbers[0], numbers[1]),
    w: () => M.list[numbers[0]] ? [{ word: M.list[numbers[0]] }] : [], d: () => [{ node: /** @type {[string, number]} */ ([arg.split(',')[0], numbers[1]]) }], all: () => [{}],
  };
  if (!made[kind]) return null;
  const parts = made[kind](), lit = new Set(), cells = new Set();
  for (const sel of parts) {
    onWays(sel).forEach((/** @type {string} */ key) => lit.add(key));
    if (!sel.node) for (const t of M.losses) touched(sel, t).forEach(k => cells.add(`${t},${k}`));
  }
  return { kind, arg, parts, lit, cells, keys: new Set(parts.flatMap(sel => drawn(sel))) };
}
const ofRow = (/** @type {string} */ row) => rowWords[row]?.every(p => exists(M, letters[p.letter], p.step)) ? [{ word: rowWords[row] }] : [];
/** The rows of the first table that has some of a kind. */
function rowsWith(/** @type {(word: Place[], row: string) => boolean} */ kind) {
  const rows = Object.keys(rowWords).filter(row => kind(rowWords[row], row)), table = rows[0]?.split('.')[0];
  return rows.filter(row => row.split('.')[0] === table).flatMap(ofRow);
}
/** The words that run along an arrow of a picture: through the letters in which it is, by the ways that lead along it.
 * @returns {Picked[]} */
function along(/** @type {string} */ key) {
  const found = [...(drawnArrows()[key] ?? new Map())].map(([name, way]) => { const [letter, step] = name.split('@').map(Number); return { through: { letter, step, way: way.length < letters[letter].ways.length ? way : undefined } }; });
  const here = found.filter(({ through }) => exists(M, letters[through.letter], through.step));
  return here.length ? here : rowsWith((_, row) => rowArrows(row).has(key));
}
/** The words through a node: a path enters it by one arrow. */
const throughNode = (/** @type {string} */ node) => node.startsWith(`${facts.loss},`) ? [{ losses: new Set([Number(node.split(',')[1])]) }] : Object.keys(drawnArrows()).filter(key => key.split(/[>@]/)[1] === node).flatMap(along);
/** The words of a term of the folded sum: one, or all that end with a letter; to a state, or to the parameter. */
function ofFold(/** @type {number} */ row, /** @type {number} */ term) {
  const { word, through, node } = facts.linked.folding.rows[row][term], places = asPlaces(word ?? [through]);
  if (!places.every((/** @type {Place} */ p) => exists(M, letters[p.letter], p.step))) return [];
  return [word ? { word: places } : { through: places[0], node }];
}
/** The letters at their steps in the handout, of losses those that count. */
const handoutArcs = () => { const counted = lossSteps(facts.T); return arcs({ T: facts.T }).filter((/** @type {any} */ a) => a.letter.head !== facts.loss || counted.includes(a.t)); };
/** Per arrow between equations the letters in which it is, each with its ways that lead along it. */
/** @type {Record<string, Map<string, number[]>> | undefined} */
let knownArrows;
function drawnArrows() {
  if (knownArrows) return knownArrows;
  /** @type {Record<string, Map<string, number[]>>} */ const found = knownArrows = {};
  for (const { l, t, key: name } of handoutArcs()) letters[l].ways.forEach((way, w) => edgeKeys(way, t, facts.T).forEach(key => {
    const places = found[key] ??= new Map();
    places.set(name, [...places.get(name) ?? [], w]);
  }));
  return found;
}
/** The arrows of a selection as pictures of so many steps know them, at both levels. */
function drawn(/** @type {Picked} */ sel, T = M.T) {
  const chosen = new Map((sel.word ?? (sel.through ? [sel.through] : [])).map(p => [`${p.letter}@${p.step}`, p.way]));
  return onWays(sel).flatMap((/** @type {string} */ name) => {
    const [l, t] = name.split('@').map(Number), letter = letters[l], tail = ending(letter) ? letter.tail : `${letter.tail},${tailStep({ T }, letter, t)}${letter.at === null ? '' : `@${letter.at}`}`;
    const first = letter.head === facts.loss ? [`L>${letter.head},${t}`] : [];
    return [...first, `${letter.head},${t}>${tail}`, ...waysOf(l, chosen.get(name)).flatMap(way => edgeKeys(way, t, T))];
  });
}
const edgeKeys = (/** @type {number[]} */ way, /** @type {number} */ t, T = M.T) => way.map(e => facts.edges[e]).map(([head, tail, lag, at]) => `${head},${t}>${at !== null ? `${tail},${at || T}@${at}` : lag === null ? tail : `${tail},${t - lag}`}`);
const ofMain = (/** @type {Place[]} */ word) => letters[word[word.length - 1].letter].tail === facts.target;
/** The uses that words of a selection from one loss end at. */
const touched = (/** @type {Picked} */ sel, /** @type {number} */ t) => {
  if (sel.word) return ofMain(sel.word) && sel.word[0].step === t ? [sel.word[sel.word.length - 1].step] : [];
  if (sel.losses && !sel.losses.has(t)) return [];
  const run = sums(M, COUNT, { ...sel, losses: new Set([t]) });
  return range(1, M.T).filter(k => run.use(k) !== null);
};
/** The arcs that words of a selection run along. */
function onWays(/** @type {Picked} */ sel) {
  if (sel.word) return sel.word.map(p => `${p.letter}@${p.step}`);
  const down = reach(M.losses.filter((/** @type {number} */ t) => !sel.losses || sel.losses.has(t)).map((/** @type {number} */ t) => `${facts.loss},${t}`), 'head', 'tail');
  const ends = sel.node ? [sel.node.join()] : M.arcs.filter((/** @type {any} */ a) => a.tail === facts.target && (!sel.uses || sel.uses.has(a.t))).map((/** @type {any} */ a) => a.key);
  const last = new Set(ends), goal = (/** @type {any} */ a) => sel.node ? last.has(a.tail) : last.has(a.key);
  const up = reach(M.arcs.filter(goal).map((/** @type {any} */ a) => a.head), 'tail', 'head');
  const on = (/** @type {any} */ a) => down.has(a.head) && (goal(a) || (a.tail !== facts.target && up.has(a.tail)));
  const whole = M.arcs.filter(on);
  if (!sel.through) return whole.map((/** @type {any} */ a) => a.key);
  const via = new Set(whole.filter((/** @type {any} */ a) => passes(sel.through, a.l, a.t)));
  const before = reach([...via].map((/** @type {any} */ a) => a.head), 'tail', 'head'), after = reach([...via].map((/** @type {any} */ a) => a.tail), 'head', 'tail');
  return whole.filter((/** @type {any} */ a) => via.has(a) || before.has(a.tail) || after.has(a.head)).map((/** @type {any} */ a) => a.key);
}
function reach(/** @type {string[]} */ from, /** @type {'head' | 'tail'} */ here, /** @type {'head' | 'tail'} */ there) {
  const seen = new Set(from), open = [...from];
  while (open.length) { const x = open.pop(); for (const a of M.arcs) if (a[here] === x && !seen.has(a[there])) { seen.add(a[there]); open.push(a[there]); } }
  return seen;
}
/** The sum of a selection. */
function summed(/** @type {any} */ found) {
  return found.parts.map((/** @type {Picked} */ sel) => sel.word ? spelled(M, sel.word) : sel.node ? (sel.through ? sums(M, VALUE, sel) : M.values).node(...sel.node) : sums(M, VALUE, sel).whole()).filter((/** @type {any} */ x) => x !== null).reduce((/** @type {any} */ a, /** @type {any} */ b) => a === null ? b : add(a, b), null) ?? 0;
}
const counted = (/** @type {any} */ found, /** @type {any} */ ring) => found.parts.reduce((/** @type {number} */ n, /** @type {Picked} */ sel) => n + (sel.word ? (ring === COUNT ? 1 : sel.word.reduce((p, x) => p * waysOf(x.letter, x.way).length, 1)) : (sel.node ? sums(M, ring, sel).node(...sel.node) : sums(M, ring, sel).whole()) ?? 0), 0);
