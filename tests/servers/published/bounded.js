// What fills and stops: the bounded stores of the shop.
'use strict';

const oldest = (map) => map.keys().next().value;

// The `most` keys asked for last, each with what `make` made of it.
function cache(most, make) {
  const kept = new Map();
  return (key) => {
    const value = kept.has(key) ? kept.get(key) : make(key);
    kept.delete(key);
    kept.set(key, value);
    if (kept.size > most) kept.delete(oldest(kept));
    return value;
  };
}

// The last `most` entries.
function ring(most) {
  const entries = [];
  let next = 0;
  return (entry) => {
    entries[next] = entry;
    next = (next + 1) % most;
    return entries.length;
  };
}

// Entries that go all together once there are `most`.
function batch(most) {
  let pending = [];
  return (entry) => {
    pending.push(entry);
    if (pending.length === most) pending = [];
    return pending.length;
  };
}

module.exports = { cache, ring, batch };
