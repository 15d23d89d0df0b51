// Marks the words in which two responses differ, in the rendered text. A worker compares them, so the page never waits; and
// the marks are a highlight, which the browser paints without laying the text out again.

const NAME = "difference"; // of the highlight, in the stylesheet
const BLOCK = "p, li, h1, h2, h3, h4, h5, h6, td, th, dt, dd, pre, blockquote, caption, div";

// The blocks of text in an element: the text of each, and the nodes it comes from with their places in it. A formula is one
// word, by its markup.
function blocksOf(element) {
  const blocks = [];
  const add = (owner, node, text) => {
    if (blocks.at(-1)?.owner !== owner) blocks.push({ owner, text: "", nodes: [] });
    const block = blocks.at(-1);
    block.nodes.push({ node, at: block.text.length });
    block.text += text;
  };
  const collect = (parent, owner) => {
    for (const node of parent.childNodes) {
      if (node.nodeType === Node.TEXT_NODE) add(owner, node, node.data);
      else if (node.localName === "math") add(owner, node, `\0${node.outerHTML}\0`);
      else if (node.localName === "br") add(owner, node, "\n");
      else if (node.matches?.(":not(svg, .empty-text)")) collect(node, node.matches(BLOCK) ? node : owner);
    }
  };
  collect(element, element);
  return blocks;
}

// A place in the text of a block, at one of its nodes, as a place in the document. A formula is marked whole.
function placeAt({ node, at }, offset, after) {
  if (node.nodeType === Node.TEXT_NODE) return [node, offset - at];
  return [node.parentNode, [...node.parentNode.childNodes].indexOf(node) + after];
}

// The marks, triples of a block, a start and an end in order, as ranges of the document.
function* rangesOf(blocks, marks) {
  let [block, position] = [null, 0];
  const goTo = (isHere) => {
    while (position + 1 < block.nodes.length && isHere(block.nodes[position + 1].at)) position += 1;
    return block.nodes[position];
  };
  for (let mark = 0; mark < marks.length; mark += 3) {
    const [, start, end] = marks.subarray(mark, mark + 3);
    if (block !== blocks[marks[mark]]) [block, position] = [blocks[marks[mark]], 0];
    const [startContainer, startOffset] = placeAt(goTo((at) => at <= start), start, 0);
    const [endContainer, endOffset] = placeAt(goTo((at) => at < end), end, 1);
    yield new StaticRange({ startContainer, startOffset, endContainer, endOffset });
  }
}

export class Differences {
  // newWorker(): one that runs difference-worker.js.
  constructor({ window, newWorker }) {
    Object.assign(this, { window, newWorker });
    this.canMark = Boolean(window.Highlight && window.CSS.highlights);
    this.answer = null; // takes the answer to the comparison that is under way
    if (this.canMark) this.#start(); // now, for the connection may be lost later
  }

  // Mark what differs in a pair. The answer is "marked"; or, with nothing marked, "same", "nothing in common", "too old"
  // where the browser cannot, "failed", or "not wanted" where `clear` or another call came in between.
  async mark(pair) {
    this.clear();
    if (!this.canMark) return "too old";
    const sides = ["a", "b"].map((side) => [...pair.querySelectorAll(`.response.${side} .shown`)].flatMap(blocksOf));
    const { found, marks } = await this.#compare(sides.map((blocks) => blocks.map(({ text }) => text)));
    if (found !== "marked") return found;
    const highlight = new this.window.Highlight();
    sides.forEach((blocks, side) => {
      for (const range of rangesOf(blocks, marks[side])) highlight.add(range);
    });
    this.window.CSS.highlights.set(NAME, highlight);
    return found;
  }

  clear() {
    if (this.answer) {
      this.worker.terminate();
      this.#start();
      this.#end({ found: "not wanted" });
    }
    this.window.CSS.highlights?.delete(NAME);
  }

  #start() {
    const worker = (this.worker = this.newWorker());
    worker.onmessage = ({ data }) => this.#end(data);
    worker.onerror = () => {
      this.worker = null;
      this.#end({ found: "failed" });
    };
  }

  #compare(texts) {
    if (!this.worker) this.#start();
    return new Promise((resolve) => {
      this.answer = resolve;
      this.worker.postMessage(texts);
    });
  }

  #end(found) {
    this.answer?.(found);
    this.answer = null;
  }
}
