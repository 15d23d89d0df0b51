// Where two texts differ, as marks that are few enough to read.

import { commonWords } from "./common-words.js";
import { wordsOf } from "./text-words.js";

// A common stretch of fewer words or letters between two differences is a coincidence.
const FEW_WORDS = 3;
const FEW_LETTERS = 4;
const MANY_WORDS = 8; // are none, however much differs before and after them; fewer are, where as much does
const MOST_MARKS = 1000; // of one text: beyond that fewer stretches count as common, for nobody reads so many
const LITTLE = 0.2; // of the words: where no more is common, marks word by word would say nothing

// Stretches of common words, in order: the place in a, the place in b, and the numbers of words and of letters.
function stretches({ starts, ends }, matches) {
  const found = [];
  matches.forEach((other, one) => {
    if (other < 0) return;
    let last = found.at(-1);
    if (last?.one + last?.words !== one || last.other + last.words !== other) {
      found.push((last = { one, other, words: 0, letters: 0 }));
    }
    last.words += 1;
    last.letters += ends[one] - starts[one];
  });
  return found;
}

// The stretches but for coincidences, by the numbers of words that differ before and after.
function without(coincidence, list, sizes) {
  const kept = [];
  let [endA, endB] = [0, 0];
  list.forEach((stretch, at) => {
    const { one, other, words } = stretch;
    const next = list[at + 1] ?? { one: sizes[0], other: sizes[1] };
    const before = Math.max(one - endA, other - endB);
    const after = Math.max(next.one - one - words, next.other - other - words);
    if (coincidence(stretch, Math.min(before, after))) return;
    kept.push(stretch);
    [endA, endB] = [one + words, other + words];
  });
  return kept;
}

// The common stretches that a reader would take for such.
function readable(list, a, b, sizes) {
  const isTiny = ({ words, letters }, around) => around > 0 && (words < FEW_WORDS || letters < FEW_LETTERS);
  const isOutweighed = ({ words }, around) => words < MANY_WORDS && words <= around;
  const kept = without(isOutweighed, without(isTiny, list, sizes), sizes);
  const counts = new Map(); // by text of a, and of b
  const textsOf = ({ one, other }) => [`a${a.places[one]}`, `b${b.places[other]}`];
  for (const text of kept.flatMap(textsOf)) counts.set(text, (counts.get(text) ?? 0) + 1);
  const marks = (stretch) => Math.max(...textsOf(stretch).map((text) => counts.get(text)));
  return without((stretch, around) => around > 0 && stretch.words < (FEW_WORDS * marks(stretch)) / MOST_MARKS, kept, sizes);
}

// Take its common words from each text that has only little of them.
function clearTexts({ places }, own, others) {
  for (let from = 0, to = 0; from < own.length; from = to) {
    let common = 0;
    for (; to < own.length && places[to] === places[from]; to += 1) common += own[to] >= 0;
    if (common > LITTLE * (to - from)) continue;
    for (let at = from; at < to; at += 1) {
      if (own[at] >= 0) others[own[at]] = -1;
      own[at] = -1;
    }
  }
}

// The marks of a side, in order: the number of the text, start and end. A text whose words all differ has one.
function marksOf({ places, starts, ends }, matches) {
  const marks = [];
  for (let at = 0; at < matches.length; at += 1) {
    if (matches[at] >= 0) continue;
    if (at && matches[at - 1] < 0 && places[at - 1] === places[at]) marks[marks.length - 1] = ends[at];
    else marks.push(places[at], starts[at], ends[at]);
  }
  return Int32Array.from(marks);
}

// Compare two responses, each a list of texts. `found` is "marked"; or, without marks, "same" or "nothing in common". The
// words that are not marked are the same on both sides, in the same order. `steps` is the work that the search took.
export function differencesOf(textsA, textsB) {
  const known = new Map();
  const [a, b] = [textsA, textsB].map((texts) => wordsOf(texts, known));
  const sizes = [a.words.length, b.words.length];
  const { matches, steps } = commonWords(a.words, b.words);
  const [inA, inB] = sizes.map((size) => new Int32Array(size).fill(-1));
  for (const { one, other, words } of readable(stretches(a, matches), a, b, sizes)) {
    for (let k = 0; k < words; k += 1) {
      inA[one + k] = other + k;
      inB[other + k] = one + k;
    }
  }
  clearTexts(a, inA, inB);
  clearTexts(b, inB, inA);
  const left = inA.reduce((sum, match) => sum + (match >= 0), 0);
  if (sizes.every((size) => size === left)) return { found: "same", marks: [], steps };
  if (sizes.every((size) => left <= LITTLE * size)) return { found: "nothing in common", marks: [], steps };
  return { found: "marked", marks: [marksOf(a, inA), marksOf(b, inB)], steps };
}
