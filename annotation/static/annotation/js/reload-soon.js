// Entry module of the page that is shown while the server looks for a pair: it asks again by loading the page.

const DELAY = 4000;
setTimeout(() => location.reload(), DELAY);
