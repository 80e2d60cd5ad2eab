// The inbox without this script is plain pages and forms. It adds: live updates, infinite scroll,
// opening a thread in place, drafts, marking as read what was in view, and keys. Every part of a page
// that it puts in comes from the server as HTML, escaped there.
"use strict";

const base = document.body.dataset.base;
const side = document.querySelector(".side");
const lines = document.querySelector("#lines");
const said = document.querySelector("#said");
const main = document.querySelector("#thread");
const words = JSON.parse(document.body.dataset.words ?? "{}");
let openId = main?.querySelector("#messages")?.dataset.conversation ?? null;

// The words in the reader's language, with values in their places.
function tr(text, values = {}) {
  return (words[text] ?? text).replace(/%\((\w+)\)s/g, (place, name) => values[name] ?? place);
}

// ---- asking the server

// What: "away", "signed-out", "window", or "refused" with the server's words.
class Failure extends Error {
  constructor(what, words) {
    super(words);
    this.what = what;
  }
}

// A proxy that signs people in answers with a redirect, or with its login page: what does not have our
// header is no answer.
async function ask(path, options = {}) {
  let answer;
  try {
    answer = await fetch(path, { ...options, redirect: "manual", headers: { "X-Requested-With": "fetch" } });
  } catch {
    throw trouble(new Failure("away", tr("The server does not answer.")));
  }
  const isOurs = answer.headers.has("X-Onethread");
  if (answer.status === 401 || (!isOurs && answer.status < 500)) {
    throw trouble(new Failure("signed-out", tr("You are signed out.")));
  }
  if (!isOurs) throw trouble(new Failure("away", tr("The server does not answer.")));
  if (answer.status === 503) throw trouble(new Failure("away", tr("The server cannot reach its database.")));
  if (answer.headers.has("X-Onethread-Window")) throw new Failure("window", tr("The window is closed"));
  if (!answer.ok) throw new Failure("refused", (await answer.text()).slice(0, 300) || `${answer.status}`);
  calm();
  return answer;
}

async function fetchPart(path) {
  const template = document.createElement("template");
  template.innerHTML = await (await ask(path)).text();
  return template.content;
}

async function post(path, data) {
  const answer = await ask(path, { method: "POST", body: new URLSearchParams(data) });
  if (answer.status !== 204) throw new Failure("refused", `${answer.status}`);
}

// ---- a bar while the server, its database or the sign-in is gone

const bar = document.querySelector("#trouble");
let probing = null;

function trouble(failure) {
  if (!bar) return failure;
  const isOut = failure.what === "signed-out";
  const words = `${failure.message} ${isOut ? tr("What you type is kept.") : tr("What you type is kept; trying again …")}`;
  if (bar.hidden || bar.firstElementChild.textContent !== words) {
    bar.firstElementChild.textContent = words;
    bar.lastElementChild.hidden = !isOut;
    bar.lastElementChild.href = location.href;
    bar.hidden = false;
  }
  probing ??= setTimeout(probe, 3000);
  return failure;
}

function calm() {
  if (!bar || bar.hidden) return;
  bar.hidden = true;
  clearTimeout(probing);
  probing = null;
  if (!source && !document.hidden) follow();
  change(null);
}

async function probe() {
  probing = null;
  try {
    await ask(`${base}/lines?size=1`);
    if (!source && !document.hidden) follow();
  } catch {
    // The bar says so, and another probe is on its way.
  }
}

// What rewrites a part of the page goes one after the other: a page of older messages must not
// meet a refresh that was asked for before it.
let turn = Promise.resolve();

function inTurn(work) {
  turn = turn.then(work, work);
  return turn;
}

// ---- drafts: kept in this tab by conversation, with the key under which they were last posted

function draftName(id) {
  return `onethread:draft:${base}:${id}`;
}

function readDraft(id) {
  try {
    return JSON.parse(sessionStorage.getItem(draftName(id)));
  } catch {
    return null;
  }
}

function writeDraft(id, draft) {
  try {
    if (draft?.text) sessionStorage.setItem(draftName(id), JSON.stringify(draft));
    else sessionStorage.removeItem(draftName(id));
  } catch {
    // No storage here: the text stays in the box as long as the box does.
  }
  markDrafts();
}

function newKey() {
  return [...crypto.getRandomValues(new Uint8Array(16))]
    .map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function noteDraft(box) {
  writeDraft(openId, { ...readDraft(openId), text: box.value });
}

// The draft of the address that was opened: the conversation may have been joined into another since.
function restoreDraft(askedId) {
  const box = main.querySelector(".reply textarea");
  if (!box) return;
  const former = askedId && askedId !== openId ? readDraft(askedId) : null;
  if (former) {
    const here = readDraft(openId);
    writeDraft(openId, here ? { text: `${here.text}\n${former.text}` } : former);
    writeDraft(askedId, null);
  }
  box.value = readDraft(openId)?.text ?? box.value;
}

function markDrafts() {
  for (const line of lines.querySelectorAll(".line")) {
    const text = line.dataset.id === openId ? null : readDraft(line.dataset.id)?.text;
    const last = line.querySelector(".last");
    last.querySelector(".draft")?.remove();
    if (!text?.trim()) continue;
    const draft = document.createElement("span");
    draft.className = "draft";
    draft.dir = "auto";
    draft.textContent = tr("Draft: %(text)s", { text: text.slice(0, 160) });
    last.prepend(draft);
  }
}

// ---- the list, and how many wait

async function refreshLines() {
  wholeAt = Date.now();
  const size = Math.min(Math.max(lines.querySelectorAll(".line").length, 50), 500);
  const query = new URLSearchParams({ q: lines.dataset.query, show: lines.dataset.show, size });
  if (openId) query.set("open_id", openId);
  const part = await fetchPart(`${base}/lines?${query}`);
  const focused = document.activeElement?.closest(".line")?.dataset.id;
  lines.replaceChildren(part);
  said.textContent = "";
  watchMore(lines);
  markOpen();
  if (focused) lines.querySelector(`.line[data-id="${focused}"]`)?.focus({ preventScroll: true });
}

let wholeAt = Date.now();

// Only what changed, each to its place. All of it where that is less to do, where a search stands there,
// and now and then.
async function refreshSome(ids) {
  const list = lines.querySelector(".lines");
  const isShown = ids.some((id) => lines.querySelector(`.line[data-id="${id}"]`));
  if (lines.dataset.query && !isShown) return;
  const isOld = Date.now() - wholeAt > 30_000;
  if (lines.dataset.query || isOld || ids.length > 20 || !list?.children.length) return refreshLines();
  const query = new URLSearchParams({ show: lines.dataset.show, ids: ids.join(",") });
  const part = await fetchPart(`${base}/lines?${query}`);
  const focused = document.activeElement?.closest(".line")?.dataset.id;
  const hasMore = lines.querySelector("[data-more]") !== null;
  const absorbed = part.querySelector(".lines").dataset.absorbed?.split(" ") ?? [];
  for (const id of [...ids, ...absorbed]) list.querySelector(`.line[data-id="${id}"]`)?.closest("li").remove();
  for (const item of [...part.querySelectorAll("li")]) {
    const next = [...list.children].find((other) => timeOf(other) <= timeOf(item));
    if (next) next.before(item);
    else if (!hasMore) list.append(item);
  }
  markOpen();
  if (focused) list.querySelector(`.line[data-id="${focused}"]`)?.focus({ preventScroll: true });
  if (!list.children.length) return refreshLines();
}

function timeOf(item) {
  return Date.parse(item.querySelector("time").dateTime);
}

function markOpen() {
  for (const line of lines.querySelectorAll(".line")) {
    if (line.dataset.id === openId) line.setAttribute("aria-current", "true");
    else line.removeAttribute("aria-current");
  }
  markDrafts();
}

let counting = null;

// At most every two seconds, and once more after the last change.
function countSoon() {
  counting ??= setTimeout(async () => {
    counting = null;
    try {
      const counts = await (await ask(`${base}/counts`)).json();
      for (const place of document.querySelectorAll("[data-count]")) {
        const count = counts[place.dataset.count];
        place.hidden = !count;
        place.textContent = count > 999 ? "999+" : count;
      }
      setTitle();
    } catch {
      // The bar says why, if that is how it stays.
    }
  }, 2000);
}

function setTitle() {
  const unread = document.querySelector('.filters [data-count="unread"]');
  const name = main.querySelector("h1 bdi")?.textContent ?? tr("Inbox of %(name)s", { name: side.querySelector(".brand").textContent });
  const count = unread && !unread.hidden ? `(${unread.textContent}) ` : "";
  document.title = `${count}${name} · Onethread`;
}

// ---- the thread

function messages() {
  return main.querySelector("#messages");
}

function toEnd() {
  const box = messages();
  if (box) box.scrollTop = box.scrollHeight;
}

function isAtEnd(box) {
  return box.scrollHeight - box.scrollTop - box.clientHeight < 60;
}

// found: "?q=…&around=…" of a message that a search found, which is shown in its place.
async function openThread(id, push, found = "") {
  main.replaceChildren(await fetchPart(`${base}/conversation/${id}/thread${found}`));
  openId = messages().dataset.conversation;
  document.body.classList.add("has-thread");
  if (push) history.pushState({ id }, "", `${base}/conversation/${id}${found}`);
  setTitle();
  startThread(id);
  markOpen();
}

function closeThread(push) {
  const id = openId;
  openId = null;
  document.body.classList.remove("has-thread");
  main.replaceChildren();
  if (push) history.pushState({}, "", base);
  setTitle();
  markOpen();
  lines.querySelector(`.line[data-id="${id}"]`)?.focus();
}

// How far it has been read, as far as this page knows: the id of a message in it, "" for not at all.
let readUpTo = "";

function startThread(askedId) {
  const box = messages();
  if (!box) return;
  remember(box);
  restoreDraft(askedId);
  followWindow();
  const unread = box.querySelector("#unread");
  const first = unread && box.querySelector(`#m${threadOf(box).dataset.unread}`);
  readUpTo = first ? (before(first, ".message")?.id ?? "") : `m${threadOf(box).dataset.last}`;
  // To the end; but where there is more that was not read than fits, to where that begins.
  toEnd();
  if (unread && unread.getBoundingClientRect().top < box.getBoundingClientRect().top) unread.scrollIntoView();
  box.querySelector(".found")?.scrollIntoView({ block: "center" });
  box.addEventListener("scroll", () => readSoon(), { passive: true });
  watchMore(box);
  readSoon();
}

function threadOf(box) {
  return box.querySelector(".thread");
}

function before(item, selector) {
  let at = item.previousElementSibling;
  while (at && !at.matches(selector)) at = at.previousElementSibling;
  return at;
}

// What each item looked like when it came: whoever opened something in it, or selected, has changed it.
const looks = new WeakMap();

function remember(root) {
  for (const item of root.querySelectorAll(".thread > li")) looks.set(item, item.outerHTML);
}

// Takes over what is new or different, and leaves alone what is being read.
function mergeThread(box, part) {
  remember(part);
  const old = threadOf(box);
  const fresh = threadOf(part);
  const divider = old.querySelector("#unread") ?? (isAtEnd(box) ? null : fresh.querySelector("#unread"));
  const divided = divider?.nextElementSibling?.id;
  fresh.querySelector("#unread")?.remove();
  old.querySelector("#unread")?.remove();
  const items = [...fresh.children];
  const anchor = items.find((item) => !item.matches(".day") && old.querySelector(`#${item.id}`));
  if (!anchor) {
    box.replaceChildren(part);
    return;
  }
  let at = old.querySelector(`#${anchor.id}`).previousElementSibling;
  const kept = new Set();
  for (const item of items) {
    const here = old.querySelector(`#${item.id}`);
    // The day of an older page begins there.
    if (item.matches(".day") && here && here.compareDocumentPosition(old.querySelector(`#${anchor.id}`)) & 4
        && !kept.size) continue;
    const node = here && looks.get(here) === looks.get(item) ? here : item;
    if (here && node !== here) here.replaceWith(node);
    if ((at ? at.nextElementSibling : old.firstElementChild) !== node) {
      if (at) at.after(node);
      else old.prepend(node);
    }
    kept.add(node);
    at = node;
  }
  while (at?.nextElementSibling) at.nextElementSibling.remove();
  for (const name of ["last", "unread", "window", "windowText"]) old.dataset[name] = fresh.dataset[name];
  if (divided) old.querySelector(`#${divided}`)?.before(divider);
  box.querySelector(".empty")?.remove();
}

async function refreshMessages() {
  const box = messages();
  // An older page, with a link to the newest messages: what comes does not follow here.
  if (box.querySelector(".newest")) return;
  const id = openId;
  const size = Math.min(Math.max(box.querySelectorAll(".message").length, 50), 1000);
  const part = await fetchPart(`${base}/conversation/${id}/messages?size=${size}`);
  if (id !== openId) return;
  // Only now: one may have scrolled while the server answered.
  const wasAtEnd = isAtEnd(box);
  const place = firstInView(box);
  mergeThread(box, part);
  if (wasAtEnd) toEnd();
  else backTo(box, place);
  watchMore(box);
  followWindow();
  readSoon();
}

function firstInView(box) {
  const top = box.getBoundingClientRect().top;
  for (const message of box.querySelectorAll(".message")) {
    const place = message.getBoundingClientRect();
    if (place.bottom > top) return { id: message.id, offset: place.top - top };
  }
  return null;
}

function backTo(box, place) {
  const message = place && document.getElementById(place.id);
  if (!message) return;
  box.scrollTop += message.getBoundingClientRect().top - box.getBoundingClientRect().top - place.offset;
}

// ---- read is what was in view

let reading = null;

function readSoon() {
  reading ??= setTimeout(() => {
    reading = null;
    markRead();
  }, 150);
}

function lastInView(box) {
  const { top, bottom } = box.getBoundingClientRect();
  return [...box.querySelectorAll(".message")].reverse().find((message) => {
    const place = message.getBoundingClientRect();
    return place.bottom <= bottom + 8 || place.top <= top;
  });
}

// Inbound messages from this place on; up to and with another.
function newSince(box, id, last) {
  const all = [...box.querySelectorAll(".message")];
  const from = all.findIndex((message) => message.id === id) + 1;
  const to = last ? all.indexOf(last) + 1 : all.length;
  return all.slice(from, to).filter((message) => message.matches(".in"));
}

async function markRead() {
  const box = messages();
  if (!box || document.hidden || !box.checkVisibility()) return;
  const id = openId;
  const last = lastInView(box);
  const former = readUpTo;
  const isRead = last && newSince(box, former, last).length > 0;
  if (isRead) readUpTo = last.id;
  const below = newSince(box, readUpTo).length;
  const button = main.querySelector(".news button");
  button.hidden = below === 0 || isAtEnd(box);
  button.textContent = tr("%(n)s new ↓", { n: below });
  main.querySelector(".mark")?.toggleAttribute("hidden", below === 0);
  main.querySelector(".unmark")?.toggleAttribute("hidden", below > 0);
  if (!isRead) return;
  try {
    await post(`${base}/conversation/${id}/read`, { message_id: last.id.slice(1) });
  } catch {
    if (openId === id) readUpTo = former;
  }
}

// ---- the 24 hours in which the Cloud API takes free text

let closing = null;

function followWindow() {
  const { window: until, windowText } = threadOf(messages()).dataset;
  const form = main.querySelector(".reply");
  clearTimeout(closing);
  if (!form || !until) return;
  const left = until === "closed" ? 0 : Date.parse(until) - Date.now();
  form.querySelector(".closed").hidden = left > 0;
  const open = form.querySelector(".open");
  open.hidden = left <= 0;
  open.querySelector("time").textContent = windowText;
  if (left <= 0) return;
  form.querySelector(".anyway").hidden = true;
  closing = setTimeout(followWindow, Math.min(left + 500, 3600000));
}

// ---- infinite scroll: a link "more" at the end of a part is followed when it comes into view

const seen = new IntersectionObserver((entries) => {
  for (const { isIntersecting, target } of entries) {
    if (isIntersecting) inTurn(() => loadMore(target).catch(() => lookAgain(target)));
  }
});

// The server did not answer: in a while once more, as long as the link is in view.
function lookAgain(link) {
  seen.unobserve(link);
  setTimeout(() => seen.observe(link), 2000);
}

function watchMore(box) {
  for (const link of box.querySelectorAll("[data-more]")) seen.observe(link);
}

async function loadMore(link) {
  if (!link.isConnected) return;
  const box = link.parentElement;
  const part = await fetchPart(link.dataset.more);
  if (!link.isConnected) return;
  const next = part.querySelectorAll("[data-more]");
  if (box.id === "messages") {
    remember(part);
    const place = firstInView(box);
    const thread = threadOf(box);
    const older = threadOf(part);
    // The day that both pages begin or end with is announced once.
    const day = thread.querySelector(".day");
    if (day && older.querySelector(`#${day.id}`)) day.remove();
    if (thread.querySelector("#unread")) older.querySelector("#unread")?.remove();
    thread.prepend(...older.children);
    link.replaceWith(...next);
    backTo(box, place);
  } else {
    // Who wrote meanwhile is at the top already.
    const known = new Set([...box.querySelectorAll(".line")].map((line) => line.dataset.id));
    for (const item of part.querySelectorAll("li")) {
      if (!known.has(item.querySelector(".line").dataset.id)) box.querySelector(".lines").append(item);
    }
    link.replaceWith(...next);
    markDrafts();
  }
  watchMore(box);
}

// ---- live: the server tells which conversations changed

let source = null;
let position = side?.dataset.position;

function follow() {
  source = new EventSource(`${base}/events?since=${encodeURIComponent(position)}`);
  source.addEventListener("quiet", (event) => { position = event.lastEventId; });
  source.addEventListener("away", () => trouble(new Failure("away", tr("The server cannot reach its database."))));
  source.addEventListener("change", (event) => {
    position = event.lastEventId;
    change(JSON.parse(event.data));
  });
  // It ended, or never was: the probe finds out why, and begins again.
  source.addEventListener("error", () => {
    source?.close();
    source = null;
    probing ??= setTimeout(probe, 500);
  });
}

// What comes while a refresh waits for its turn goes into the same one.
let changed = null;
let mustReadAll = false;

function change(ids) {
  changed ??= new Set();
  mustReadAll ||= !ids;
  for (const id of ids ?? [openId]) changed.add(id);
  countSoon();
  return inTurn(async () => {
    if (!changed) return;
    const now = changed;
    const isWhole = mustReadAll;
    changed = null;
    mustReadAll = false;
    try {
      await (isWhole ? refreshLines() : refreshSome([...now].filter(Boolean)));
      if (openId && now.has(openId)) await refreshMessages();
    } catch {
      // ask() has said so, and all is read anew when the server answers again.
    }
  });
}

// ---- letters: a first message or a template that was begun is kept until it was taken

function letterName(url) {
  return `onethread:letter:${url.pathname}${url.search}`;
}

function keepLetter(form) {
  const name = letterName(location);
  const fields = [...form.querySelectorAll("input[name], textarea")];
  for (const [field, value] of Object.entries(JSON.parse(sessionStorage.getItem(name) ?? "{}"))) {
    const place = form.elements[field];
    if (place) place.value = value;
  }
  form.addEventListener("input", () => {
    sessionStorage.setItem(name, JSON.stringify(Object.fromEntries(fields.map((each) => [each.name, each.value]))));
  });
}

try {
  document.querySelectorAll("form.letter").forEach(keepLetter);
  // It leads to its conversation when it was taken.
  if (side && document.referrer) sessionStorage.removeItem(letterName(new URL(document.referrer)));
} catch {
  // No storage here: the browser's own way back has what was typed.
}

// ---- events of the page

async function sendReply(form, anyway) {
  const box = form.elements.body;
  const text = box.value.trim();
  const button = form.querySelector("button:not([type])");
  const id = openId;
  if (!text || button.disabled) return;
  // The same text under the same key is the same answer, also after the page was loaded anew: it may
  // have been taken when nobody heard so. Another text is another answer.
  const draft = readDraft(id);
  const key = draft?.tried === text ? draft.key : newKey();
  writeDraft(id, { text: box.value, tried: text, key });
  const failure = form.querySelector(".failure");
  button.disabled = true;
  failure.hidden = true;
  try {
    await post(form.action, anyway ? { body: text, key, anyway } : { body: text, key });
    // Who wrote on meanwhile keeps that.
    box.value = box.value.trim() === text ? "" : box.value.replace(text, "").trimStart();
    writeDraft(id, { text: box.value });
    form.querySelector(".anyway").hidden = true;
    if (id === openId && messages().querySelector(".newest")) await openThread(id, true);
    await change([id]);
    if (id === openId) toEnd();
  } catch (error) {
    if (error.what === "window") {
      form.querySelector(".closed").hidden = false;
      form.querySelector(".anyway").hidden = false;
      form.querySelector(".anyway").focus();
      return;
    }
    failure.textContent = tr("Not taken: %(why)s Your text is still here.", { why: error.message });
    failure.hidden = false;
  } finally {
    button.disabled = false;
    if (form.isConnected && form.querySelector(".anyway").hidden) box.focus();
  }
}

function moveFocus(step) {
  const all = [...lines.querySelectorAll(".line")];
  const at = all.indexOf(document.activeElement);
  const from = at >= 0 ? at : all.findIndex((line) => line.dataset.id === openId);
  all[Math.min(Math.max(from + step, 0), all.length - 1)]?.focus();
}

// A page that is not to be had is no reason to leave this one, which has what was typed.
function orGo(href) {
  return (error) => {
    if (error.what === "refused") location.assign(href);
  };
}

const isTouched = matchMedia("(pointer: coarse)");

if (side) {
  // A picture that is not to be had says so in words.
  document.addEventListener("error", (event) => {
    if (event.target.matches?.(".file img")) event.target.replaceWith(`▣ ${tr("%(file)s: not to be had", { file: event.target.alt })}`);
  }, true);

  document.addEventListener("click", (event) => {
    if (event.target.closest(".anyway")) {
      sendReply(event.target.closest("form"), true);
      return;
    }
    if (event.target.closest(".news button")) {
      const unread = newSince(messages(), readUpTo)[0];
      if (unread) unread.scrollIntoView({ block: "center" });
      else toEnd();
      return;
    }
    const link = event.target.closest("a");
    if (!link || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (link.matches(".line")) {
      event.preventDefault();
      const found = link.search.includes("around=") ? link.search : "";
      openThread(link.dataset.id, true, found).catch(orGo(link.href));
    } else if (link.matches(".back")) {
      event.preventDefault();
      closeThread(true);
    } else if (link.matches("[data-more]")) {
      event.preventDefault();
      inTurn(() => loadMore(link).catch(() => lookAgain(link)));
    }
  });

  document.addEventListener("submit", (event) => {
    if (event.target.matches(".reply")) {
      event.preventDefault();
      sendReply(event.target);
    } else if (event.target.matches(".mark")) {
      event.preventDefault();
      toEnd();
      readSoon();
    } else if (event.target.matches(".unmark")) {
      event.preventDefault();
      post(event.target.action, {}).then(() => closeThread(true), () => {});
    }
  });

  document.addEventListener("input", (event) => {
    if (event.target.matches(".reply textarea")) noteDraft(event.target);
  });

  // Searching while one types; Enter goes to what was found.
  const search = document.querySelector("#search");
  let pause;
  function find() {
    clearTimeout(pause);
    if (lines.dataset.query === search.value && !said.textContent) return turn;
    lines.dataset.query = search.value;
    // It is searched anew when the server answers again, and when one searches again.
    return inTurn(() => refreshLines().then(() => { lines.scrollTop = 0; })
      .catch(() => { said.textContent = tr("Not searched: the server does not answer."); }));
  }
  search.addEventListener("input", () => {
    clearTimeout(pause);
    pause = setTimeout(find, 250);
  });
  search.form.addEventListener("submit", (event) => {
    event.preventDefault();
    find().then(() => lines.querySelector(".line")?.focus());
  });

  document.addEventListener("keydown", (event) => {
    const isTyping = event.target.matches("input, textarea");
    // The keyboard of a phone has no Shift+Enter: there Enter is a new line.
    if (event.target.matches(".reply textarea") && event.key === "Enter" && !event.shiftKey && !event.isComposing
        && !isTouched.matches) {
      event.preventDefault();
      sendReply(event.target.form);
    } else if (event.key === "Escape") {
      const details = main.querySelector("details.identifiers[open]");
      if (details) details.open = false;
      else if (isTyping) event.target.blur();
      else if (openId) closeThread(true);
    } else if (!isTyping && !event.ctrlKey && !event.metaKey && !event.altKey) {
      if (event.key === "/") {
        event.preventDefault();
        document.querySelector("#search").focus();
      } else if (event.key === "r" && openId) {
        event.preventDefault();
        main.querySelector(".reply textarea").focus();
      } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && !event.target.closest("#messages")) {
        event.preventDefault();
        moveFocus(event.key === "ArrowDown" ? 1 : -1);
      }
    }
  });

  window.addEventListener("popstate", () => {
    const id = location.pathname.match(/\/conversation\/(\d+)$/)?.[1];
    if (id) openThread(id, false, location.search).catch(orGo(location.href));
    else closeThread(false);
  });

  // A hidden page holds no connection; a browser has six for a server. Back in view it goes on from
  // where it was.
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) {
      source?.close();
      source = null;
    } else {
      if (!source) follow();
      readSoon();
    }
  });

  watchMore(lines);
  startThread(location.pathname.match(/\/conversation\/(\d+)$/)?.[1]);
  markOpen();
  if (!document.hidden) follow();
}
