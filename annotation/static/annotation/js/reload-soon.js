// "Looking further": the page asks again by itself.
setTimeout(() => location.reload(), 4000);
