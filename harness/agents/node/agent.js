// seep's agent for Node.js 14 and later: tells the live memory of this process on a Unix socket (see ../README.md).
//
// NODE_OPTIONS="--require FILE" loads it before the application, in every process. It serves for the main thread only, and
// in each cluster worker for itself. Its server holds no process open; it has no timers; of the application's view it takes
// one listener of process 'exit', which removes the socket. A process that a signal ends leaves it, and refuses who connects.
//
// live_bytes is V8's used heap and what that holds outside (buffers), after a forced collection; beside the signals both
// stand apart, and the heap by space. Worker threads have heaps of their own, which are not counted. A reading stops the
// event loop while it collects: requests wait for it, none fails. While V8 still compiles what has become hot, the heap gains
// some 100 B a request, also a request of ours; SEEP_AGENT_STEADY=1 spares that, at the price of slower code.
//
// A snapshot is V8's sampling heap profile: what is still live of every 512th byte or so that was allocated since its start,
// during which nothing is inlined; and, as a frame of its own, all that the heap holds outside.
'use strict';

const SAMPLING_BYTES = 512; // 2,000 leaked objects of 40 B are some 150 samples
const OUTSIDE = '(outside of the heap)'; // seep knows it by this name
const later = setImmediate; // as it was before anybody replaced it
const REQUEST_BYTES = 8192; // more than a request line and headers of ours

const directory = process.env.SEEP_AGENT_DIR;
const isSteady = process.env.SEEP_AGENT_STEADY === '1';
if (directory && require('worker_threads').isMainThread) {
  try {
    if (isSteady) steady();
    serve(directory);
  } catch (error) {
    // the folder is gone or closed to this user, say: whom we visit must not notice
  }
}
delete require.cache[__filename];

// What V8 compiles as a function becomes hot, throws away and compiles anew moves the heap by some 100 KB up and down: more
// than a small leak adds in 10,000 requests. So each function is compiled once, before it first runs, to what stays.
function steady() {
  const [major, minor] = process.versions.v8.split('.').map(Number);
  const since = (a, b) => major > a || (major === a && minor >= b);
  const flags = ['--no-opt', '--no-flush-bytecode'];
  if (since(9, 4)) flags.push('--always-sparkplug');
  if (since(11, 7)) flags.push('--no-maglev');
  flags.forEach((flag) => require('v8').setFlagsFromString(flag));
}

function serve(folder) {
  const fs = require('fs');
  // Taken before the application may replace them.
  const files = { read: fs.readFileSync, list: fs.readdirSync, unlink: fs.unlinkSync };
  const path = `${require('path').resolve(folder)}/node-${process.pid}-${startTime(files)}.sock`;
  const pages = makePages(files);
  const server = require('net').createServer({ allowHalfOpen: true }, (connection) => attend(connection, pages));
  remove(files, path); // left by what this process was before exec
  server.on('error', () => {});
  const { mode } = fs.statSync(folder);
  const shared = (mode & 0o2020) === 0o2020;
  const umask = process.umask(shared ? 0o117 : 0o177);
  try {
    server.listen({ path, exclusive: true }); // not through the cluster's primary
  } finally {
    process.umask(umask);
  }
  server.unref();
  process.on('exit', () => remove(files, path));
}

function remove(files, path) {
  try {
    files.unlink(path);
  } catch (error) {
    // is not there
  }
}

// One request, one answer. The client closes first; one that does not is no reason for the process to live.

function attend(connection, pages) {
  let request = '';
  connection.unref();
  connection.setEncoding('latin1');
  connection.on('error', () => connection.destroy());
  connection.on('end', () => connection.end());
  connection.on('data', (more) => {
    request += more;
    if (request.length > REQUEST_BYTES) {
      connection.destroy();
    } else if (/\n\r?\n/.test(request)) {
      connection.removeAllListeners('data').resume();
      answer(request, pages).then((whole) => connection.end(whole));
    }
  });
}

async function answer(request, pages) {
  const [method, target] = request.split(/\s+/, 2);
  const page = method === 'GET' && Object.prototype.hasOwnProperty.call(pages, target) ? pages[target] : missing;
  let status = '200 OK';
  let body;
  try {
    body = JSON.stringify(await page());
  } catch (error) {
    status = error.status || '500 Internal Server Error';
    body = String(error.message || error).split('\n')[0];
  }
  body = Buffer.from(`${body}\n`);
  const type = status.startsWith('200') ? 'application/json' : 'text/plain';
  const head = `HTTP/1.0 ${status}\r\nContent-Type: ${type}\r\nContent-Length: ${body.length}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), body]);
}

function refuse(status, message) {
  throw Object.assign(new Error(message), { status });
}

function missing() {
  refuse('404 Not Found', 'no such page');
}

function makePages(files) {
  const profile = profiler();
  return {
    '/read': () => reading(files, false),
    '/read?gc=1': () => reading(files, true),
    '/snapshot/start': profile.start,
    '/snapshot': profile.taken,
    '/snapshot/stop': profile.stop,
  };
}

// What V8 knows

// By the inspector, which collects at least twice (after once, dead buffers still count: some 40 KB more or less), and from
// the event loop, where no frame holds anything. V8's own gc() wants a flag set and a context made in a running process.
function collect() {
  const { Session } = require('inspector');
  const session = new Session();
  session.connect();
  return new Promise((resolve, reject) => {
    session.post('HeapProfiler.collectGarbage', (error) => {
      later(() => session.disconnect()); // V8 is still inside of it
      if (error) reject(error);
      else resolve();
    });
  });
}

async function reading(files, collected) {
  if (collected) await collect();
  const { heapUsed, external } = process.memoryUsage();
  const spaces = {};
  for (const space of require('v8').getHeapSpaceStatistics()) spaces[space.space_name] = space.space_used_size;
  return {
    agent: 'node',
    pid: process.pid,
    start_time: startTime(files),
    parent: process.ppid,
    collected,
    signals: { live_bytes: heapUsed + external },
    heap_used_bytes: heapUsed,
    external_bytes: external,
    heap_spaces: spaces,
    process: processFigures(files),
  };
}

function profiler() {
  let session = null;
  return {
    start() {
      if (session === null) {
        const { Session } = require('inspector');
        const made = new Session();
        made.connect();
        nameInlined(made);
        post(made, 'HeapProfiler.startSampling', { samplingInterval: SAMPLING_BYTES });
        session = made;
      }
      return { started: true };
    },
    async taken() {
      if (session === null) refuse('409 Conflict', 'sites are kept after /snapshot/start');
      await collect();
      return withOutside(withoutOurs(post(session, 'HeapProfiler.getSamplingProfile').profile));
    },
    stop() {
      if (session !== null) {
        require('v8').setFlagsFromString('--turbo-inlining');
        if (isSteady) require('v8').setFlagsFromString('--no-opt');
        session.disconnect();
      }
      session = null;
      return { stopped: true };
    },
  };
}

// V8's profile has the frames of machine code: what was inlined goes under its caller's name. So nothing is inlined from now
// on, and what was compiled before is thrown away, which is how precise coverage begins. Code that is not optimised makes notes
// of 16 bytes behind what it allocates, which a collection drops, but which the profile counts: where that is our doing it ends.
function nameInlined(session) {
  if (isSteady) require('v8').setFlagsFromString('--opt');
  require('v8').setFlagsFromString('--no-turbo-inlining');
  post(session, 'Profiler.enable');
  post(session, 'Profiler.startPreciseCoverage', { callCount: true, detailed: false });
  post(session, 'Profiler.stopPreciseCoverage');
  post(session, 'Profiler.disable');
}

// The inspector answers before post() returns.
function post(session, method, parameters) {
  let failure = null;
  let result;
  session.post(method, parameters, (error, answered) => {
    failure = error;
    result = answered;
  });
  if (failure) throw failure;
  return result;
}

function withoutOurs(profile) {
  const dropped = new Set();
  const ours = (node) => node.callFrame.url.endsWith(__filename);
  const drop = (node) => {
    dropped.add(node.id);
    node.children.forEach(drop);
  };
  const prune = (node) => {
    node.children.filter(ours).forEach(drop);
    node.children = node.children.filter((child) => !ours(child));
    node.children.forEach(prune);
  };
  prune(profile.head);
  profile.samples = profile.samples.filter((sample) => !dropped.has(sample.nodeId));
  return profile;
}

// Buffers lie outside of the heap that V8 samples.
function withOutside(profile) {
  const callFrame = { functionName: OUTSIDE, scriptId: '0', url: '', lineNumber: -1, columnNumber: -1 };
  profile.head.children.push({ callFrame, selfSize: process.memoryUsage().external, id: 0, children: [] });
  return profile;
}

// What /proc knows

function startTime(files) {
  const text = files.read('/proc/self/stat', 'latin1');
  return Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[19]);
}

function processFigures(files) {
  const status = attempt(() => files.read('/proc/self/status', 'latin1'));
  const rollup = attempt(() => files.read('/proc/self/smaps_rollup', 'latin1'));
  const anonKib = field(status, 'RssAnon');
  const pssKib = field(rollup, 'Pss');
  return {
    rss_anon_bytes: anonKib === null ? null : (anonKib + (field(status, 'VmSwap') || 0)) * 1024,
    pss_bytes: pssKib === null ? null : pssKib * 1024,
    fds: attempt(() => files.list('/proc/self/fd').length - 1), // without the one that lists
    threads: field(status, 'Threads'),
  };
}

function attempt(work) {
  try {
    return work();
  } catch (error) {
    return null;
  }
}

function field(text, name) {
  const found = text && new RegExp(`^${name}:\\s*(\\d+)`, 'm').exec(text);
  return found ? Number(found[1]) : null;
}
