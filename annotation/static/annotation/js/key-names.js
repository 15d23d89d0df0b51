// One name for each key press, whatever the keyboard's layout: "a" to "z", "0" to "9", "?", "Submit" (Ctrl or Cmd with
// Enter), or the browser's own name of a key that writes nothing ("Escape", "ArrowDown"). "" where the press is no command.

const QUESTION_MARKS = new Set(["?", "？", "؟", "՞", "⸮"]);
const NOT_LATIN = /^[\p{L}\p{M}]{1,4}$/u; // one key of the Arabic layout writes two letters
const LATIN = /\p{Script=Latin}/u;
const DIGIT = /^\p{Nd}$/u;

// An input method has the key, or the next press decides what this one writes. Browsers differ in how they say so.
const isComposing = ({ isComposing: composing, keyCode, key }) => composing || keyCode === 229 || key === "Process" || key === "Dead";

const hasModifier = (event) => event.ctrlKey || event.altKey || event.metaKey || event.getModifierState?.("AltGraph");

// The ASCII digit of a decimal digit of any script: each script has its ten in a row, from zero.
const asciiDigit = (digit) => {
  const plain = digit.normalize("NFKC"); // full-width and mathematical digits
  let value = 0;
  for (let at = plain.codePointAt(0); value < 9 && DIGIT.test(String.fromCodePoint(at - 1)); at -= 1) value += 1;
  return String(value);
};

export const keyName = (event) => {
  const { key = "", code = "", shiftKey = false } = event;
  if (isComposing(event)) return "";
  if (key === "Enter" && (event.ctrlKey || event.metaKey) && !event.altKey && !shiftKey) return "Submit";
  if (hasModifier(event)) return "";
  if (DIGIT.test(key)) return asciiDigit(key);
  const letter = key.normalize("NFKC").toLowerCase(); // full-width letters, and those written with Caps Lock
  if (/^[a-z]$/.test(letter)) return letter;
  if (QUESTION_MARKS.has(key)) return "?";
  // Where the digits need Shift (AZERTY, Czech), or another script is on their keys, the key's position names them.
  const [, position] = /^Digit(\d)$/.exec(code) ?? [];
  if (position && !shiftKey) return position;
  const [, place] = /^Key([A-Z])$/.exec(code) ?? [];
  if (place && NOT_LATIN.test(key) && !LATIN.test(key)) return place.toLowerCase();
  return /^[A-Z][A-Za-z]+\d*$/.test(key) || key === " " ? key : "";
};
