// The inbox without this script is plain pages and forms. It adds: live updates, infinite scroll,
// opening a thread in place, marking as read, and keys. Every part of a page that it puts in comes
// from the server as HTML, escaped there.
"use strict";

const base = document.body.dataset.base;
const side = document.querySelector(".side");
const lines = document.querySelector("#lines");
const main = document.querySelector("#thread");
let openId = main?.querySelector("#messages")?.dataset.conversation ?? null;

async function fetchPart(path) {
  const answer = await fetch(path, { headers: { "X-Requested-With": "fetch" } });
  if (!answer.ok) throw new Error(`${answer.status}`);
  const template = document.createElement("template");
  template.innerHTML = await answer.text();
  return template.content;
}

async function post(path, data) {
  const answer = await fetch(path, {
    method: "POST",
    body: new URLSearchParams(data),
    headers: { "X-Requested-With": "fetch" },
  });
  if (!answer.ok) throw new Error(`${answer.status}`);
}

// What rewrites a part of the page goes one after the other: a page of older messages must not
// meet a refresh that was asked for before it.
let turn = Promise.resolve();

function inTurn(work) {
  turn = turn.then(work, work);
  return turn;
}

function say(text) {
  document.querySelector("#said").textContent = text;
}

// ---- the list

async function refreshLines() {
  const size = Math.min(Math.max(lines.querySelectorAll(".line").length, 50), 500);
  const query = new URLSearchParams({ q: lines.dataset.query, size });
  if (openId) query.set("open_id", openId);
  const part = await fetchPart(`${base}/lines?${query}`);
  const focused = document.activeElement?.closest(".line")?.dataset.id;
  lines.replaceChildren(part);
  watchMore(lines);
  if (focused) lines.querySelector(`.line[data-id="${focused}"]`)?.focus({ preventScroll: true });
}

function markOpen() {
  for (const line of lines.querySelectorAll(".line")) {
    if (line.dataset.id === openId) line.setAttribute("aria-current", "true");
    else line.removeAttribute("aria-current");
  }
}

// ---- the thread

function messages() {
  return main.querySelector("#messages");
}

function toEnd() {
  const box = messages();
  if (box) box.scrollTop = box.scrollHeight;
}

async function openThread(id, push) {
  main.replaceChildren(await fetchPart(`${base}/conversation/${id}/thread`));
  openId = messages().dataset.conversation;
  document.body.classList.add("has-thread");
  if (push) history.pushState({ id }, "", `${base}/conversation/${id}`);
  document.title = `${main.querySelector("h1").textContent} · Onethread`;
  startThread();
  markOpen();
}

function closeThread(push) {
  const id = openId;
  openId = null;
  document.body.classList.remove("has-thread");
  main.replaceChildren();
  if (push) history.pushState({}, "", base);
  markOpen();
  lines.querySelector(`.line[data-id="${id}"]`)?.focus();
}

function startThread() {
  if (!messages()) return;
  toEnd();
  watchMore(messages());
  markRead();
}

async function refreshMessages() {
  const box = messages();
  const id = openId;
  const size = Math.min(Math.max(box.querySelectorAll(".message").length, 50), 1000);
  const part = await fetchPart(`${base}/conversation/${id}/messages?size=${size}`);
  if (id !== openId) return;
  // Only now: one may have scrolled while the server answered.
  const isAtEnd = box.scrollHeight - box.scrollTop - box.clientHeight < 60;
  const fromTop = box.scrollTop;
  const place = firstInView(box);
  box.replaceChildren(part);
  if (isAtEnd) toEnd();
  else if (!backTo(box, place)) box.scrollTop = fromTop;
  watchMore(box);
  markRead();
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
  if (!message) return false;
  box.scrollTop += message.getBoundingClientRect().top - box.getBoundingClientRect().top - place.offset;
  return true;
}

async function markRead() {
  const box = messages();
  if (!box || document.hidden) return;
  const last = box.querySelector(".thread")?.dataset.last;
  if (!last || last === "0" || box.dataset.read === last) return;
  box.dataset.read = last;
  await post(`${base}/conversation/${openId}/read`, { message_id: last });
  main.querySelector(".mark")?.remove();
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
    const place = firstInView(box);
    const thread = box.querySelector(".thread");
    const older = part.querySelector(".thread");
    // The day that both pages begin or end with is announced once.
    const day = thread.querySelector(".day");
    if (day?.textContent === [...older.querySelectorAll(".day")].at(-1)?.textContent) day?.remove();
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
  }
  watchMore(box);
}

// ---- live: the server tells which conversations changed

let source = null;
let position = side?.dataset.position;

function follow() {
  source = new EventSource(`${base}/events?since=${encodeURIComponent(position)}`);
  source.addEventListener("quiet", (event) => { position = event.lastEventId; });
  source.addEventListener("change", (event) => {
    position = event.lastEventId;
    change(JSON.parse(event.data));
  });
}

// What comes while a refresh waits for its turn goes into the same one.
let changed = new Set();

function change(ids) {
  for (const id of ids ?? [openId]) changed.add(id);
  return inTurn(async () => {
    if (!changed.size) return;
    const now = changed;
    changed = new Set();
    try {
      await refreshLines();
      if (openId && now.has(openId)) await refreshMessages();
    } catch {
      say("Not up to date: the server does not answer.");
    }
  });
}

// ---- events of the page

async function sendReply(form) {
  const box = form.elements.body;
  const text = box.value.trim();
  const button = form.querySelector("button");
  if (!text || button.disabled) return;
  button.disabled = true;
  try {
    await post(form.action, { body: text, key: form.elements.key.value });
    box.value = "";
    form.elements.key.value = [...crypto.getRandomValues(new Uint8Array(16))]
      .map((byte) => byte.toString(16).padStart(2, "0")).join("");
    await change([openId]);
    toEnd();
  } catch (error) {
    form.querySelector(".hint").textContent = `Not taken (${error.message}). Your text is still here.`;
  } finally {
    button.disabled = false;
    box.focus();
  }
}

function moveFocus(step) {
  const all = [...lines.querySelectorAll(".line")];
  const at = all.indexOf(document.activeElement);
  const from = at >= 0 ? at : all.findIndex((line) => line.dataset.id === openId);
  all[Math.min(Math.max(from + step, 0), all.length - 1)]?.focus();
}

if (side) {
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a");
    if (!link || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (link.matches(".line")) {
      event.preventDefault();
      openThread(link.dataset.id, true).catch(() => location.assign(link.href));
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
      delete messages().dataset.read;
      markRead();
    }
  });

  document.addEventListener("keydown", (event) => {
    const isTyping = event.target.matches("input, textarea");
    if (event.target.matches(".reply textarea") && event.key === "Enter" && !event.shiftKey && !event.isComposing) {
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
      } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && !event.target.closest("#messages")) {
        event.preventDefault();
        moveFocus(event.key === "ArrowDown" ? 1 : -1);
      }
    }
  });

  window.addEventListener("popstate", () => {
    const id = location.pathname.match(/\/conversation\/(\d+)$/)?.[1];
    if (id) openThread(id, false).catch(() => location.reload());
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
      markRead();
    }
  });

  watchMore(lines);
  startThread();
  if (!document.hidden) follow();
}
