// Express on $PORT: an endpoint for each word of $ROLES; README.md says what each does and keeps.
'use strict';

const express = require('express');

const NOTICES_MOST = 64;
const SWEEP_EVERY = 16;
const LEAKING_CURRENCY = 7;
const CHUNK_SLOTS = 512;

const app = express();
const called = new Set();
let notices = 0;
let kept = null;
let chunk = null;
let used = CHUNK_SLOTS;

// A number that is no small integer has a box of 16 bytes, and here a slot of 8.
function keepNumber() {
  if (used === CHUNK_SLOTS) {
    chunk = new Array(CHUNK_SLOTS).fill(chunk);
    used = 1;
  }
  chunk[used] = used + 0.5;
  used += 1;
}

// An array of n slots takes 48 bytes and 8 for each; the first holds on to what was kept before.
function keepArray(size) {
  const array = new Array((size - 48) / 8).fill(0);
  array[0] = kept;
  kept = array;
}

function keep(size) {
  if (size === 24) keepNumber();
  else if (size === 40) kept = { before: kept, key: 1 };
  else if (size === 64) kept = { before: kept, key: 1, user: 2, currency: 3, rows: 4 };
  else keepArray(size);
}

function firstKey(map) {
  return map.keys().next().value;
}

function lru(size) {
  const pages = new Map();
  return ({ key }) => {
    const page = pages.get(key) || { key, rows: [key, key + 1, key + 2] };
    pages.delete(key);
    pages.set(key, page);
    if (pages.size > size) pages.delete(firstKey(pages));
  };
}

function ring(size) {
  const entries = [];
  let next = 0;
  return ({ key }) => {
    entries[next] = { key, text: `entry of ${key}` };
    next = (next + 1) % size;
  };
}

function sessions(size) {
  const opened = new Map();
  let calls = 0;
  return ({ key, user }) => {
    calls += 1;
    opened.set(calls, { user: `user ${user}`, cart: [key] });
    while (calls % SWEEP_EVERY === 0 && firstKey(opened) <= calls - size) opened.delete(firstKey(opened));
  };
}

function lazy(size) {
  const rows = [];
  let calls = 0;
  return ({ user }) => {
    calls += 1;
    if (calls > size / 2 && rows.length < size) rows.push({ asked: user, text: `row ${calls}` });
  };
}

function sawtooth(size) {
  let pending = [];
  return ({ key }) => {
    pending.push({ key, text: `text of ${key}` });
    if (pending.length === size) pending = [];
  };
}

function plain(size) {
  return ({ key }) => Array.from({ length: size }, (_, row) => `row ${row} of ${key}`).join('').length;
}

function flush(size) {
  return () => {
    if (notices === 0) return;
    notices -= 1;
    keep(size);
  };
}

const caller = (name) => () => () => called.add(name);
const after = (...names) => (size) => () => names.every((name) => called.has(name)) && keep(size);

const roles = {
  plain,
  burst: (size) => ({ key }) => Buffer.alloc(size << 20, key % 256).length,
  lru,
  ring,
  sessions,
  lazy,
  sawtooth,
  leak: (size) => () => keep(size),
  param: (size) => ({ currency }) => currency === LEAKING_CURRENCY && keep(size),
  latch: caller('latch'),
  latched: after('latch'),
  hook: () => () => { notices = Math.min(notices + 1, NOTICES_MOST); },
  flush,
  first: caller('first'),
  second: caller('second'),
  third: after('first', 'second'),
};

function addEndpoint(word, number) {
  const [name, size] = word.split(':');
  const serve = roles[name](Number(size || 0));
  app.get(`/p${String(number).padStart(2, '0')}`, (request, response) => {
    const { key, user, currency } = request.query;
    serve({ key: Number(key), user: Number(user), currency: Number(currency) });
    response.send('ok\n');
  });
}

(process.env.ROLES || '').split(' ').filter(Boolean).forEach(addEndpoint);
app.get('/health', (request, response) => response.send('ok\n'));
app.listen(Number(process.env.PORT), '127.0.0.1');
