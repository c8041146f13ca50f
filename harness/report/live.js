// What the page that follows a run does with its events. What they hold comes from outside: it becomes text, never markup.
'use strict';
const at = id => document.getElementById(id);
const ns = 'http://www.w3.org/2000/svg';
const MOST = 1600, HIGH = 150, WIDE = 1000;
const known = x => typeof x === 'number' && isFinite(x);
const whole = x => known(x) ? Math.round(x).toLocaleString('en') : '\u2013';
const short = x => known(x) ? Number(x.toPrecision(3)).toLocaleString('en') : '\u2013';
const ms = x => known(x) ? short(x) + ' ms' : '\u2013';
function bytes(x) {
  if (!known(x)) return '\u2013';
  let unit = 0;
  for (; Math.abs(x) >= 1024 && unit < 4; unit++) x /= 1024;
  return x.toFixed(unit && Math.abs(x) < 100 ? 1 : 0) + ' ' + ['B', 'KiB', 'MiB', 'GiB', 'TiB'][unit];
}
function span(s) {
  if (!known(s)) return '\u2013';
  s = Math.max(0, Math.round(s));
  const h = Math.floor(s / 3600), m = Math.floor(s / 60) % 60;
  return h ? h + ' h ' + m + ' m' : m ? m + ' m ' + s % 60 + ' s' : s + ' s';
}
const keys = [
  ['elapsed', s => span(s.elapsed_s)],
  ['left', s => !s.ended && s.total_s > 0 ? span(s.total_s - s.elapsed_s) : '\u2013'],
  ['requests', s => whole(s.requests)],
  ['due', s => s.due > 0 ? whole(s.due) : '\u2013'],
  ['rate', s => s.ended ? '\u2013' : short(s.rate) + '/s'],
  ['failed', s => whole(s.failed)],
  ['skipped', s => whole(s.skipped)],
  ['longest lag', s => ms(s.lag_max_ms)],
  ['memory', s => bytes(s.memory)],
  ['servers', s => whole(s.trials)],
  ['seep itself', s => bytes(s.own)],
];
const signals = new Map();
let lastMemory = null, source = null;

function element(name, text) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  return made;
}

function put(id, rows) {
  at(id).tBodies[0].replaceChildren(...rows.map(cells => {
    const row = element('tr');
    row.append(...cells.map(cell => element('td', cell)));
    return row;
  }));
  at(id).closest('section').hidden = rows.length === 0;
}

function figureOf(name, objects) {
  const figure = element('figure'), caption = element('figcaption'), ends = element('div');
  const plot = document.createElementNS(ns, 'svg'), cursor = document.createElementNS(ns, 'line');
  plot.setAttribute('viewBox', '0 0 ' + WIDE + ' ' + HIGH);
  plot.setAttribute('preserveAspectRatio', 'none');
  plot.setAttribute('role', 'img');
  plot.dataset.signal = name;
  plot.tabIndex = 0;
  cursor.setAttribute('y1', 0);
  cursor.setAttribute('y2', HIGH);
  cursor.setAttribute('visibility', 'hidden');
  ends.className = 'ends dim';
  figure.append(caption, plot, ends);
  const signal = {name, objects, trials: new Map(), plot, caption, ends, cursor, look: null, figure};
  plot.addEventListener('pointermove', event => {
    const box = plot.getBoundingClientRect();
    look(signal, (event.clientX - box.left) / box.width);
  });
  plot.addEventListener('pointerleave', () => look(signal, null));
  plot.addEventListener('blur', () => look(signal, null));
  plot.addEventListener('keydown', event => {
    const step = {ArrowLeft: -0.02, ArrowRight: 0.02}[event.key];
    if (!step) return;
    event.preventDefault();
    look(signal, Math.min(1, Math.max(0, (signal.look === null ? 1 : signal.look) + step)));
  });
  at('plots').append(figure);
  signals.set(name, signal);
  return signal;
}

function look(signal, share) {
  signal.look = share;
  draw(signal);
}

function take(line) {
  const signal = signals.get(line.signal) || figureOf(line.signal, line.objects);
  let points = signal.trials.get(line.trial);
  if (!points) signal.trials.set(line.trial, points = []);
  for (const point of line.points)
    if (!points.length || point[0] > points[points.length - 1][0]) points.push(point);
  if (points.length > MOST)
    signal.trials.set(line.trial, points.filter((point, i) => i % 2 || i === points.length - 1));
  if (signal.trials.size > 16) signal.trials.delete(signal.trials.keys().next().value);
}

function rangeOf(signal) {
  let first = Infinity, last = -Infinity, low = Infinity, high = -Infinity;
  for (const points of signal.trials.values())
    for (const [t, value] of points) {
      first = Math.min(first, t), last = Math.max(last, t);
      low = Math.min(low, value), high = Math.max(high, value);
    }
  return {first, last, low, high};
}

function nearest(signal, t) {
  let best = null;
  for (const [trial, points] of signal.trials)
    for (const point of points)
      if (!best || Math.abs(point[0] - t) <= Math.abs(best.point[0] - t)) best = {trial, point};
  return best;
}

function draw(signal) {
  const {first, last, low, high} = rangeOf(signal);
  if (first > last) return;
  const say = signal.objects ? whole : bytes;
  const x = t => (last > first ? (t - first) / (last - first) : 0.5) * WIDE;
  const y = value => HIGH - 8 - (high > low ? (value - low) / (high - low) : 0.5) * (HIGH - 16);
  signal.plot.replaceChildren(...[...signal.trials].map(([trial, points]) => {
    const path = document.createElementNS(ns, 'path');
    path.setAttribute('class', 'l' + trial % 4);
    path.setAttribute('d', points.map(([t, value], i) =>
      (i ? 'L' : 'M') + x(t).toFixed(1) + ' ' + y(value).toFixed(1)).join(''));
    return path;
  }), signal.cursor);
  const seen = signal.look === null ? null : nearest(signal, first + signal.look * (last - first));
  signal.cursor.setAttribute('visibility', seen ? 'visible' : 'hidden');
  const newest = [...signal.trials.values()].pop();
  const words = seen
    ? say(seen.point[1]) + ' at ' + span(seen.point[0]) + (signal.trials.size > 1 ? ', trial ' + seen.trial : '')
    : say(newest[newest.length - 1][1]);
  if (seen) {
    signal.cursor.setAttribute('x1', x(seen.point[0]));
    signal.cursor.setAttribute('x2', x(seen.point[0]));
  }
  signal.caption.replaceChildren(element('b', signal.name), ' ' + words + ' ',
    element('small', 'from ' + say(low) + ' to ' + say(high)));
  signal.ends.replaceChildren(element('span', span(first)), element('span', span(last)));
  signal.plot.setAttribute('aria-label', signal.name + ' over time, from ' + say(low) + ' to ' + say(high) +
    ', now ' + say(newest[newest.length - 1][1]));
}

const order = ['live_objects', 'live_bytes', 'rss'];
function drawAll() {
  const rank = name => order.includes(name) ? order.indexOf(name) : order.length;
  const sorted = [...signals.values()].sort((a, b) => rank(a.name) - rank(b.name));
  if (sorted.some((signal, i) => at('plots').children[i] !== signal.figure))
    at('plots').append(...sorted.map(signal => signal.figure));
  sorted.forEach(draw);
}

function show(state) {
  if (known(state.memory)) lastMemory = state.memory;
  else state.memory = lastMemory;
  const name = state.run ? 'run ' + state.run : 'starting';
  document.title = (state.ended ? state.verdict : 'seep') + ' \u2013 ' + name;
  at('title').textContent = 'seep ' + (state.command || '') + ', ' + name + (state.label ? ' (' + state.label + ')' : '');
  at('what').textContent = state.service || '';
  at('answer').textContent = state.ended ? state.verdict + ': ' + state.answer : state.step || 'not begun yet';
  at('answer').className = !state.ended ? '' : state.verdict === 'GROWTH' ? 'grows' : state.verdict === 'NO GROWTH' ? 'flat' : '';
  at('findings').replaceChildren(...(state.findings || []).map(text => element('li', text)));
  at('key').replaceChildren(...keys.map(([key, of]) => {
    const cell = element('div');
    cell.append(element('dt', key), element('dd', of(state)));
    return cell;
  }));
  put('growth', state.growth.map(g => [g.mix, g.step, g.signal, g.amount, g.interval, whole(g.requests), g.verdict.replace('_', ' ')]));
  put('endpoints', state.endpoints.map(e => [e.name, whole(e.done), whole(e.failed), whole(e.skipped), ms(e.mean_ms), ms(e.max_ms)]));
  const more = state.endpoint_count - state.endpoints.length;
  at('more').textContent = more > 0 ? 'and ' + whole(more) + ' more' : '';
  state.lines.forEach(take);
  drawAll();
  if (state.ended) leave('the run has ended with exit code ' + state.exit);
}

function leave(why) {
  if (source) source.close();
  source = null;
  at('link').textContent = why;
}

source = new EventSource('/events');
source.addEventListener('open', () => { at('link').textContent = 'following'; });
source.addEventListener('error', () => { if (source) at('link').textContent = 'no connection; trying again'; });
source.addEventListener('history', event => { JSON.parse(event.data).lines.forEach(take); drawAll(); });
source.addEventListener('state', event => show(JSON.parse(event.data)));
source.addEventListener('gone', () => leave('seep is gone; what it measured is in the store'));
