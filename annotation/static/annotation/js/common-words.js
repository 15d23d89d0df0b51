// Which words two texts have in common, in order: as much of a longest common subsequence as is found by runs of words that
// stand once in either text, after Bram Cohen's patience diff; between them by a table where little is left, or where little
// was changed. Work follows the length of the texts and not its square.

const SMALL = 10_000; // cells of a table that is filled in whole
const FEW_EDITS = 300; // words left out or put in: so many are found in any texts, also where one part is like another
// Lengths of runs that are looked for, the surest first, and the most words of two ranges in which such a run is no chance.
const RUNS = [[8, Infinity], [4, 10_000], [2, 1000]];
export const MOST_STEPS = 60; // a word; beyond that the rest counts as different

class Work {
  constructor(words) {
    this.most = MOST_STEPS * words + SMALL;
    this.steps = 0;
  }

  // Whether so many more steps may be taken; they count as taken then.
  take(steps) {
    if (this.steps + steps > this.most) return false;
    this.steps += steps;
    return true;
  }
}

// Fill in the table of longest common subsequences of two ranges, and pair the words of one.
function byTable(a, b, [fromA, toA, fromB, toB], matches) {
  const rows = toA - fromA;
  const columns = toB - fromB;
  const width = columns + 1;
  const longest = new Uint16Array((rows + 1) * width);
  for (let i = rows - 1; i >= 0; i -= 1) {
    const word = a[fromA + i];
    let at = i * width + columns - 1;
    for (let j = toB - 1; j >= fromB; j -= 1, at -= 1) {
      const below = longest[at + width];
      const right = longest[at + 1];
      if (word === b[j]) longest[at] = longest[at + width + 1] + 1;
      else longest[at] = below > right ? below : right;
    }
  }
  for (let i = 0, j = 0; i < rows && j < columns; ) {
    if (a[fromA + i] === b[fromB + j]) {
      matches[fromA + i] = fromB + j;
      i += 1;
      j += 1;
    } else if (longest[(i + 1) * width + j] >= longest[i * width + j + 1]) i += 1;
    else j += 1;
  }
}

// Pair the words of the longest common subsequence of two ranges if so few are left out or put in, and in less than half.
// After Myers, An O(ND) Difference Algorithm and Its Variations (1986), the greedy algorithm.
function byEdits(a, b, [fromA, toA, fromB, toB], matches, work) {
  const rows = toA - fromA;
  const columns = toB - fromB;
  const most = Math.min(FEW_EDITS, (rows + columns) >> 1);
  if (Math.abs(rows - columns) > most) return;
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
        pairPath(history, [fromA, fromB], [rows, columns], matches);
        return;
      }
    }
    if (!work.take(2 * steps)) return;
    history.push(reached.slice(most - edits, most + edits + 3));
  }
}

// Walk back along the edits that led to the end, and pair the words between them.
function pairPath(history, [fromA, fromB], [rows, columns], matches) {
  let [i, j] = [rows, columns];
  const pair = () => { matches[fromA + --i] = fromB + --j; };
  for (let edits = history.length; edits > 0 && (i > 0 || j > 0); edits -= 1) {
    const reached = history[edits - 1];
    const k = i - j;
    const at = k + edits;
    const down = k === -edits || (k !== edits && reached[at - 1] < reached[at + 1]);
    const before = down ? reached[at + 1] : reached[at - 1];
    const start = down ? before : before + 1;
    while (i > start) pair();
    if (down) j -= 1;
    else i -= 1;
  }
  while (i > 0 && j > 0) pair();
}

// For each place in a range at which a run of the length begins, a slot for the run in a table of 2 ** bits.
function slotsOf(list, from, to, length, bits) {
  const slots = new Int32Array(Math.max(0, to - from - length + 1));
  let drop = 1;
  for (let k = 0; k < length; k += 1) drop = Math.imul(drop, 31);
  let hash = 0;
  for (let at = from; at < to; at += 1) {
    hash = (Math.imul(hash, 31) + list[at]) | 0;
    if (at - from >= length) hash = (hash - Math.imul(list[at - length], drop)) | 0;
    if (at - from + 1 >= length) slots[at - from - length + 1] = Math.imul(hash, 0x9e3779b1) >>> (32 - bits);
  }
  return slots;
}

// By slot, 1 more than the position of the run that has it; -1 where several have it.
function positions(slots, bits) {
  const table = new Int32Array(2 ** bits);
  for (let at = 0; at < slots.length; at += 1) table[slots[at]] = table[slots[at]] ? -1 : at + 1;
  return table;
}

function sameRun(a, b, one, other, length) {
  for (let k = 0; k < length; k += 1) if (a[one + k] !== b[other + k]) return false;
  return true;
}

// The places of runs that stand once in either range, in order of a: two lists of one length. Runs that share their slot
// with others are left out.
function runsInBoth(a, b, [fromA, toA, fromB, toB], length) {
  const bits = Math.ceil(Math.log2(4 * Math.max(toA - fromA, toB - fromB)));
  const slots = slotsOf(a, fromA, toA, length, bits);
  const inA = positions(slots, bits);
  const inB = positions(slotsOf(b, fromB, toB, length, bits), bits);
  const [ones, others] = [[], []];
  for (let at = 0; at < slots.length; at += 1) {
    const other = inB[slots[at]] - 1;
    if (inA[slots[at]] < 0 || other < 0 || !sameRun(a, b, fromA + at, fromB + other, length)) continue;
    ones.push(fromA + at);
    others.push(fromB + other);
  }
  return [ones, others];
}

// The positions of a longest rising subsequence.
function rising(list) {
  const tops = [];
  const before = new Int32Array(list.length).fill(-1);
  list.forEach((value, at) => {
    let low = 0;
    let high = tops.length;
    if (high && list[tops[high - 1]] < value) low = high; // so it is nearly always
    while (low < high) {
      const middle = (low + high) >> 1;
      if (list[tops[middle]] < value) low = middle + 1;
      else high = middle;
    }
    if (low > 0) before[at] = tops[low - 1];
    tops[low] = at;
  });
  const found = [];
  for (let at = tops.at(-1) ?? -1; at >= 0; at = before[at]) found.push(at);
  return found.reverse();
}

// Pair the words of runs that stand once in both ranges, and return the ranges between them; null where there are none.
function cut(a, b, [fromA, toA, fromB, toB], length, matches) {
  const [ones, others] = runsInBoth(a, b, [fromA, toA, fromB, toB], length);
  if (!ones.length) return null;
  const ranges = [];
  let [endA, endB] = [fromA, fromB];
  for (const at of rising(others)) {
    const one = ones[at];
    const other = others[at];
    const goesOn = one - other === endA - endB; // as the run before
    if (!goesOn && (one < endA || other < endB)) continue;
    if (one > endA || other > endB) ranges.push([endA, one, endB, other]);
    for (let k = Math.max(one, endA); k < one + length; k += 1) matches[k] = other + k - one;
    endA = one + length;
    endB = other + length;
  }
  ranges.push([endA, toA, endB, toB]);
  return ranges;
}

// Words are numbers. For each word of a the place of its match in b, -1 where it has none; the places rise. And the steps
// that the search took.
export function commonWords(wordsA, wordsB) {
  const [a, b] = [wordsA, wordsB].map((words) => Int32Array.from(words));
  const matches = new Int32Array(a.length).fill(-1);
  const work = new Work(a.length + b.length);
  const waiting = [{ range: [0, a.length, 0, b.length], tried: 0 }];
  while (waiting.length) {
    let { range: [fromA, toA, fromB, toB], tried } = waiting.pop();
    while (fromA < toA && fromB < toB && a[fromA] === b[fromB]) matches[fromA++] = fromB++;
    while (fromA < toA && fromB < toB && a[toA - 1] === b[toB - 1]) matches[--toA] = --toB;
    const [rows, columns] = [toA - fromA, toB - fromB];
    const range = [fromA, toA, fromB, toB];
    if (!rows || !columns) continue;
    if (rows * columns <= SMALL) {
      if (work.take(rows * columns)) byTable(a, b, range, matches);
      continue;
    }
    let ranges = null;
    for (; !ranges && tried < RUNS.length; tried += 1) {
      const [length, most] = RUNS[tried];
      if (rows + columns <= most && work.take(5 * (rows + columns))) ranges = cut(a, b, range, length, matches);
    }
    if (!ranges) byEdits(a, b, range, matches, work);
    else for (const part of ranges) waiting.push({ range: part, tried: tried - 1 }); // more runs stand once in a part
  }
  return { matches, steps: work.steps };
}
