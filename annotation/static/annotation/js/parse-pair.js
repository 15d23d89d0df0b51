// The pair element in HTML from the server, ready to be put on the page; null where there is none.

export const parsePair = (html, document) => {
  const pair = new DOMParser().parseFromString(html, "text/html").querySelector(".pair");
  return pair && document.adoptNode(pair);
};
