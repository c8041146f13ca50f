// Node's http on $PORT: GET /item?key=KEY, GET /health. What it does with each key, $KEEP says (README.md).
'use strict';

const http = require('http');

const ENTRIES = 5000;
const SESSION_MS = 500;
const CHURN_BYTES = 2 << 20;
const CHURN_EVERY = 16;
const OUTSIDE_BYTES = 65536;
const OUTSIDE_EVERY = 64;
const RARE_EVERY = 20;

const ring = new Map();
const sessions = new Map();
let kept = null;
let counted = 0;

// An array of `slots` words takes 48 bytes and 8 for each; the first one holds on to what was kept before.
function keepArray(slots) {
  const array = new Array(slots).fill(0);
  array[0] = kept;
  kept = array;
  return slots;
}

function firstOf(map) {
  return map.entries().next().value;
}

function keepInRing(key) {
  if (ring.size >= ENTRIES) ring.delete(firstOf(ring)[0]);
  ring.set(key, { entry: `entry of ${key}`, at: counted });
  return ring.size;
}

function openSession(key) {
  const now = Date.now();
  sessions.set(key, { user: `user ${key}`, at: now });
  while (firstOf(sessions)[1].at < now - SESSION_MS) sessions.delete(firstOf(sessions)[0]);
  return sessions.size;
}

function keepOutside() {
  if (counted % OUTSIDE_EVERY !== 0) return 0;
  const block = { before: kept, bytes: Buffer.allocUnsafeSlow(OUTSIDE_BYTES).fill(1) };
  kept = block;
  return OUTSIDE_BYTES;
}

const behaviours = {
  nothing: (key) => key.length,
  ring: keepInRing,
  sessions: openSession,
  churn: () => (counted % CHURN_EVERY === 0 ? Buffer.alloc(CHURN_BYTES, 1).length : 0),
  small: () => keepArray(1),
  middle: () => keepArray(19),
  large: () => keepArray(122),
  rarely: () => (counted % RARE_EVERY === 0 ? keepArray(58) : 0),
  outside: keepOutside,
};
const chosen = behaviours[process.env.KEEP || 'nothing'];

http
  .createServer((request, response) => {
    const [path, key] = request.url.split('?key=');
    counted += path === '/item';
    const body = path === '/item' ? `${chosen(key)}\n` : 'ok\n';
    response.writeHead(200, { 'Content-Length': body.length });
    response.end(body);
  })
  .listen(Number(process.env.PORT), '127.0.0.1');
