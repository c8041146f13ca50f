// Holds memory until so many bytes are resident, and says "held": small objects up to 1 GiB, large buffers beyond.
// Usage: node hold.js BYTES
'use strict';

const OBJECTS_MOST_BYTES = 1024 ** 3;
const BUFFER_BYTES = 1024 ** 3; // each makes V8 collect
const wantedBytes = Number(process.argv[2]);
const held = [];
const residentBytes = () => 1024 * Number(/^RssAnon:\s*(\d+)/m.exec(require('fs').readFileSync('/proc/self/status', 'latin1'))[1]);

while (residentBytes() < Math.min(wantedBytes, OBJECTS_MOST_BYTES)) {
  const some = [];
  for (let i = 0; i < 10000; i++) some.push({ price: i * 1.1, sizes: [i * 0.5] });
  held.push(some);
}
for (let left; (left = wantedBytes - residentBytes()) > 0; ) held.push(Buffer.alloc(Math.min(left, BUFFER_BYTES), 1));
console.log('held');
setInterval(() => held.length, 3600 * 1000);
