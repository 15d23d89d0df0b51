// Time and timers of the browser as one object, so that a test can pass a clock of its own.

export class SystemClock {
  constructor(window) {
    this.window = window;
  }

  // Milliseconds since 1970. Comparable between tabs and devices, but it jumps when the device's clock is set.
  now() {
    return this.window.Date.now();
  }

  // Milliseconds since the page was opened. Only for durations: it never jumps.
  elapsed() {
    return this.window.performance.now();
  }

  setTimeout(callback, delay) {
    return this.window.setTimeout(callback, delay);
  }

  clearTimeout(timer) {
    this.window.clearTimeout(timer);
  }

  setInterval(callback, delay) {
    return this.window.setInterval(callback, delay);
  }

  nextFrame(callback) {
    this.window.requestAnimationFrame(callback);
  }
}
