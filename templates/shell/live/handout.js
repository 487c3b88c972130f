// @ts-check
/* The handout's own tables, sums and pictures: their rows, terms, factors, cells and arrows are words, too, and light with the rest. */

/** The words of rows, by a name: the place of a path, with the number of its table before it if that is another parameter's, or "w" and that of a word. */
/** @type {Record<string, Place[]>} */
const rowWords = {};
const handout = $('main');
/** The arrows of a row, as pictures know them. */
const rowArrows = (/** @type {string} */ row) => arrowsOfRows[row] ??= new Set(drawn({ word: rowWords[row] }, facts.T));
/** @type {Record<string, Set<string>>} */
const arrowsOfRows = {};
/** What a reader can pick by pointer and by key; the first of a group is the one that Tab comes to. */
function pickable(/** @type {any} */ n, /** @type {string} */ sel, /** @type {string} */ label) {
  for (const [name, value] of Object.entries({ 'data-sel': sel, role: 'button', tabindex: '-1', 'aria-pressed': 'false', 'aria-label': label })) n.setAttribute(name, value);
}
/** The content of a cell as something to pick. */
function within(/** @type {any} */ cell, /** @type {string} */ sel, /** @type {string} */ label) {
  const span = document.createElement('span');
  span.append(...cell.childNodes);
  cell.append(span);
  pickable(span, sel, label);
}
const tableAt = (/** @type {string | undefined} */ id) => id ? $$('table', document.getElementById(id) ?? document.createElement('i'))[0] : undefined;
/** What a cell says, without the TeX that is there for copying. */
const plain = (/** @type {any} */ cell) => { const copy = cell.cloneNode(true); $$('annotation', copy).forEach(n => n.remove()); return copy.textContent.trim(); };
const lastNumber = (/** @type {any} */ cell) => Number($$('mn', cell).pop()?.textContent ?? NaN);
const asPlaces = (/** @type {number[][]} */ word) => word.map(([letter, step, way]) => ({ letter, step, way }));

function linkPaths(/** @type {any} */ table, /** @type {any} */ rows, /** @type {string} */ before) {
  for (const tr of table.tBodies[0].rows) {
    const number = tr.cells[0].textContent.trim(), row = rows[number], place = before + number;
    if (!row) continue;
    rowWords[place] = asPlaces(row.word);
    tr.dataset.sel = `p:${place}`;
    within(tr.cells[0], `p:${place}`, `${say.path} ${number}`);
    const factors = $$('math', tr.cells[3]).filter(n => n.querySelector('mi, mn'));
    if (factors.length === row.factors.length) factors.forEach((n, i) => { const p = rowWords[place][row.factors[i]]; n.dataset.sel = `y:${p.letter}@${p.step},${p.way ?? 0}`; n.dataset.factor = ''; });
  }
}
/** In the sums a term has the number of its path under it. */
function linkTerms() {
  for (const term of $$('.display munder', handout)) {
    const place = /^\((\d+)\)$/.exec(term.children[1]?.textContent.trim() ?? '')?.[1];
    if (!place || !rowWords[place]) continue;
    pickable(term, `p:${place}`, `${say.term} ${place}`);
    term.closest('.display').dataset.rove = '';
    term.closest('math').setAttribute('role', 'group'); // to what reads aloud, what stands in a formula is otherwise one picture
  }
}
function linkWords(/** @type {any} */ table) {
  for (const tr of table.tBodies[0].rows) {
    const place = tr.cells[0].textContent.trim(), word = facts.linked.lines[place];
    if (!word) continue;
    rowWords[`w${place}`] = asPlaces(word);
    tr.dataset.sel = `p:w${place}`;
    within(tr.cells[0], `p:w${place}`, `${say.word} ${place}`);
  }
}
function linkTriangle(/** @type {any} */ table) {
  const uses = [...table.tHead.rows[0].cells].map(lastNumber);
  for (const tr of table.tBodies[0].rows) {
    const loss = lastNumber(tr.cells[0]);
    [...tr.cells].forEach((cell, i) => { if (i && loss && uses[i] && cell.childNodes.length) within(cell, `c:${loss},${uses[i]}`, `${say.loss_at} ${loss}, ${say.used_at} ${uses[i]}: ${plain(cell)}`); });
  }
}
/** The rows of the table of letters: all words with that letter. */
function linkLetters(/** @type {any} */ table) {
  [...table.tBodies[0].rows].forEach((tr, l) => {
    const letter = own[l];
    if (!letter) return;
    tr.dataset.sel = `k:${l}`;
    within(tr.cells[0], `k:${l}`, `${letter.kind}, ${letter.head} → ${letter.tail}`);
  });
}
/** The lines of the folded sum: each of its terms. */
function linkFolding(/** @type {any} */ table) {
  facts.linked.folding.rows.forEach((/** @type {any[]} */ terms, /** @type {number} */ i) => {
    const shown = $$('math', table.tBodies[0].rows[i]?.cells[2] ?? document.createElement('i')).filter(n => n.querySelector('mi'));
    if (shown.length >= terms.length) terms.forEach((_, k) => {
      const span = document.createElement('span');
      shown[k].replaceWith(span);
      span.append(shown[k]);
      pickable(span, `f:${i},${k}`, `${say.term} ${k + 1}`);
    });
  });
}
/** The numbers at each step: of variables the words through them, of adjoints the bundle, of the parameter what is used there; above a column those that pass its step. */
function linkValues(/** @type {any} */ table, /** @type {string} */ kind, /** @type {any[]} */ names) {
  const steps = [...table.tHead.rows[0].cells].map(lastNumber), rows = [...table.tBodies[0].rows], ends = new Set(Object.keys(drawnArrows()).map(key => key.split(/[>@]/)[1]));
  if (rows.length !== names.length) return;
  const known = (/** @type {string} */ name, /** @type {number} */ t) => kind === 'u' ? name : kind === 'd' ? handoutArcs().some((/** @type {any} */ a) => a.tail === `${name},${t}`) : ends.has(`${name},${t}`) || name === facts.loss;
  steps.forEach((t, i) => { if (i && t <= facts.T) { within(table.tHead.rows[0].cells[i], `s:${t}`, `${say.step} ${t}`); rows.forEach((tr, row) => {
    const name = names[row], node = `${name},${t}`;
    tr.cells[i].dataset.node = kind === 'u' ? `,${t}` : kind === 'd' ? `${name},${t},d` : node;
    if (known(name, t)) within(tr.cells[i], kind === 'u' ? `u:${t}` : `${kind}:${node}`, kind === 'u' ? `${say.used_at} ${t}` : `${kind === 'd' ? fill(say.arrives, { node: `${name} ${t}` }) : `${name} ${t}`}: ${plain(tr.cells[i])}`);
  }); } });
  table.dataset.rove = '';
}
/** Arrows of a picture: where all are letters these, else arrows between equations, which may be in several letters. */
function linkFigure(/** @type {any} */ figure) {
  const arrows = $$('.arrow[data-key]', figure), known = drawnArrows(), loss = /^L>.*,(\d+)$/;
  const picked = arrows.filter(n => known[n.dataset.key] || letterEnds[n.dataset.key] || loss.test(n.dataset.key) || Object.keys(rowWords).some(row => rowArrows(row).has(n.dataset.key)));
  const lettered = picked.every(n => letterEnds[n.dataset.key] || loss.test(n.dataset.key));
  for (const n of picked) {
    const key = n.dataset.key, step = loss.exec(key)?.[1], [head, tail] = key.split(/[>@]/).map(named);
    pickable(n, step ? `r:${step}` : lettered ? `l:${letterEnds[key]}` : `a:${key}`, `${head} → ${tail}`);
    const hit = $('path', n).cloneNode(); hit.setAttribute('class', 'hit'); n.prepend(hit);
  }
  if (picked.length) $$('svg', figure).forEach(svg => { svg.setAttribute('role', 'group'); svg.dataset.rove = ''; });
}
/** The letters at their steps, by their ends. */
/** @type {Record<string, string>} */
const letterEnds = {};
function link() {
  const { paths, words, triangle } = facts.linked, tables = [...paths.map((/** @type {any} */ one) => one.table), words, triangle].map(tableAt);
  paths.forEach((/** @type {any} */ one, /** @type {number} */ i) => { if (tables[i]) linkPaths(tables[i], one.rows, i ? `${i}.` : ''); });
  if (tables[0]) linkTerms();
  const [ofWords, ofSteps] = tables.slice(paths.length);
  if (ofWords) linkWords(ofWords);
  if (ofSteps) linkTriangle(ofSteps);
  const ofLetters = tableAt(facts.linked.letters), ofFolding = tableAt(facts.linked.folding?.table);
  if (ofLetters) linkLetters(ofLetters);
  if (ofFolding) linkFolding(ofFolding);
  tables.push(ofLetters, ofFolding);
  for (const { table, kind, names } of facts.linked.values ?? []) { const found = tableAt(table); if (found) linkValues(found, kind, names); }
  tables.forEach(table => { if (table) { table.classList.add('linked'); table.dataset.rove = ''; } });
  handoutArcs().forEach((/** @type {any} */ a) => { letterEnds[`${a.head}>${a.tail}${a.mark}`] = a.key; });
  $$('figure', handout).filter(figure => $('.arrow[data-key]', figure)).forEach(linkFigure);
}
const isRow = (/** @type {any} */ found, /** @type {string} */ row) => found.kind === 'a' ? rowArrows(row).has(found.arg) : isIn(found, rowWords[row]);
/** Lights what belongs to a selection, and shows below what it is, as the live part may be far away. */
function lightHandout(/** @type {any} */ found) {
  $$('tr[data-sel]', handout).forEach(tr => {
    const on = !!found && (tr.dataset.sel[0] === 'k' ? (found.kind === 'k' ? tr.dataset.sel === `k:${found.arg}` : [...found.lit].some(arc => arc.startsWith(`${tr.dataset.sel.slice(2)}@`))) : isRow(found, tr.dataset.sel.slice(2)));
    tr.classList.toggle('lit', on);
    $$('[data-factor]', tr).forEach(n => n.classList.toggle('lit', on && found.parts.every((/** @type {Picked} */ sel) => !sel.through || agree(placeOf(n.dataset.sel), sel.through))));
  });
  $$('munder[data-sel]', handout).forEach(n => n.classList.toggle('lit', !!found && isRow(found, n.dataset.sel.slice(2))));
  $$('td > [data-sel^="c:"]', handout).forEach(n => n.classList.toggle('lit', !!found && found.cells.has(n.dataset.sel.slice(2))));
  $$('[data-sel^="f:"]', handout).forEach(n => {
    const [row, term] = n.dataset.sel.slice(2).split(',').map(Number), { word, through } = facts.linked.folding.rows[row][term], letters_ = asPlaces(word ?? [through]);
    n.classList.toggle('lit', !!found && (word && ending(letters[letters_[letters_.length - 1].letter]) ? isIn(found, letters_) : letters_.every(p => found.lit.has(`${p.letter}@${p.step}`))));
  });
  $$('.arrow[data-key]', handout).forEach(n => n.classList.toggle('lit', !!found && found.keys.has(n.dataset.key)));
  $$('figure:has(.arrow[data-key])', handout).forEach(n => n.classList.toggle('reached', !!$('.arrow.lit', n)));
  const note = $('#live-note'), from = hover ? hoverIn : pinIn;
  note.hidden = !found || !from;
  note.innerHTML = note.hidden ? '' : `${told(found)}<a href="#live-graph-title">${say.to_graph}</a>`;
}
const placeOf = (/** @type {string} */ sel) => { const [letter, step, way] = sel.slice(2).split(/[@,]/).map(Number); return { letter, step, way }; };
