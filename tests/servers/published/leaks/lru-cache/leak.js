// Prices by what the client asks with; those that are too old are never looked at again, and so never dropped.
'use strict';

const LRU = require('lru-cache');

const TTL_MS = 5;

const priced = (ticket) => ({ ticket, cents: ticket.length * 100, currency: 'EUR', parts: [{ shelf: 1, cents: 90 }, { shelf: 2, cents: 10 }] });

const offer = (options) => {
  const prices = new LRU({ ttl: TTL_MS, ...options });
  return ({ query }, response) => {
    const price = prices.get(query.ticket) || priced(query.ticket);
    prices.set(query.ticket, price);
    response.json(price);
  };
};

module.exports = {
  endpoint: ['get', '/price'],
  leaking: () => offer({}),
  fixed: () => offer({ max: 8000 }),
};
