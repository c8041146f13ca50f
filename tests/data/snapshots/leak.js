'use strict';
const { Session } = require('inspector');
const fs = require('fs');
const session = new Session();
session.connect();
const kept = [];
function keepQuote(i) { kept.push({ price: i, note: 'quote ' + i, list: [i, i, i] }); }
const pages = [];
function keepPage(i) { pages.push(new Array(200).fill(i)); }
session.post('HeapProfiler.startSampling', { samplingInterval: 4096 });
for (let i = 0; i < 1000; i++) { keepQuote(i); keepPage(i); }
function write(name) {
  session.post('HeapProfiler.collectGarbage');
  session.post('HeapProfiler.getSamplingProfile', (err, { profile }) => fs.writeFileSync(name, JSON.stringify(profile)));
}
write('v8-a.heapprofile');
for (let i = 0; i < 10000; i++) keepQuote(i);
write('v8-b.heapprofile');
