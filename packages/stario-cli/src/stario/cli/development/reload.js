// Keeps an open page up to date while its app is watched. A run of the app is one start of it: when
// the stream tells of another run than the one that made this page, the page is brought up to it.
(() => {
  "use strict";

  const tag = document.currentScript;
  const STREAM = tag.dataset.starioLive;
  const SOON = 50, LATE = 5000; // milliseconds between two attempts to connect
  const PATIENCE = 3000; // milliseconds for a style sheet
  const KEPT = "stario-kept"; // what survives a reload, in this tab

  let run = {
    id: tag.dataset.run,
    styles: Number(tag.dataset.styles),
    others: Number(tag.dataset.others),
  };
  let shown = null; // the reason that is shown on top of the page
  let usesDatastar = false;
  document.addEventListener("datastar-ready", () => { usesDatastar = true; });

  // The stream. Only a page that is looked at has one: browsers open few connections to a server.

  let source = null, timer = 0, delay = SOON;

  const connect = () => {
    clearTimeout(timer);
    if (source || document.hidden) return;
    source = new EventSource(STREAM);
    source.onmessage = (event) => {
      delay = SOON;
      hear(JSON.parse(event.data));
    };
    source.onerror = () => { // also when the stream ends, as it does at each restart
      disconnect();
      timer = setTimeout(connect, delay);
      delay = Math.min(delay * 2, LATE);
    };
  };

  const disconnect = () => {
    clearTimeout(timer);
    if (source) source.close();
    source = null;
  };

  document.addEventListener("visibilitychange", () => {
    disconnect();
    delay = SOON;
    connect();
  });
  addEventListener("pagehide", disconnect);
  addEventListener("pageshow", connect);

  // One thing at a time: what is heard meanwhile is for afterwards, and only the last of it counts.

  let heard = null, isBusy = false;

  const hear = async (news) => {
    heard = news;
    if (isBusy) return;
    isBusy = true;
    try {
      while (heard) {
        const next = heard;
        heard = null;
        await follow(next);
      }
    } finally {
      isBusy = false;
    }
  };

  const follow = async (next) => {
    if (next.id === run.id) return;
    if (tag.dataset.broken !== undefined) return reload(next);
    hideReason();
    if (next.broken) return showReason(next.broken);
    try {
      await update(next);
    } catch (error) {
      console.debug("stario: the page cannot be patched and is loaded anew.", error);
      reload(next);
    }
  };

  const update = async (next) => {
    const answer = await fetch(location.href, {
      cache: "reload",
      headers: { accept: "text/html", "stario-reload": "1" },
    }).catch(() => null);
    if (!answer) return; // the app restarts once more; the next run will tell
    if (!answer.ok || answer.redirected || !isHtml(answer)) return reload(next);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    // Another `watch` counts from the beginning, and what changed before that is not known.
    const isOther = next.id.split("-")[0] !== run.id.split("-")[0];
    await swapStyles(page, isOther || next.styles !== run.styles);
    if (usesDatastar) await morph(page);
    else if (isOther || next.others !== run.others) return reload(next);
    run = next;
  };

  const isHtml = (answer) => (answer.headers.get("content-type") || "").startsWith("text/html");

  // Style sheets: the new one is loaded beside the old one, which goes when it is not needed.

  const sheetsOf = (page) => [...page.querySelectorAll("link[rel~=stylesheet][href]")];

  const swapStyles = async (page, haveChanged) => {
    const before = sheetsOf(document), after = sheetsOf(page);
    const left = new Set(before);
    const swaps = after.map((fresh, place) => {
      const same = before.find((old) => left.has(old) && plain(old) === plain(fresh));
      const old = same || (before.length === after.length ? before[place] : undefined);
      left.delete(old);
      if (same && !(haveChanged && isOurs(fresh))) {
        fresh.setAttribute("href", same.getAttribute("href"));
        return null;
      }
      if (same) fresh.setAttribute("href", busted(fresh));
      return swap(old, fresh);
    });
    await Promise.all(swaps);
  };

  // The address without our own mark on it.
  const plain = (link) => {
    const url = new URL(link.getAttribute("href"), location.href);
    url.searchParams.delete("stario");
    return url.href;
  };

  const busted = (link) => {
    const url = new URL(plain(link));
    url.searchParams.set("stario", Date.now().toString(36));
    return url.pathname + url.search;
  };

  const isOurs = (link) => new URL(plain(link)).origin === location.origin;

  const swap = (old, fresh) => new Promise((done) => {
    const link = document.importNode(fresh, true);
    const giveUp = setTimeout(finish, PATIENCE);
    function finish() {
      clearTimeout(giveUp);
      if (old) old.remove();
      done();
    }
    link.addEventListener("load", finish);
    link.addEventListener("error", finish);
    if (old) old.after(link);
    else document.head.append(link);
  });

  // Datastar: its own morph takes the new page in. Signals and what was typed stay as they are.

  const morph = async (page) => {
    for (const own of page.querySelectorAll("[data-stario-live]")) own.remove();
    const signals = await readSignals();
    const fields = [...document.querySelectorAll("input, textarea, select")].filter(isFilled);
    const values = fields.map(valueOf);
    endStreams();
    await turn();
    tell("datastar-patch-elements", { elements: page.documentElement.outerHTML });
    await turn();
    fields.forEach((field, place) => { if (field.isConnected) fill(field, values[place]); });
    if (signals) tell("datastar-patch-signals", { signals });
  };

  const tell = (type, argsRaw) => {
    const detail = { type, el: document.documentElement, argsRaw };
    document.documentElement.dispatchEvent(
      new CustomEvent("datastar-fetch", { detail, bubbles: true }),
    );
  };

  const turn = () => new Promise((done) => setTimeout(done, 0)); // in which Datastar looks

  const readSignals = async () => {
    const reader = document.createElement("pre");
    reader.hidden = true;
    reader.setAttribute("data-json-signals__terse", "");
    document.body.append(reader);
    await turn();
    const text = reader.textContent;
    reader.remove();
    return text;
  };

  // A stream that an element opened ended with the run before. The element is to open it again, so
  // the morph must find what it says missing.
  const endStreams = () => {
    for (const element of document.querySelectorAll("*")) {
      for (const { name, value } of [...element.attributes]) {
        if (/^data-init(_|$)/.test(name) && value.includes("@")) element.removeAttribute(name);
      }
    }
  };

  // A page without Datastar is loaded anew, at the place where it was, with what was typed.

  const isFilled = (field) => {
    if (["password", "file", "hidden", "submit", "button"].includes(field.type)) return false;
    if (field instanceof HTMLSelectElement) return true;
    if (["checkbox", "radio"].includes(field.type)) return true;
    return field.value !== field.defaultValue;
  };

  const valueOf = (field) => {
    if (field instanceof HTMLSelectElement) return [...field.options].map((one) => one.selected);
    return ["checkbox", "radio"].includes(field.type) ? field.checked : field.value;
  };

  const fill = (field, value) => {
    if (field instanceof HTMLSelectElement) {
      value.forEach((is, place) => { if (field.options[place]) field.options[place].selected = is; });
    } else if (typeof value === "boolean") field.checked = value;
    else field.value = value;
  };

  // A field is known by its form, its kind and its name, and by its place among those like it.
  const fieldsByKey = () => {
    const found = new Map(), counts = new Map();
    for (const field of document.querySelectorAll("input, textarea, select")) {
      const like = [field.form && field.form.id, field.type, field.name, field.id].join("\n");
      const count = counts.get(like) || 0;
      counts.set(like, count + 1);
      found.set(`${like}\n${count}`, field);
    }
    return found;
  };

  const reload = (next) => {
    const fields = [...fieldsByKey()].filter(([, field]) => isFilled(field));
    const kept = {
      run: next.id,
      path: location.pathname + location.search,
      at: [scrollX, scrollY],
      fields: fields.map(([key, field]) => [key, valueOf(field)]),
      focus: fields.findIndex(([, field]) => field === document.activeElement),
    };
    const last = recall();
    // A page that comes from a cache names an old run for ever; it is loaded anew once.
    if (last && last.run === next.id) {
      run = next;
      return;
    }
    try {
      sessionStorage.setItem(KEPT, JSON.stringify(kept));
    } catch {} // there is no room, or no storage
    disconnect();
    location.reload();
  };

  const recall = () => {
    try {
      return JSON.parse(sessionStorage.getItem(KEPT));
    } catch {
      return null;
    }
  };

  const restore = () => {
    const kept = recall();
    if (!kept || !kept.fields || kept.path !== location.pathname + location.search) return;
    const fields = fieldsByKey();
    kept.fields.forEach(([key, value], place) => {
      const field = fields.get(key);
      if (!field) return;
      fill(field, value);
      if (place === kept.focus) field.focus({ preventScroll: true });
    });
    scrollTo(...kept.at);
    sessionStorage.setItem(KEPT, JSON.stringify({ run: kept.run }));
  };

  // Why there is no app, on top of the page, which stays as it is below.

  const showReason = ({ title, text }) => {
    const heading = document.createElement("strong"), reason = document.createElement("pre");
    heading.textContent = title;
    reason.textContent = text;
    Object.assign(reason.style, { whiteSpace: "pre-wrap", font: "13px/1.5 monospace" });
    showOnTop(heading, reason);
  };

  // An action of Datastar that failed tells it by an event, whose page is shown in a frame of its
  // own: it may hold anything, and none of it runs.
  document.addEventListener("datastar-fetch", ({ detail }) => {
    if (detail.type !== "datastar-stario-failure") return;
    const frame = document.createElement("iframe");
    frame.sandbox = "";
    frame.srcdoc = detail.argsRaw.page;
    Object.assign(frame.style, { width: "85vw", height: "75vh", border: "0" });
    showOnTop(frame);
  });

  const showOnTop = (...parts) => {
    hideReason();
    const place = document.createElement("div");
    const root = place.attachShadow({ mode: "open" });
    const box = document.createElement("dialog"), close = document.createElement("button");
    close.textContent = "Close";
    close.addEventListener("click", hideReason);
    box.addEventListener("close", hideReason);
    Object.assign(box.style, { maxWidth: "90vw", maxHeight: "90vh", border: "3px solid #b00020" });
    box.append(close, document.createElement("br"), ...parts);
    root.append(box);
    place.setAttribute("data-stario-reason", "");
    document.documentElement.append(place);
    box.showModal();
    shown = place;
  };

  const hideReason = () => {
    if (shown) shown.remove();
    shown = null;
  };

  if (document.readyState === "complete") restore();
  else addEventListener("load", restore, { once: true });
  connect();
})();
