// Which words two texts have in common, in order: a longest common subsequence where the texts are short or little was
// changed, and otherwise as much of one as is found by runs of words that stand once in either text. Work follows the
// length of the texts and not its square.

const SMALL = 40_000; // cells of a table that is filled in whole
const FEW_EDITS = 500; // words left out or put in: so many are found in any texts, also where one part is like another
const RUNS = [16, 8, 4, 2, 1]; // lengths of runs that are looked for, the surest first
export const MOST_STEPS = 60; // a word; beyond that the rest counts as different

class Work {
  constructor(words) {
    this.left = MOST_STEPS * words + SMALL;
    this.steps = 0;
  }

  // Whether so many more steps may be taken; they count as taken then.
  take(steps) {
    if (steps > this.left) return false;
    this.left -= steps;
    this.steps += steps;
    return true;
  }
}

// Words as numbers, equal where the words are.
function numbered(lists) {
  const numbers = new Map();
  return lists.map((list) =>
    Int32Array.from(list, (word) => {
      let number = numbers.get(word);
      if (number === undefined) numbers.set(word, (number = numbers.size + 1));
      return number;
    }),
  );
}

// Fill in the table of longest common subsequences of two ranges, and mark one.
function byTable(a, b, [fromA, toA, fromB, toB], inA, inB) {
  const rows = toA - fromA;
  const columns = toB - fromB;
  const width = columns + 1;
  const longest = new Uint16Array((rows + 1) * width);
  for (let i = rows - 1; i >= 0; i -= 1) {
    for (let j = columns - 1; j >= 0; j -= 1) {
      longest[i * width + j] =
        a[fromA + i] === b[fromB + j]
          ? longest[(i + 1) * width + j + 1] + 1
          : Math.max(longest[(i + 1) * width + j], longest[i * width + j + 1]);
    }
  }
  for (let i = 0, j = 0; i < rows && j < columns; ) {
    if (a[fromA + i] === b[fromB + j]) {
      inA[fromA + i] = inB[fromB + j] = 1;
      i += 1;
      j += 1;
    } else if (longest[(i + 1) * width + j] >= longest[i * width + j + 1]) i += 1;
    else j += 1;
  }
}

// Mark the longest common subsequence of two ranges if so few words are left out or put in; return whether that is so.
// After Myers, An O(ND) Difference Algorithm and Its Variations (1986), the greedy algorithm.
function byEdits(a, b, [fromA, toA, fromB, toB], inA, inB, work) {
  const rows = toA - fromA;
  const columns = toB - fromB;
  const most = Math.min(FEW_EDITS, rows + columns);
  if (Math.abs(rows - columns) > most) return false;
  const reached = new Int32Array(2 * most + 3); // by diagonal, the furthest place in a
  const history = [];
  for (let edits = 0; edits <= most; edits += 1) {
    let steps = 0;
    for (let k = -edits; k <= edits; k += 2) {
      const at = k + most + 1;
      let i = k === -edits || (k !== edits && reached[at - 1] < reached[at + 1]) ? reached[at + 1] : reached[at - 1] + 1;
      const start = i;
      while (i < rows && i - k < columns && i - k >= 0 && a[fromA + i] === b[fromB + i - k]) i += 1;
      steps += i - start + 1;
      reached[at] = i;
      if (i >= rows && i - k >= columns) {
        markPath(history, [fromA, fromB], [rows, columns], most, inA, inB);
        return true;
      }
    }
    if (!work.take(steps)) return false;
    history.push(reached.slice());
  }
  return false;
}

// Walk back along the edits that led to the end, and mark the words between them.
function markPath(history, [fromA, fromB], [rows, columns], most, inA, inB) {
  let [i, j] = [rows, columns];
  for (let edits = history.length; edits > 0 && (i > 0 || j > 0); edits -= 1) {
    const reached = history[edits - 1];
    const k = i - j;
    const at = k + most + 1;
    const down = k === -edits || (k !== edits && reached[at - 1] < reached[at + 1]);
    const before = down ? reached[at + 1] : reached[at - 1];
    const start = down ? before : before + 1;
    while (i > start) inA[fromA + --i] = inB[fromB + --j] = 1;
    if (down) j -= 1;
    else i -= 1;
  }
  while (i > 0 && j > 0) inA[fromA + --i] = inB[fromB + --j] = 1;
}

// The places at which each run of a length stands once, by its hash; -1 where it stands more often.
function onceOnly(list, from, to, length) {
  const places = new Map();
  let drop = 1;
  for (let k = 1; k < length; k += 1) drop = Math.imul(drop, 31);
  let hash = 0;
  for (let at = from; at < to; at += 1) {
    if (at - from >= length) hash = (hash - Math.imul(list[at - length], drop)) | 0;
    hash = (Math.imul(hash, 31) + list[at]) | 0;
    if (at - from + 1 >= length) places.set(hash, places.has(hash) ? -1 : at - length + 1);
  }
  return places;
}

// The longest list of (place in a, place in b), in order of a, whose places in b rise.
function rising(pairs) {
  const tops = [];
  const before = new Int32Array(pairs.length).fill(-1);
  pairs.forEach(([, place], at) => {
    let low = 0;
    let high = tops.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (pairs[tops[middle]][1] < place) low = middle + 1;
      else high = middle;
    }
    if (low > 0) before[at] = tops[low - 1];
    tops[low] = at;
  });
  const found = [];
  for (let at = tops.at(-1) ?? -1; at >= 0; at = before[at]) found.push(pairs[at]);
  return found.reverse();
}

function sameRun(a, b, one, other, length) {
  for (let k = 0; k < length; k += 1) if (a[one + k] !== b[other + k]) return false;
  return true;
}

// Two ranges cut at runs that stand once in both; null where there are none.
function cut(a, b, [fromA, toA, fromB, toB], length) {
  const inB = onceOnly(b, fromB, toB, length);
  const pairs = [];
  for (const [hash, place] of onceOnly(a, fromA, toA, length)) {
    const other = inB.get(hash) ?? -1;
    if (place >= 0 && other >= 0 && sameRun(a, b, place, other, length)) pairs.push([place, other]);
  }
  if (!pairs.length) return null;
  pairs.sort(([one], [other]) => one - other);
  const ranges = [];
  let [lastA, lastB] = [fromA, fromB];
  for (const [one, other] of rising(pairs)) {
    if (one < lastA || other < lastB) continue; // it overlaps the run before
    ranges.push([lastA, one, lastB, other], [one, one + length, other, other + length]);
    [lastA, lastB] = [one + length, other + length];
  }
  ranges.push([lastA, toA, lastB, toB]);
  return ranges;
}

// For each word of both lists whether it is common to them, in order; and the steps that took.
export function commonWords(wordsA, wordsB) {
  const [a, b] = numbered([wordsA, wordsB]);
  const inA = new Uint8Array(a.length);
  const inB = new Uint8Array(b.length);
  const work = new Work(a.length + b.length);
  const waiting = [{ range: [0, a.length, 0, b.length], tried: 0 }];
  while (waiting.length) {
    let {
      range: [fromA, toA, fromB, toB],
      tried,
    } = waiting.pop();
    while (fromA < toA && fromB < toB && a[fromA] === b[fromB]) inA[fromA++] = inB[fromB++] = 1;
    while (fromA < toA && fromB < toB && a[toA - 1] === b[toB - 1]) inA[--toA] = inB[--toB] = 1;
    const [rows, columns] = [toA - fromA, toB - fromB];
    const range = [fromA, toA, fromB, toB];
    if (!rows || !columns) continue;
    if (rows * columns <= SMALL) {
      if (work.take(rows * columns)) byTable(a, b, range, inA, inB);
      continue;
    }
    if (byEdits(a, b, range, inA, inB, work)) continue;
    for (let at = tried; at < RUNS.length; at += 1) {
      if (!work.take(4 * (rows + columns))) break;
      const ranges = cut(a, b, range, RUNS[at]);
      if (!ranges) continue;
      for (const part of ranges) waiting.push({ range: part, tried: at });
      break;
    }
  }
  return { inA, inB, steps: work.steps };
}
