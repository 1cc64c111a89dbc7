// Reads the page again when the server says that something has changed, and takes over what differs.
// What a person has opened, typed or focused stays as it is. Without this script all of it can be
// read, and every button works.
"use strict";
(() => {
  const main = document.querySelector("main[data-live]");
  if (!main || !window.EventSource) return;
  let isReading = false;
  let isStale = false;

  const take = (old, next) => {
    if (old.isEqualNode(next)) return;
    const sameKind = old.nodeType === next.nodeType && old.nodeName === next.nodeName;
    if (!sameKind || (old.id ?? "") !== (next.id ?? "")) return old.replaceWith(next);
    if (old.nodeType !== Node.ELEMENT_NODE) return old.replaceWith(next);
    if (old.matches("form.filter, [data-keep]")) return;
    for (const { name } of [...old.attributes]) {
      if (!next.hasAttribute(name) && !(name === "open" && old.nodeName === "DETAILS")) old.removeAttribute(name);
    }
    for (const { name, value } of next.attributes) {
      if (old.getAttribute(name) !== value && name !== "open") old.setAttribute(name, value);
    }
    const kept = [...old.childNodes];
    const wanted = [...next.childNodes];
    wanted.forEach((node, at) => (at < kept.length ? take(kept[at], node) : old.append(node)));
    kept.slice(wanted.length).forEach((node) => node.remove());
  };

  const read = async () => {
    if (isReading) { isStale = true; return; }
    isReading = true;
    try {
      const answer = await fetch(location.href, { credentials: "same-origin" });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const next = page.querySelector("main");
      if (next) take(main, next);
    } finally {
      isReading = false;
      if (isStale) { isStale = false; read(); }
    }
  };

  const events = new EventSource("/events");
  events.addEventListener("changed", () => { if (!document.hidden) read(); else isStale = true; });
  document.addEventListener("visibilitychange", () => { if (!document.hidden && isStale) { isStale = false; read(); } });
})();
