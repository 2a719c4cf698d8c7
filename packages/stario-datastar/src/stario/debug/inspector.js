((el, corner) => {
  // The panel lives in a shadow tree: styles of the page cannot reach it, a morph does not see it,
  // and style sheets made here pass a Content-Security-Policy that forbids inline styles.
  if (el.inspector) return;
  const KEPT = 40;
  const ACTION = /@(?:get|post|put|patch|delete|query)\([^)]*\)?/;
  const TAG = /<([a-z][^\s/>]*)(?:[^>]*?\sid=["']?([^\s"'>]+))?/i;
  const PATCHES = {"datastar-patch-elements": "elements", "datastar-patch-signals": "signals"};
  const [vertical, horizontal] = corner.split("-");

  const STYLE = `
    :host { all: initial !important; position: fixed !important; display: block !important;
      z-index: 2147483647 !important; ${vertical}: 16px !important; ${horizontal}: 16px !important;
      color-scheme: dark !important; contain: layout style !important; }
    :host([hidden]) { display: none !important; }
    ::slotted(pre) { all: initial !important; display: block !important; color: inherit !important;
      font: inherit !important; white-space: pre-wrap !important; overflow-wrap: anywhere !important; }
    * { box-sizing: border-box; }
    .panel { width: 352px; max-width: calc(100vw - 32px); max-height: calc(100vh - 32px);
      display: flex; flex-direction: column; overflow: hidden; color: #e4e4e7; background: #18181b;
      border: 1px solid #71717a; border-radius: 8px; box-shadow: 0 8px 28px rgb(0 0 0 / 45%);
      font: 12px/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
    header { display: flex; align-items: center; gap: 8px; padding: 6px 6px 6px 10px; cursor: move;
      touch-action: none; user-select: none; background: #27272a; }
    header b { flex: 1; color: #fafafa; }
    .dot { width: 8px; height: 8px; border-radius: 50%; background: #52525b; }
    .busy .dot { background: #4ade80; } .failing .dot { background: #fbbf24; }
    button { all: unset; cursor: pointer; padding: 0 8px; border-radius: 4px; color: #d4d4d8; }
    button:hover { background: #3f3f46; }
    button:focus-visible, input:focus-visible { outline: 2px solid #60a5fa; outline-offset: -1px; }
    .facts { color: #a1a1aa; padding: 4px 10px; border-bottom: 1px solid #3f3f46; }
    input { all: unset; padding: 4px 10px; color: #fafafa; border-bottom: 1px solid #3f3f46; }
    input::placeholder { color: #a1a1aa; }
    .part { overflow: auto; padding: 6px 10px; min-height: 0; }
    .part + .part { border-top: 1px solid #3f3f46; }
    .signals { flex: 0 1 auto; max-height: 40vh; }
    .filtered { white-space: pre-wrap; overflow-wrap: anywhere; }
    .log, .requests { margin: 0; list-style: none; max-height: 24vh; }
    .requests { max-height: 14vh; color: #86efac; } .requests:empty { display: none; }
    li { display: flex; gap: 8px; white-space: nowrap; }
    .log li > :first-child { flex: 0 0 9ch; } .log li > :nth-child(2) { flex: 0 0 7ch; text-align: right; }
    li > :last-child { overflow: hidden; text-overflow: ellipsis; color: #a1a1aa; }
    .elements { color: #93c5fd; } .signals-patch { color: #c4b5fd; }
    .retrying, .error, .retries-failed { color: #fbbf24; }
    .closed > :not(header) { display: none; } .closed { width: auto; }
    [hidden] { display: none; }`;

  const make = (tag, className, text) => {
    const made = document.createElement(tag);
    if (className) made.className = className;
    if (text !== undefined) made.textContent = text;
    return made;
  };
  const sheet = text => {
    const made = new CSSStyleSheet();
    made.replaceSync(text);
    return made;
  };

  const root = el.attachShadow({mode: "open"});
  const place = sheet("");
  root.adoptedStyleSheets = [sheet(STYLE), place];
  const panel = make("div", "panel");
  const header = make("header");
  const fold = make("button", "fold", "\u2013");
  const facts = make("div", "facts");
  const filter = make("input", "filter");
  const requests = make("ul", "part requests");
  const signals = make("div", "part signals");
  const slot = make("slot");
  const filtered = make("div", "filtered");
  const log = make("ol", "part log");
  header.append(make("span", "dot"), make("b", "", "Datastar"), fold);
  signals.append(slot, filtered);
  panel.append(header, facts, filter, signals, requests, log);
  root.append(panel);
  panel.setAttribute("role", "region");
  panel.setAttribute("aria-label", "Debug inspector");
  filter.placeholder = "Filter signals and events";
  filter.setAttribute("aria-label", filter.placeholder);
  fold.type = "button";
  filtered.hidden = true;

  // Whoever inspects a page must not operate it: no listener of the page hears of this panel.
  for (const name of ["click", "pointerdown", "pointerup", "pointermove", "mousedown", "mouseup",
      "keydown", "keyup", "keypress", "input", "change", "focusin", "focusout"]) {
    root.addEventListener(name, event => event.stopPropagation());
  }

  // Moving. The pointer is captured, so that a fast drag does not lose the header.
  let taken = null;
  const move = (x, y) => {
    const left = Math.max(0, Math.min(x, innerWidth - panel.offsetWidth));
    const top = Math.max(0, Math.min(y, innerHeight - panel.offsetHeight));
    place.replaceSync(`:host { left: ${left}px !important; top: ${top}px !important;
      right: auto !important; bottom: auto !important; }`);
  };
  header.addEventListener("pointerdown", event => {
    if (event.target === fold) return;
    const box = panel.getBoundingClientRect();
    taken = [event.clientX - box.left, event.clientY - box.top];
    header.setPointerCapture(event.pointerId);
  });
  header.addEventListener("pointermove", event => {
    if (taken) move(event.clientX - taken[0], event.clientY - taken[1]);
  });
  for (const name of ["pointerup", "pointercancel"]) header.addEventListener(name, () => taken = null);

  const setOpen = open => {
    panel.classList.toggle("closed", !open);
    fold.textContent = open ? "\u2013" : "+";
    fold.setAttribute("aria-expanded", open);
    fold.setAttribute("aria-label", open ? "Collapse" : "Expand");
  };
  fold.addEventListener("click", () => setOpen(panel.classList.contains("closed")));
  setOpen(true);

  // Filtering: what a path or a row of the log holds.
  const source = () => el.querySelector("pre");
  const wanted = () => filter.value.trim().toLowerCase();
  const only = (value, path, word) => {
    if (path.toLowerCase().includes(word)) return value;
    if (value === null || typeof value !== "object" || Array.isArray(value)) return undefined;
    const kept = Object.entries(value)
      .map(([name, below]) => [name, only(below, path ? `${path}.${name}` : name, word)])
      .filter(([, below]) => below !== undefined);
    return kept.length ? Object.fromEntries(kept) : undefined;
  };
  const showSignals = () => {
    const word = wanted();
    slot.hidden = word !== "";
    filtered.hidden = word === "";
    if (!word) return;
    try {
      const found = only(JSON.parse(source().textContent), "", word);
      filtered.textContent = found === undefined ? "no such signal" : JSON.stringify(found, null, 2);
    } catch {
      filtered.textContent = source().textContent;
    }
  };
  const showRow = row => {
    row.hidden = !row.textContent.toLowerCase().includes(wanted());
  };
  new MutationObserver(showSignals)
    .observe(el, {childList: true, characterData: true, subtree: true});
  filter.addEventListener("input", () => {
    showSignals();
    for (const row of log.children) showRow(row);
  });

  // Counting.
  const open = new Map();
  const count = {elements: 0, signals: 0, bytes: 0, retries: 0, errors: 0};
  const size = bytes => bytes < 1000 ? `${bytes} B` : `${(bytes / 1000).toFixed(1)} kB`;
  const named = element => {
    if (!(element instanceof Element)) return "page";
    const name = element.localName + (element.id ? `#${element.id}` : "");
    const action = [...element.attributes].map(({value}) => ACTION.exec(value)).find(Boolean);
    return action ? `${name} ${action[0]}` : name;
  };
  const add = (kind, text, amount) => {
    const last = log.lastElementChild;
    if (last && last.said === `${kind} ${text}` && amount === undefined) {
      last.times += 1;
      last.children[1].textContent = `\u00d7${last.times}`;
      return;
    }
    const row = make("li");
    row.said = `${kind} ${text}`;
    row.times = 1;
    const shown = kind === "signals" ? "signals-patch" : kind;
    row.append(make("span", shown, kind), make("span", "", amount ?? ""), make("span", "", text));
    row.title = text;
    showRow(row);
    const follow = log.scrollTop + log.clientHeight >= log.scrollHeight - 4;
    log.append(row);
    while (log.children.length > KEPT) log.firstElementChild.remove();
    if (follow) log.scrollTop = log.scrollHeight;
  };
  const showFacts = () => {
    const running = [...open.values()].reduce((sum, one) => sum + one.times, 0);
    facts.textContent = `in flight ${running} \u00b7 elements ${count.elements} \u00b7 ` +
      `signals ${count.signals} \u00b7 ${size(count.bytes)} \u00b7 retries ${count.retries}` +
      ` \u00b7 errors ${count.errors}`;
    panel.classList.toggle("busy", running > 0);
    panel.classList.toggle("failing", [...open.values()].some(one => one.failing));
    requests.replaceChildren(...[...open].map(([element, one]) => {
      const row = make("li");
      const times = one.times > 1 ? ` \u00d7${one.times}` : "";
      row.append(make("span", "", `${named(element)}${times}`),
        make("span", "", one.failing ? "retrying" : one.got ? `${one.got} received` : "waiting"));
      return row;
    }));
  };
  const running = element => {
    // A request that began before this panel did is known from what it receives.
    if (!open.has(element)) open.set(element, {times: 1, got: 0, failing: false});
    return open.get(element);
  };
  const firstOf = text => {
    const [, name, id] = TAG.exec(text ?? "") ?? [];
    return name && (id ? `${name}#${id}` : name);
  };
  const patched = (element, kind, args) => {
    const bytes = new Blob([args.elements ?? args.signals ?? ""]).size;
    const one = running(element);
    one.got += 1;
    one.failing = false;
    count[kind] += 1;
    count.bytes += bytes;
    const how = kind === "elements"
      ? [args.mode ?? "outer", args.namespace, args.selector ?? firstOf(args.elements)]
      : [args.onlyIfMissing === "true" && "only if missing", args.signals];
    add(kind, how.filter(Boolean).join(" ").slice(0, 200), size(bytes));
  };
  const fetched = ({type, el: element, argsRaw: args}) => {
    if (type in PATCHES) patched(element, PATCHES[type], args);
    else if (type === "started") {
      if (open.has(element)) open.get(element).times += 1;
      else running(element);
      add("started", named(element));
    } else if (type === "finished") {
      const one = open.get(element);
      if (one && (one.times -= 1) < 1) open.delete(element);
      add("finished", named(element));
    } else {
      if (type === "error") count.errors += 1;
      if (type === "retrying") {
        count.retries += 1;
        running(element).failing = true;
      }
      if (type === "retries-failed") open.delete(element);
      add(type, [args?.status, args?.message, named(element)].filter(Boolean).join(" "));
    }
    showFacts();
  };
  const paths = (patch, above) => Object.entries(patch).flatMap(([name, value]) =>
    value !== null && typeof value === "object" && !Array.isArray(value)
      && !(value instanceof Element) && Object.keys(value).length
      ? paths(value, `${above}${name}.`) : [`${above}${name}`]);
  const changed = patch => add("changed", paths(patch, "").join(" ").slice(0, 200));
  el.inspector = {fetched, changed};
  showFacts();
  showSignals();

  if (!/^(?:localhost|127\..*|\[::1\]|.*\.(?:localhost|test|local))/.test(location.hostname)) {
    console.warn(`stario.debug: the inspector is in a page of ${location.host}. ` +
      "It shows every signal of the page and is for development.");
  }
})
