// A bookshop whose every endpoint stops growing.
'use strict';

const express = require('express');
const { cache, ring, batch } = require('./bounded');

const BOOKS = 800;
const WORDS = ['winter', 'river', 'a', 'history', 'of', 'glass', 'the', 'last', 'garden', 'letters', 'north', 'salt'];

const word = (number) => WORDS[number % WORDS.length];
const titled = (id) => [word(id), word(id * 7 + 3), word(id * 5 + 1)].join(' ');
const books = Array.from({ length: BOOKS }, (_, id) => ({ id, title: titled(id), cents: 700 + ((id * 37) % 2900) }));
const book = (id) => books[Number(id) % BOOKS];

const page = cache(120, (id) => ({ ...book(id), blurb: `${titled(id * 3)}. `.repeat(20) }));
const suggested = cache(400, (start) => books.filter(({ title }) => title.startsWith(start)).slice(0, 8).map(({ title }) => title));
const cart = cache(250, (id) => ({ id, lines: new Map() }));
const looked = ring(256);
const noted = batch(200);

function found(words) {
  return books.filter(({ title }) => title.includes(words)).slice(0, 20);
}

function near({ cents }) {
  return [...books].sort((one, other) => Math.abs(one.cents - cents) - Math.abs(other.cents - cents)).slice(1, 6);
}

function table(rows) {
  return Array.from({ length: rows }, (_, id) => `${id};${book(id).title};${book(id).cents}`).join('\n');
}

function put({ params, body }, response) {
  const { lines } = cart(params.id);
  lines.set(body.book % 10, body.quantity);
  response.status(201).json({ lines: lines.size });
}

module.exports = express.Router()
  .get('/health', (request, response) => response.send('ok\n'))
  .get('/books/:id', ({ params }, response) => response.json(page(params.id)))
  .get('/books/:id/near', ({ params }, response) => response.json(near(book(params.id))))
  .get('/search', ({ query }, response) => response.json(found(query.q)))
  .get('/suggest', ({ query }, response) => response.json(suggested(query.start)))
  .get('/carts/:id', ({ params }, response) => response.json({ lines: [...cart(params.id).lines] }))
  .post('/carts/:id/lines', put)
  .get('/stock/:id', ({ params }, response) => response.json({ looked: looked({ at: Date.now(), id: params.id }) }))
  .post('/events', ({ body }, response) => response.json({ pending: noted(body) }))
  .get('/export', ({ query }, response) => response.type('csv').send(table(Number(query.rows))));
