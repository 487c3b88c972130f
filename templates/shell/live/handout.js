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
    [...tr.cells].forEach((cell, i) => { if (i && loss && uses[i] && cell.childNodes.length) within(cell, `c:${loss},${uses[i]}`, `${say.loss_at} ${loss}, ${say.used_at} ${uses[i]}: ${cell.textContent.trim()}`); });
  }
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
  tables.forEach(table => { if (table) { table.classList.add('linked'); table.dataset.rove = ''; } });
  handoutArcs().forEach((/** @type {any} */ a) => { letterEnds[`${a.head}>${a.tail}${a.mark}`] = a.key; });
  $$('figure', handout).filter(figure => $('.arrow[data-key]', figure)).forEach(linkFigure);
}
const isRow = (/** @type {any} */ found, /** @type {string} */ row) => found.kind === 'a' ? rowArrows(row).has(found.arg) : isIn(found, rowWords[row]);
/** Lights what belongs to a selection, and shows below what it is, as the live part may be far away. */
function lightHandout(/** @type {any} */ found) {
  $$('tr[data-sel]', handout).forEach(tr => {
    const on = !!found && isRow(found, tr.dataset.sel.slice(2));
    tr.classList.toggle('lit', on);
    $$('[data-factor]', tr).forEach(n => n.classList.toggle('lit', on && found.parts.every((/** @type {Picked} */ sel) => !sel.through || agree(placeOf(n.dataset.sel), sel.through))));
  });
  $$('munder[data-sel]', handout).forEach(n => n.classList.toggle('lit', !!found && isRow(found, n.dataset.sel.slice(2))));
  $$('td > [data-sel^="c:"]', handout).forEach(n => n.classList.toggle('lit', !!found && found.cells.has(n.dataset.sel.slice(2))));
  $$('.arrow[data-key]', handout).forEach(n => n.classList.toggle('lit', !!found && found.keys.has(n.dataset.key)));
  $$('figure:has(.arrow[data-key])', handout).forEach(n => n.classList.toggle('reached', !!$('.arrow.lit', n)));
  const note = $('#live-note'), from = hover ? hoverIn : pinIn;
  note.hidden = !found || !from;
  note.innerHTML = note.hidden ? '' : `${told(found)}<a href="#live-graph-title">${say.to_graph}</a>`;
}
const placeOf = (/** @type {string} */ sel) => { const [letter, step, way] = sel.slice(2).split(/[@,]/).map(Number); return { letter, step, way }; };
