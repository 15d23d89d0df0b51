// Marks the words in which two responses differ, in the rendered text: from a longest common subsequence of their words.

const MOST_CELLS = 6_000_000; // of the table below: a longer pair would block the page for a moment
// In scripts without spaces between words each character counts as a word.
const CHARACTER = "[\\p{scx=Han}\\p{scx=Hiragana}\\p{scx=Katakana}\\p{scx=Thai}\\p{scx=Khmer}\\p{scx=Lao}]";
const WORDS = new RegExp(`${CHARACTER}|(?:(?!${CHARACTER})[\\p{L}\\p{N}\\p{M}_'’])+|[^\\s]`, "gu");
const SHORT_RUN = 3; // fewer equal words than this between two differences are a coincidence

// The words of an element with their positions. Formulas are left out: a mark inside would break them.
function words(element) {
  const found = [];
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT, (node) =>
    node.parentElement.closest("math, svg, .empty-text") ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_ACCEPT,
  );
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    for (const match of node.data.matchAll(WORDS)) {
      found.push({ node, start: match.index, end: match.index + match[0].length, word: match[0].toLowerCase() });
    }
  }
  return found;
}

// For each word of both lists, whether it is in their longest common subsequence; null where they are too long.
function commonWords(a, b) {
  const inA = new Uint8Array(a.length);
  const inB = new Uint8Array(b.length);
  let head = 0;
  while (head < a.length && head < b.length && a[head].word === b[head].word) {
    inA[head] = inB[head] = 1;
    head += 1;
  }
  let tail = 0;
  while (tail < a.length - head && tail < b.length - head && a.at(-1 - tail).word === b.at(-1 - tail).word) {
    inA[a.length - 1 - tail] = inB[b.length - 1 - tail] = 1;
    tail += 1;
  }
  const rows = a.length - head - tail;
  const columns = b.length - head - tail;
  if (rows * columns > MOST_CELLS) return null;
  const width = columns + 1;
  const longest = new Uint16Array((rows + 1) * width);
  for (let i = rows - 1; i >= 0; i -= 1) {
    for (let j = columns - 1; j >= 0; j -= 1) {
      longest[i * width + j] =
        a[head + i].word === b[head + j].word
          ? longest[(i + 1) * width + j + 1] + 1
          : Math.max(longest[(i + 1) * width + j], longest[i * width + j + 1]);
    }
  }
  for (let i = 0, j = 0; i < rows && j < columns; ) {
    if (a[head + i].word === b[head + j].word) {
      inA[head + i] = inB[head + j] = 1;
      i += 1;
      j += 1;
    } else if (longest[(i + 1) * width + j] >= longest[i * width + j + 1]) i += 1;
    else j += 1;
  }
  return [inA, inB];
}

// The words that differ. A word or two that are equal between two differences count as different: marks that begin and
// end at each word are hard to read.
function differentWords(list, same) {
  for (let from = 0; from < same.length; ) {
    let to = from;
    while (to < same.length && same[to]) to += 1;
    const between = from > 0 && to < same.length;
    if (to > from && between && to - from < SHORT_RUN) same.fill(0, from, to);
    from = to + 1;
  }
  return list.filter((_, at) => !same[at]);
}

function mark(different) {
  const byNode = new Map();
  for (const word of different) {
    const runs = byNode.get(word.node) ?? [];
    const last = runs.at(-1);
    if (last && /^\s*$/.test(word.node.data.slice(last.end, word.start))) last.end = word.end;
    else runs.push({ start: word.start, end: word.end });
    byNode.set(word.node, runs);
  }
  for (const [node, runs] of byNode) {
    for (const run of runs.reverse()) {
      const rest = node.splitText(run.start);
      rest.splitText(run.end - run.start);
      const element = document.createElement("mark");
      element.className = "diff";
      rest.replaceWith(element);
      element.append(rest);
    }
  }
}

export function unmarkDifferences(pair) {
  for (const element of pair.querySelectorAll("mark.diff")) {
    const parent = element.parentNode;
    element.replaceWith(...element.childNodes);
    parent.normalize();
  }
}

// Return "marked"; or, with nothing marked, "same", "too long", or "nothing in common".
export function markDifferences(pair) {
  unmarkDifferences(pair);
  const all = ["a", "b"].map((side) => [...pair.querySelectorAll(`.response.${side} .shown`)].flatMap(words));
  const same = commonWords(...all);
  if (!same) return "too long";
  const different = all.map((list, side) => differentWords(list, same[side]));
  if (!different.flat().length) return "same";
  if (different.every((list, side) => list.length > 0.9 * all[side].length)) return "nothing in common";
  for (const list of different) mark(list);
  return "marked";
}
