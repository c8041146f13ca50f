// What the page gains where scripts run: values under the pointer and under arrow keys, zoom, lines that can be
// hidden. It knows nothing of its own: points are the shapes that are drawn, words are cells of the table behind them.
'use strict';
(() => {
const all = (within, selector) => [...within.querySelectorAll(selector)];
const make = (name, className, text) => {
    const element = document.createElement(name);
    element.className = className;
    element.textContent = text || '';
    return element;
};
const tip = make('div', 'tip'), said = make('p', 'said'), still = 1e-9;
tip.hidden = true;
said.setAttribute('aria-live', 'polite');
document.body.append(said);

// A page that scrolls under a pointer that rests moves it over other things: only a hand's moves count, and what keys
// brought stays until the next of them.
let byKeys = false, rests = '';
function moved(event) {
    const place = event.clientX + ' ' + event.clientY, same = place === rests;
    rests = place;
    return !same;
}

// Words in lines, beside a place of `host` in pixels.
function tell(host, x, y, lines, aloud) {
    tip.replaceChildren(...lines.map(([what, value]) => {
        const line = make('p', '');
        if (what) line.append(make('span', '', what), ' ');
        line.append(make('b', '', value));
        return line;
    }));
    if (tip.parentNode !== host) host.append(tip);
    tip.hidden = false;
    const room = host.clientWidth - tip.offsetWidth - 2, beside = x + 12 > room ? x - tip.offsetWidth - 12 : x + 12;
    tip.style.left = Math.max(2, Math.min(room, beside)) + 'px';
    tip.style.top = Math.max(0, y - tip.offsetHeight - 8) + 'px';
    byKeys = aloud;
    if (aloud) said.textContent = lines.map(line => line.join(' ')).join(', ');
}

function hush() {
    tip.hidden = true;
    for (const mark of all(document, '.cross')) mark.remove();
}

// A title would be shown by the browser as well.
const words = new Map();
function takeTitles(within) {
    for (const title of all(within, 'svg title')) {
        words.set(title.parentNode, title.textContent);
        title.remove();
    }
}

// The points of a line as they were drawn, x from 0 to 1 and y in pixels, and the row that says each.
function lineOf(shape, top) {
    const body = document.getElementById(shape.dataset.t);
    if (!body) return null;
    const rows = [...body.rows].filter(row => !row.className), heading = body.querySelector('.h th');
    const drawn = shape.tagName === 'path'
        ? [...shape.getAttribute('d').matchAll(/[ML](\S+) ([^ML]+)/g)].map(([, x, y]) => [x / 1000, top + +y])
        : all(shape, 'circle').map(dot => [parseFloat(dot.getAttribute('cx')) / 100, +dot.getAttribute('cy')]);
    const columns = all(body.parentNode.tHead, 'th').map(cell => cell.textContent);
    return {
        shape, heading: heading ? heading.textContent : '',
        points: drawn.slice(0, rows.length).map(([x, y], i) => ({x, y, say: () => [...rows[i].cells].map((cell, c) => [columns[c], cell.textContent])})),
    };
}

const linked = new Map(); // plots that zoom together

function startPlot(plot) {
    const area = plot.querySelector('.area'), inner = plot.querySelector('.in'), axis = plot.querySelector('.xa');
    const top = +inner.getAttribute('y'), height = +inner.getAttribute('height');
    const lines = all(plot, '[data-t]').map(shape => lineOf(shape, top)).filter(line => line && line.points.length);
    const placed = all(area, ':scope > g [cx], :scope > g [x1], :scope > g text[x]').filter(element => !element.closest('.xa'))
        .map(element => [element, ['cx', 'x1', 'x2', 'x'].filter(name => element.hasAttribute(name)).map(name => [name, parseFloat(element.getAttribute(name)) / 100])]);
    const shades = all(inner, '.sh').map(rect => ({from: rect.getAttribute('x') / 1000, to: (+rect.getAttribute('x') + +rect.getAttribute('width')) / 1000, rect}));
    const view = {from: 0, to: 1}, group = linked.get(plot.dataset.x) || [];
    let at = null, dragged = null;
    linked.set(plot.dataset.x, [...group, show]);
    takeTitles(plot);
    plot.tabIndex = 0;
    plot.setAttribute('role', 'group');
    plot.setAttribute('aria-label', area.getAttribute('aria-label') + '. Arrow keys go along it, plus and minus zoom, 0 shows all of it.');
    const back = make('button', 'back', 'show all');
    back.type = 'button';
    back.hidden = true;
    back.addEventListener('click', () => zoom(0, 1));
    plot.append(back);

    const share = x => (x - view.from) / (view.to - view.from);
    const left = () => area.getBoundingClientRect().left - plot.getBoundingClientRect().left;
    const shown = () => lines.filter(line => !line.shape.hasAttribute('hidden'));
    const inside = x => x >= view.from - still && x <= view.to + still;

    function show(from, to) {
        view.from = from;
        view.to = to;
        inner.setAttribute('viewBox', `${from * 1000} 0 ${(to - from) * 1000} ${height}`);
        for (const [element, ends] of placed) {
            for (const [name, value] of ends) element.setAttribute(name, share(value) * 100 + '%');
            element.setAttribute('visibility', ends.some(([, value]) => inside(value)) ? 'visible' : 'hidden');
        }
        back.hidden = to - from > 1 - still;
        if (axis) ticks();
        hush();
    }

    function zoom(from, to) {
        const wide = Math.max(1e-4, Math.min(1, to - from)), start = Math.max(0, Math.min(1 - wide, from));
        for (const one of linked.get(plot.dataset.x)) one(start, start + wide);
    }

    function zoomAt(x, factor) {
        zoom(x - (x - view.from) * factor, x + (view.to - x) * factor);
    }

    // Steps of 1, 2 or 5 times a power of ten, as they are drawn without a script.
    function ticks() {
        const low = +plot.dataset.low, span = +plot.dataset.high - low, unit = +plot.dataset.unit;
        const from = (low + view.from * span) / unit, to = (low + view.to * span) / unit;
        const raw = (to - from) / (area.clientWidth > 500 ? 6 : 4), power = 10 ** Math.floor(Math.log10(raw));
        const step = power * ([1, 2, 5].find(lead => raw <= lead * power) || 10), digits = Math.max(0, Math.ceil(-Math.log10(step) - still));
        axis.replaceChildren();
        for (let i = Math.ceil(from / step - still); i * step <= to + step * still; i++) {
            const x = (i * step - from) / (to - from), line = document.createElementNS(area.namespaceURI, 'line');
            const label = document.createElementNS(area.namespaceURI, 'text'), y = top + height;
            for (const [name, value] of [['class', 'tk'], ['x1', x * 100 + '%'], ['x2', x * 100 + '%'], ['y1', y], ['y2', y + 4]]) line.setAttribute(name, value);
            for (const [name, value] of [['x', x * 100 + '%'], ['y', y + 16], ['text-anchor', x < 0.03 ? 'start' : x > 0.97 ? 'end' : 'middle']]) label.setAttribute(name, value);
            label.textContent = (i * step).toLocaleString('en', {minimumFractionDigits: digits, maximumFractionDigits: digits});
            if ((i + 1) * step > to + step * still && plot.dataset.suffix) label.textContent += ' ' + plot.dataset.suffix;
            axis.append(line, label);
        }
    }

    function point(line, i, aloud) {
        const one = line.points[i], x = share(one.x), wide = area.getBoundingClientRect().width;
        const shade = shades.find(block => one.x >= block.from && one.x <= block.to);
        hush();
        at = {line, i};
        for (const [name, attributes] of [
            ['line', {x1: x * 100 + '%', x2: x * 100 + '%', y1: top, y2: top + height}],
            ['circle', {cx: x * 100 + '%', cy: one.y, r: 4}]]) {
            const mark = document.createElementNS(area.namespaceURI, name);
            mark.setAttribute('class', 'cross');
            for (const key in attributes) mark.setAttribute(key, attributes[key]);
            area.append(mark);
        }
        tell(plot, left() + x * wide, one.y, [['', line.heading], ...one.say(), ...(shade && words.get(shade.rect) ? [['', words.get(shade.rect)]] : [])], aloud);
    }

    function nearest(x, y) {
        const wide = area.getBoundingClientRect().width;
        let best = null;
        for (const line of shown())
            line.points.forEach((one, i) => {
                const far = Math.abs(share(one.x) * wide - x) + Math.abs(one.y - y) / 4;
                if (inside(one.x) && (!best || far < best.far)) best = {line, i, far};
            });
        return best;
    }

    function keep(x) {
        if (!inside(x)) zoom(x - (view.to - view.from) / 2, x + (view.to - view.from) / 2);
    }

    // Past the end of a line the next one goes on.
    function walk(by) {
        const list = shown();
        if (!list.length) return;
        if (!at || !list.includes(at.line)) return point(list[0], 0, true);
        let {line, i} = at;
        i += by;
        if (i < 0 || i >= line.points.length) {
            line = list[(list.indexOf(line) + Math.sign(by) + list.length) % list.length];
            i = by > 0 ? 0 : line.points.length - 1;
        }
        keep(line.points[i].x);
        point(line, i, true);
    }

    function leap(to) {
        const list = shown(), place = at ? list.indexOf(at.line) : 0;
        if (!list.length) return;
        const line = list[(Math.max(0, place) + to + list.length) % list.length], x = at ? at.line.points[at.i].x : 0;
        const i = line.points.reduce((best, one, k) => Math.abs(one.x - x) < Math.abs(line.points[best].x - x) ? k : best, 0);
        keep(line.points[i].x);
        point(line, i, true);
    }

    const middle = () => at ? at.line.points[at.i].x : (view.from + view.to) / 2;
    const keys = {
        ArrowRight: () => walk(1), ArrowLeft: () => walk(-1), PageDown: () => walk(10), PageUp: () => walk(-10),
        ArrowDown: () => leap(1), ArrowUp: () => leap(-1),
        Home: () => { at = null; walk(1); }, End: () => { const list = shown(); if (list.length) point(list.at(-1), list.at(-1).points.length - 1, true); },
        '+': () => zoomAt(middle(), 0.5), '=': () => zoomAt(middle(), 0.5), '-': () => zoomAt(middle(), 2),
        0: () => zoom(0, 1), Escape: () => { at = null; zoom(0, 1); },
    };
    plot.addEventListener('keydown', event => {
        if (event.ctrlKey || event.altKey || event.metaKey || !keys[event.key] || event.target !== plot) return;
        event.preventDefault();
        keys[event.key]();
    });
    plot.addEventListener('blur', hush);

    const across = event => event.clientX - area.getBoundingClientRect().left;
    const shareAt = event => view.from + across(event) / area.getBoundingClientRect().width * (view.to - view.from);
    area.addEventListener('pointermove', event => {
        if (!moved(event)) return;
        const best = nearest(across(event), event.clientY - area.getBoundingClientRect().top);
        if (best) point(best.line, best.i, false);
    });
    area.addEventListener('pointerleave', () => byKeys || hush());
    area.addEventListener('pointerdown', event => { if (event.pointerType === 'mouse') dragged = shareAt(event); });
    addEventListener('pointerup', event => {
        const from = dragged, to = dragged === null ? 0 : shareAt(event);
        dragged = null;
        if (from !== null && Math.abs(to - from) > 0.01 * (view.to - view.from)) zoom(Math.min(from, to), Math.max(from, to));
    });
    // A wheel goes on scrolling the page until the plot was chosen.
    area.addEventListener('wheel', event => {
        if (!event.ctrlKey && document.activeElement !== plot) return;
        event.preventDefault();
        zoomAt(shareAt(event), event.deltaY > 0 ? 1.25 : 0.8);
    }, {passive: false});
}

// Plots of a row for each name: marks that say their title.
function startRows(rows) {
    takeTitles(rows);
    const marks = all(rows, 'svg *').filter(element => words.has(element));
    if (!marks.length) return;
    let at = -1;
    const heading = rows.closest('figure, section').querySelector('h2, h3');
    rows.tabIndex = 0;
    rows.setAttribute('role', 'group');
    rows.setAttribute('aria-label', heading.textContent + '. Arrow keys go through its values.');
    function mark(i, aloud) {
        const box = marks[i].getBoundingClientRect(), host = rows.getBoundingClientRect();
        at = i;
        for (const one of all(rows, '.on')) one.classList.remove('on');
        marks[i].classList.add('on');
        if (aloud && (box.top < 0 || box.bottom > innerHeight)) marks[i].closest('svg').scrollIntoView({block: 'center'});
        tell(rows, box.left + box.width / 2 - host.left, box.top - host.top, [['', words.get(marks[i])]], aloud);
    }
    const visible = by => { // what stands in a part that is folded away is passed over
        for (let i = at + by; i >= 0 && i < marks.length; i += by)
            if (marks[i].getClientRects().length) return mark(i, true);
    };
    const keys = {ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1};
    rows.addEventListener('keydown', event => {
        if (event.target !== rows || event.ctrlKey || event.altKey || event.metaKey) return;
        if (event.key === 'Home' || event.key === 'End') at = event.key === 'Home' ? -1 : marks.length;
        const by = keys[event.key] || {Home: 1, End: -1}[event.key];
        if (!by) return event.key === 'Escape' ? hush() : undefined;
        event.preventDefault();
        visible(by);
    });
    rows.addEventListener('blur', hush);
    rows.addEventListener('pointerover', event => {
        const i = marks.indexOf(event.target);
        if (i >= 0 && moved(event)) mark(i, false);
    });
    rows.addEventListener('pointerleave', () => byKeys || hush());
}

// What a legend names can be hidden in its figure.
function startLegend(item) {
    const button = make('button', 'layer'), figure = item.closest('figure');
    button.type = 'button';
    button.setAttribute('aria-pressed', 'true');
    button.append(...item.childNodes);
    item.append(button);
    button.addEventListener('click', () => {
        const on = button.getAttribute('aria-pressed') === 'true';
        button.setAttribute('aria-pressed', String(!on));
        for (const shape of all(figure, `[data-l="${item.dataset.layer}"]`)) shape.toggleAttribute('hidden', on);
        hush();
    });
}

all(document, '.plot').forEach(startPlot);
all(document, '.rows').forEach(startRows);
all(document, 'li[data-layer]').forEach(startLegend);
document.documentElement.classList.add('live');
})();
