// Marks the words in which two responses differ, in the rendered text.

import { commonWords } from "./common-words.js";

// In scripts without spaces between words each character counts as a word.
const CHARACTER = "[\\p{scx=Han}\\p{scx=Hiragana}\\p{scx=Katakana}\\p{scx=Thai}\\p{scx=Khmer}\\p{scx=Lao}]";
const WORDS = new RegExp(`${CHARACTER}|(?:(?!${CHARACTER})[\\p{L}\\p{N}\\p{M}_'’])+|[^\\s]`, "gu");
const SLICE = 12; // milliseconds
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

// Lets the page react to keys and scrolling between slices of work on long texts.
class Slices {
  constructor(isWanted) {
    this.isWanted = isWanted;
    this.began = performance.now();
  }

  // Whether to go on.
  async next() {
    if (performance.now() - this.began > SLICE) {
      await new Promise((resume) => setTimeout(resume, 0));
      this.began = performance.now();
    }
    return this.isWanted();
  }
}

function runsByNode(different) {
  const byNode = new Map();
  for (const word of different) {
    const runs = byNode.get(word.node) ?? [];
    const last = runs.at(-1);
    if (last && /^\s*$/.test(word.node.data.slice(last.end, word.start))) last.end = word.end;
    else runs.push({ start: word.start, end: word.end });
    byNode.set(word.node, runs);
  }
  return byNode;
}

async function mark(different, slices) {
  for (const [node, runs] of runsByNode(different)) {
    for (const run of runs.reverse()) {
      const rest = node.splitText(run.start);
      rest.splitText(run.end - run.start);
      const element = document.createElement("mark");
      element.className = "diff";
      rest.replaceWith(element);
      element.append(rest);
      if (!(await slices.next())) return;
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

// Return "marked"; or, with nothing marked, "same" or "nothing in common"; or "not wanted" where `isWanted` answered so before
// the end. Short texts are marked at once, long ones in slices between which the page lives.
export async function markDifferences(pair, isWanted = () => true) {
  unmarkDifferences(pair);
  const slices = new Slices(isWanted);
  const all = [];
  for (const side of ["a", "b"]) {
    all.push([...pair.querySelectorAll(`.response.${side} .shown`)].flatMap(words));
    if (!(await slices.next())) return "not wanted";
  }
  const { inA, inB } = commonWords(...all.map((list) => list.map(({ word }) => word)));
  const different = [differentWords(all[0], inA), differentWords(all[1], inB)];
  if (!(await slices.next())) return "not wanted";
  if (!different.flat().length) return "same";
  if (different.every((list, side) => list.length > 0.9 * all[side].length)) return "nothing in common";
  for (const list of different) await mark(list, slices);
  return isWanted() ? "marked" : "not wanted";
}
