// Reads the page again when the server says that something has changed, and takes over what differs.
// What a person has opened, typed or focused stays as it is. Without this script all of it can be
// read, and every button works.
"use strict";
(() => {
  const main = document.querySelector("main[data-live]");
  const told = document.querySelector("#connection");
  if (!main || !window.EventSource) return;
  const LOST_MS = 3000;
  const AGAIN_MS = 5000;
  const AIMING_MS = 2000;
  let isReading = false;
  let isStale = false;
  let movedAt = 0;
  let lostTimer = 0;

  const isKept = (element) => element.matches("form.filter, [data-keep]");

  const takeAttributes = (old, next) => {
    // Whether it is open is for who reads it to say.
    const isTheirs = (name) => name === "open" && old.nodeName === "DETAILS";
    for (const { name } of [...old.attributes]) {
      if (!next.hasAttribute(name) && !isTheirs(name)) old.removeAttribute(name);
    }
    for (const { name, value } of next.attributes) {
      if (old.getAttribute(name) !== value && !isTheirs(name)) old.setAttribute(name, value);
    }
  };

  const isSame = (old, next) =>
    old.nodeType === next.nodeType && old.nodeName === next.nodeName && (old.id ?? "") === (next.id ?? "");

  const dropped = (node) => {
    const after = node.nextSibling;
    node.remove();
    return after;
  };

  // By their ids, so that a button that has the focus never becomes another job's.
  const takeChildren = (old, next) => {
    const named = new Set([...next.children].map((child) => child.id).filter(Boolean));
    for (const child of [...old.children]) {
      if (child.id && !named.has(child.id)) child.remove();
    }
    let at = old.firstChild;
    for (const wanted of [...next.childNodes]) {
      const known = wanted.id ? [...old.children].find((child) => child.id === wanted.id) : at;
      // Where what moves is in the way, and not what stays, a focus stays where it is.
      while (wanted.id && known && at && at !== known && !at.id) at = dropped(at);
      if (known && isSame(known, wanted)) {
        if (known === at) at = at.nextSibling;
        else old.moveBefore ? old.moveBefore(known, at) : old.insertBefore(known, at);
        take(known, wanted);
      } else {
        old.insertBefore(document.importNode(wanted, true), at);
      }
    }
    while (at) at = dropped(at);
  };

  const take = (old, next) => {
    if (old.isEqualNode(next)) return;
    if (old.nodeType !== Node.ELEMENT_NODE) old.nodeValue = next.nodeValue;
    else if (!isKept(old)) {
      takeAttributes(old, next);
      takeChildren(old, next);
    }
  };

  // Nothing moves away below a pointer that is about to press a button.
  const isAiming = () => performance.now() - movedAt < AIMING_MS && Boolean(main.querySelector("button:hover"));

  const show = (next) => {
    if (isAiming()) return void setTimeout(() => show(next), 200);
    const hadFocus = main.contains(document.activeElement);
    take(main, next);
    if (hadFocus && !main.contains(document.activeElement)) main.focus({ preventScroll: true });
  };

  const read = async () => {
    if (document.hidden || isReading) { isStale = true; return; }
    isReading = true;
    isStale = false;
    try {
      const answer = await fetch(location.href, { credentials: "same-origin" });
      if (answer.status >= 500) throw new Error(`status ${answer.status}`);
      const next = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("main");
      if (next) show(next);
    } catch {
      setTimeout(read, AGAIN_MS);
    } finally {
      isReading = false;
      if (isStale) read();
    }
  };

  const tellLost = (since) => {
    const time = since.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
    told.textContent = `The server does not answer: this is as of ${time}.`;
  };

  const connect = () => {
    const events = new EventSource("/events");
    events.addEventListener("open", () => {
      clearTimeout(lostTimer);
      lostTimer = 0;
      told.textContent = "";
      // What changed while nobody listened was told to nobody.
      read();
    });
    events.addEventListener("changed", read);
    events.addEventListener("error", () => {
      lostTimer ||= setTimeout(tellLost, LOST_MS, new Date());
      // After an answer that is no stream a browser does not ask again by itself:
      // https://html.spec.whatwg.org/multipage/server-sent-events.html#fail-the-connection
      if (events.readyState === EventSource.CLOSED) setTimeout(connect, AGAIN_MS);
    });
  };

  document.addEventListener("pointermove", () => { movedAt = performance.now(); });
  document.addEventListener("visibilitychange", () => { if (isStale) read(); });
  connect();
})();
