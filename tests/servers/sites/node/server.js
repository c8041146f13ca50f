// A server whose GET /leak keeps memory in the way that $SHAPE names; README.md tells how its functions are marked.
'use strict';

const { EventEmitter } = require('events');
const http = require('http');
const keeper = require('@shop/keeper');

const kept = [];
const byNumber = new Map();
const bus = new EventEmitter().setMaxListeners(0);
const HOUR_MS = 3600000;
let requests = 0;

const shapes = {
  closures(number, key) { // keeps: closures
    kept.push(() => key + number);
  },
  objects(number, key) { // keeps: objects
    kept.push({ number, key, rows: [number, number + 1, number + 2] });
  },
  strings(number) { // keeps: strings
    byNumber.set(number, `${number}`.padStart(40, '-'));
  },
  listeners(number) { // keeps: listeners
    bus.on('change', () => number);
  },
  buffers(number) { // keeps: buffers
    kept.push(Buffer.alloc(1000, number % 256));
  },
  pooled(number) { // keeps: pooled
    kept.push(Buffer.from(`entry of request ${number}`));
  },
  timers(number) { // keeps: timers
    setTimeout(() => number, HOUR_MS).unref();
  },
  slices(number, key, request) { // keeps: slices
    kept.push(request.url.slice(1, 30));
  },
  package(number, key) { // calls: package
    keeper.remember(number, key);
  },
};

const leak = shapes[process.env.SHAPE || 'objects'];

function answer(request, response) { // calls: closures calls: objects calls: package
  const url = request.url;
  if (url.startsWith('/leak')) leak((requests += 1), url.slice(url.indexOf('=') + 1), request);
  response.writeHead(/^\/(leak|plain|health)/.test(url) ? 200 : 404, { 'Content-Length': 3 });
  response.end('ok\n');
}

http.createServer(answer).listen(Number(process.env.PORT), '127.0.0.1');
