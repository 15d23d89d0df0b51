// The words of a text. A sign that stands by itself counts as a word, and so does each letter of a script without spaces
// between words. A word never ends within a character as readers see it: a letter with its accents, a flag, an emoji.

const SCRIPTS = ["Han", "Hiragana", "Katakana", "Thai", "Khmer", "Lao", "Myanmar"].map((name) => `\\p{scx=${name}}`).join("");
const BY_ITSELF = `(?!\\p{M})[${SCRIPTS}]`;
// What belongs to the character before: accents, vowels written as letters, half-width voicing, joiners, skin tones, tags of
// flags, and the letter under another one.
const MORE =
  "(?:[\\p{M}\\p{EMod}\\u0e33\\u0eb3\\uff9e\\uff9f\\u200c\\u{e0020}-\\u{e007f}]|\\u200d\\p{ExtPict}?|(?<=[\\u1039\\u17d2])\\p{L})*";
const WORD = new RegExp(
  [
    "\\0[^\\0]*\\0",
    BY_ITSELF + MORE,
    `(?:(?!${BY_ITSELF})[\\p{L}\\p{N}\\p{M}_'’\\u00ad\\u200c\\u200d])+`,
    `(?:\\p{RI}\\p{RI}|\\S)${MORE}`,
  ].join("|"),
  "gu",
);

// Chinese and Japanese letters, each a word unless something of MORE may follow. They are most of what long texts have.
const isLetter = (code) =>
  (code >= 0x4e00 && code <= 0x9fff) || (code >= 0x3041 && code <= 0x3096) || (code >= 0x30a1 && code <= 0x30fa);

// The words of all texts as numbers, their starts and ends, and the number of the text of each: four lists of one length.
// Words have the same number where they look the same, however they are encoded; `known` holds the numbers so far.
// What stands between two NULs, as formulas do, is one word.
export function wordsOf(texts, known = new Map()) {
  const numberOf = (word) => {
    if (word.length === 1) return word.charCodeAt(0);
    if (!known.has(word)) known.set(word, 2 ** 16 + known.size);
    return known.get(word);
  };
  const [words, starts, ends, places] = [[], [], [], []];
  texts.forEach((text, place) => {
    for (let at = 0; at < text.length; at = WORD.lastIndex) {
      let word = text.charCodeAt(at);
      const next = text.charCodeAt(at + 1);
      if (isLetter(word) && (!(next > 0x2ff) || isLetter(next))) WORD.lastIndex = at + 1;
      else {
        WORD.lastIndex = at;
        const match = WORD.exec(text);
        if (!match) break;
        at = match.index;
        word = numberOf(match[0].normalize());
      }
      words.push(word);
      starts.push(at);
      ends.push(WORD.lastIndex);
      places.push(place);
    }
  });
  return { words, starts, ends, places };
}
